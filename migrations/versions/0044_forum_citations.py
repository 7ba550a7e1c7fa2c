"""A contribution to a forum cites publications of its site, and is found from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.create_table(
        "forum_citations",
        sa.Column("post_id", sa.Integer(), sa.ForeignKey("forum_posts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column(
            "publication_id", sa.Integer(), sa.ForeignKey("content_publications.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("thread_id", sa.Integer(), sa.ForeignKey("forum_posts.id", ondelete="CASCADE"), nullable=False),
    )  # fmt: skip
    op.create_index("ix_forum_citations_thread_id", "forum_citations", ["thread_id"])
    op.create_index("ix_forum_citations_publication_id", "forum_citations", ["publication_id"])


def downgrade() -> None:
    op.drop_table("forum_citations")
