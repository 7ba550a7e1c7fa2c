"""What was counted of a survey's answers, kept so that a new process need not count them all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.create_table(
        "survey_counts",
        sa.Column(
            "survey_id", sa.Integer(), sa.ForeignKey("survey_surveys.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("survey_counts")
