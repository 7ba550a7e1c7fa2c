"""What was answered to reports of networks, to whom they were handed, and when each network was looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column("social_reports", sa.Column("referred_why", sa.String(12), nullable=False, server_default=""))
    op.add_column("social_reports", sa.Column("referred_to", sa.String(120), nullable=False, server_default=""))
    op.create_table(
        "social_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.String(500), nullable=False),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("despite_personal", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_social_replies_site_id_sites"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["social_reports.id"], name=op.f("fk_social_replies_report_id_social_reports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_replies")),
    )  # fmt: skip
    op.create_index(op.f("ix_social_replies_site_id"), "social_replies", ["site_id"])
    op.create_index(op.f("ix_social_replies_report_id"), "social_replies", ["report_id"])
    op.create_table(
        "social_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(20), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_social_checks_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_checks")),
    )
    op.create_index("ix_social_checks_network", "social_checks", ["site_id", "network", "checked_at"])


def downgrade() -> None:
    op.drop_index("ix_social_checks_network", table_name="social_checks")
    op.drop_table("social_checks")
    op.drop_index(op.f("ix_social_replies_report_id"), table_name="social_replies")
    op.drop_index(op.f("ix_social_replies_site_id"), table_name="social_replies")
    op.drop_table("social_replies")
    op.drop_column("social_reports", "referred_to")
    op.drop_column("social_reports", "referred_why")
