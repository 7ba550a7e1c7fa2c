"""What was first published of a quarter as open data stays as it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    op.create_table(
        "published_quarters",
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("period", sa.String(10), primary_key=True),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("published_quarters")
