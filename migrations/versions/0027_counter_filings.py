"""What staff took down at the counter: petitions said aloud or brought on paper (Decreto 1166 de 2016)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "pqr_counter_filings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id", ondelete="CASCADE")),
        sa.Column("spoken", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(80), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("copy", sa.String(10), nullable=False),
        sa.Column("taken_by", sa.Integer(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("document_id", sa.Integer(), sa.ForeignKey("documents.id", ondelete="SET NULL")),
    )
    op.create_index("ix_pqr_counter_filings_site_id", "pqr_counter_filings", ["site_id"])


def downgrade() -> None:
    op.drop_table("pqr_counter_filings")
