"""What other systems are told is queued with the act: its own number, its words, and when an address is let alone.

The tables are made anew: secrets have another form (Standard Webhooks), so an address of before could check nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.drop_table("system_sends")
    op.drop_table("system_hooks")
    # Only the look through the timelines each minute asked by it.
    op.drop_index("ix_case_events_at", "case_events")
    op.create_table(
        "system_hooks",
        *_hook(),
        sa.Column("stopped_why", sa.String(10), nullable=False, server_default=""),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("resume_at", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_system_hooks_site_id", "system_hooks", ["site_id"])
    op.create_table(
        "system_sends",
        *_send(),
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("case_events.id", ondelete="CASCADE")),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, server_default=""),
        sa.Column("again", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tried_at", UtcDateTime()),
        sa.UniqueConstraint("hook_id", "event_id", name="uq_system_sends_hook_id_event_id"),
        sa.UniqueConstraint("number", name="uq_system_sends_number"),
    )


def downgrade() -> None:
    op.drop_table("system_sends")
    op.drop_table("system_hooks")
    op.create_index("ix_case_events_at", "case_events", ["at"])
    op.create_table(
        "system_hooks",
        *_hook(),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_system_hooks_site_id", "system_hooks", ["site_id"])
    op.create_table(
        "system_sends",
        *_send(),
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("case_events.id", ondelete="CASCADE"), nullable=False),
        sa.UniqueConstraint("hook_id", "event_id", name="uq_system_sends_hook_id_event_id"),
    )


def _hook() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("sealed", sa.String(400), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    ]


def _send() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("hook_id", sa.Integer(), sa.ForeignKey("system_hooks.id", ondelete="CASCADE"), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime()),
    ]
