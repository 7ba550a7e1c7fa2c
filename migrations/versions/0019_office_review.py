"""An office may ask that somebody else approves each of its answers (S4-21)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("offices", sa.Column("asks_review", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    # Not as a batch: that would put the table aside, and cases hang on it.
    op.drop_column("offices", "asks_review")
