"""The register of reports on social networks (CE-F05)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "social_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("network", sa.String(20), nullable=False),
        sa.Column("interaction", sa.String(10), nullable=False),
        sa.Column("author", sa.String(120), nullable=False),
        sa.Column("link", sa.String(500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("is_petition", sa.Boolean(), nullable=True),
        sa.Column("answers_at_once", sa.Boolean(), nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("hand_over_on", sa.Date(), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_social_reports_site_id_sites"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_social_reports_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_reports")),
        sa.UniqueConstraint("site_id", "code", name=op.f("uq_social_reports_site_id_code")),
    )
    op.create_index("ix_social_reports_said", "social_reports", ["site_id", "said_at"])


def downgrade() -> None:
    op.drop_index("ix_social_reports_said", table_name="social_reports")
    op.drop_table("social_reports")
