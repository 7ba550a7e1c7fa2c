"""The entity's own causes with their codes, its populated centres, and the centre of a case: for the report to the SUI."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.create_table(
        "sui_causes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("sites.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("code", sa.String(10), nullable=False),
        sa.Column("detail", sa.String(10), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.UniqueConstraint("site_id", "name"),
    )
    op.create_table(
        "sui_centres",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("sites.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("municipality", sa.String(5), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("code", sa.String(3), nullable=False),
        sa.UniqueConstraint("site_id", "municipality", "code"),
    )
    op.add_column("sui_facts", sa.Column("centre", sa.String(3), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("sui_facts", "centre")
    op.drop_table("sui_centres")
    op.drop_table("sui_causes")
