"""A site's stamp tells each process whether what it worked out of the site's rows still holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("sites", sa.Column("stamp", sa.String(length=16), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("sites", "stamp")
