"""The records retention table of an entity: series, years and final disposal of each kind of petition."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.create_table(
        "case_series",
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("series", sa.String(120), nullable=False),
        sa.Column("subseries", sa.String(120), nullable=False),
        sa.Column("office_years", sa.Integer(), nullable=False),
        sa.Column("central_years", sa.Integer(), nullable=False),
        sa.Column("disposal", sa.String(12), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("case_series")
