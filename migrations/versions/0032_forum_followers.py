"""Who follows a forum or a thread by mail, and when each contribution became public."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("forum_posts", sa.Column("published_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE forum_posts SET published_at = COALESCE(decided_at, at) WHERE state = 'published'")
    op.create_index("ix_forum_posts_published", "forum_posts", ["forum_id", "published_at"])
    op.create_table(
        "forum_followers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("forum_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["forum_id"], ["forum_forums.id"], name=op.f("fk_forum_followers_forum_id_forum_forums"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_forum_followers_site_id_sites"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["forum_posts.id"], name=op.f("fk_forum_followers_thread_id_forum_posts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_followers")),
    )  # fmt: skip
    op.create_index("ix_forum_followers_email", "forum_followers", ["site_id", "email"])
    op.create_index("ix_forum_followers_forum", "forum_followers", ["forum_id", "told_at"])


def downgrade() -> None:
    op.drop_table("forum_followers")
    op.drop_index("ix_forum_posts_published", "forum_posts")
    op.drop_column("forum_posts", "published_at")
