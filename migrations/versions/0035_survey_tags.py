"""Tags on what people wrote in a survey."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "survey_tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=20), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["survey_answers.id"], name=op.f("fk_survey_tags_answer_id_survey_answers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey_surveys.id"], name=op.f("fk_survey_tags_survey_id_survey_surveys"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_tags")),
        sa.UniqueConstraint(
            "survey_id", "column", "tag", "answer_id", name=op.f("uq_survey_tags_survey_id_column_tag_answer_id")
        ),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("survey_tags")
