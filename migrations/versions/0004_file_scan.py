"""What a virus scanner said of each file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("stored_files") as batch:
        batch.add_column(sa.Column("scan", sa.String(length=8), nullable=False, server_default="none"))


def downgrade() -> None:
    with op.batch_alter_table("stored_files") as batch:
        batch.drop_column("scan")
