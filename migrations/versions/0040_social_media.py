"""What hangs on a report of a network, and the token by which it is fetched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.add_column("social_reports", sa.Column("media", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("social_channels", sa.Column("access_token", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("social_channels", "access_token")
    op.drop_column("social_reports", "media")
