"""Who follows one survey by mail, and since when its results can be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.create_table(
        "survey_followers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
        sa.Column("survey_id", sa.Integer(), sa.ForeignKey("survey_surveys.id", ondelete="CASCADE"), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("lang", sa.String(2), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.Column("told_at", UtcDateTime()),
    )
    op.create_index("ix_survey_followers_email", "survey_followers", ["site_id", "email"])
    op.create_index("ix_survey_followers_survey", "survey_followers", ["survey_id", "told_at"])
    op.add_column("survey_surveys", sa.Column("results_at", UtcDateTime()))


def downgrade() -> None:
    op.drop_column("survey_surveys", "results_at")
    op.drop_table("survey_followers")
