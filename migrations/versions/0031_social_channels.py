"""The ways by which networks tell of messages by themselves, and what became of a message there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "social_channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("provider", sa.String(10), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("verify_token", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("heard_at", UtcDateTime(), nullable=True),
        sa.Column("refused_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_social_channels_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_channels")),
        sa.UniqueConstraint("key", name=op.f("uq_social_channels_key")),
    )
    op.create_index(op.f("ix_social_channels_site_id"), "social_channels", ["site_id"])
    op.add_column("social_reports", sa.Column("external_id", sa.String(250), nullable=True))
    op.add_column("social_reports", sa.Column("later", sa.JSON(), nullable=False, server_default="[]"))
    # As an index, which SQLite can add without copying the table; it keeps a message from standing there twice.
    op.create_index(
        "uq_social_reports_site_id_external_id", "social_reports", ["site_id", "external_id"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_social_reports_site_id_external_id", table_name="social_reports")
    op.drop_column("social_reports", "later")
    op.drop_column("social_reports", "external_id")
    op.drop_index(op.f("ix_social_channels_site_id"), table_name="social_channels")
    op.drop_table("social_channels")
