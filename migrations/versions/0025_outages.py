"""The ledger of outages: what was declared, and what a widget kept until it arrived (art. 62)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "outages",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("declared_by", sa.String(80), nullable=False),
        sa.Column("declared_at", UtcDateTime(), nullable=False),
        sa.Column("document_id", sa.Integer(), sa.ForeignKey("documents.id", ondelete="SET NULL")),
    )
    op.create_index("ix_outages_site", "outages", ["site_id", "ends_on"])
    op.create_table(
        "failed_attempts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
        sa.Column("scope", sa.String(60), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("arrived_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_failed_attempts_site", "failed_attempts", ["site_id", "first_at"])


def downgrade() -> None:
    op.drop_table("failed_attempts")
    op.drop_table("outages")
