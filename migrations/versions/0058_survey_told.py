"""How many answers the results of a survey told of when it closed, so that what comes later is told by fives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    op.add_column("survey_surveys", sa.Column("told", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE survey_surveys SET told = (SELECT count(*) FROM survey_answers WHERE survey_id = survey_surveys.id) "
        "WHERE state IN ('closed', 'archived')"
    )


def downgrade() -> None:
    op.drop_column("survey_surveys", "told")
