"""The reserved folder of a case: messages and files that are kept apart by law."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_table(
        "case_reserves",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("case_messages.id", ondelete="CASCADE")),
        sa.Column("file_id", sa.Integer(), sa.ForeignKey("stored_files.id", ondelete="CASCADE")),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("case_id", "message_id"),
        sa.UniqueConstraint("case_id", "file_id"),
    )


def downgrade() -> None:
    op.drop_table("case_reserves")
