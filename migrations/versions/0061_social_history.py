"""How many rows of a sheet are taken as history is told before it is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.add_column("social_imports", sa.Column("history", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("social_imports", "history")
