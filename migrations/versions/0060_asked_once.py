"""An address follows a thing once, and how many letters asked it for a yes is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0060"
down_revision = "0059"

FOLLOWERS = {
    "forum_followers": ("forum_id", "coalesce({}thread_id, 0)"),
    "survey_followers": ("survey_id",),
}


def upgrade() -> None:
    for table, what in FOLLOWERS.items():
        op.add_column(table, sa.Column("letters", sa.Integer(), nullable=False, server_default="0"))
        # Each that waits has had its letter.
        op.execute(sa.text(f"UPDATE {table} SET letters = 1 WHERE confirmed_at IS NULL"))
        same = " AND ".join(
            f"{one.format('other.')} = {one.format(table + '.')}" if "{}" in one else f"other.{one} = {table}.{one}"
            for one in ("site_id", "lower({}email)", *what)
        )
        # Two that asked at once made two rows: the one that was confirmed first stays, else the older.
        op.execute(
            sa.text(
                f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM {table} AS other WHERE {same} AND other.id <> {table}.id"
                f" AND ((other.confirmed_at IS NOT NULL AND {table}.confirmed_at IS NULL)"
                f" OR ((other.confirmed_at IS NULL) = ({table}.confirmed_at IS NULL) AND other.id < {table}.id)))"
            )
        )
        op.drop_index(f"ix_{table}_email", table)
        columns = ["site_id", sa.text("lower(email)"), *(one if "{}" not in one else sa.text(one.format("")) for one in what)]
        op.create_index(f"ux_{table}", table, columns, unique=True)
    op.add_column("forum_people", sa.Column("asked_at", UtcDateTime()))
    op.add_column("forum_people", sa.Column("letters", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("forum_people", "letters")
    op.drop_column("forum_people", "asked_at")
    for table in FOLLOWERS:
        op.drop_index(f"ux_{table}", table)
        op.create_index(f"ix_{table}_email", table, ["site_id", "email"])
        op.drop_column(table, "letters")
