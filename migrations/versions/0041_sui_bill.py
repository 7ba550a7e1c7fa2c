"""The bill that a claim before a utility is about: a column of the sheet for the SUI."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("sui_facts", sa.Column("bill", sa.String(40), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("sui_facts", "bill")
