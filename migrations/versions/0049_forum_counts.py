"""What is counted of a forum comes out of an index alone, and its list of threads in order: no whole rows are sorted."""

from __future__ import annotations

from alembic import op

revision = "0049"
down_revision = "0048"
COUNTED = ["forum_id", "staff_id", "state", "reason", "theme_id", "flags", "decided_at", "review_asked_at"]


def upgrade() -> None:
    op.create_index("ix_forum_posts_counts", "forum_posts", [*COUNTED, "review_done_at"])
    op.drop_index("ix_forum_posts_list", table_name="forum_posts")
    op.create_index("ix_forum_posts_list", "forum_posts", ["forum_id", "parent_id", "state", "pinned", "active_at"])


def downgrade() -> None:
    op.drop_index("ix_forum_posts_list", table_name="forum_posts")
    op.create_index("ix_forum_posts_list", "forum_posts", ["forum_id", "parent_id", "state", "active_at"])
    op.drop_index("ix_forum_posts_counts", table_name="forum_posts")
