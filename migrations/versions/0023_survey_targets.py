"""How many people of each group there are, for the thermometer and the weights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("survey_surveys", sa.Column("targets", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("survey_surveys", "targets")
