"""The latest posts of the official profiles, as the server has read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "social_feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(300), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(20), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_social_feeds_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_feeds")),
        sa.UniqueConstraint("site_id", "url", name=op.f("uq_social_feeds_site_id_url")),
    )


def downgrade() -> None:
    op.drop_table("social_feeds")
