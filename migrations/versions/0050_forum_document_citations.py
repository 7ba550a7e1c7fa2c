"""A contribution to a forum cites documents that anybody can verify."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_table(
        "forum_document_citations",
        sa.Column("post_id", sa.Integer(), sa.ForeignKey("forum_posts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("document_id", sa.Integer(), sa.ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("thread_id", sa.Integer(), sa.ForeignKey("forum_posts.id", ondelete="CASCADE"), nullable=False),
    )
    op.create_index("ix_forum_document_citations_thread_id", "forum_document_citations", ["thread_id"])


def downgrade() -> None:
    op.drop_table("forum_document_citations")
