"""The site's barrios and veredas; where a survey is offered, and in which other languages it is asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.UniqueConstraint("site_id", "key", name="uq_places_site_id_key"),
    )
    op.add_column("survey_surveys", sa.Column("offers", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("survey_surveys", sa.Column("languages", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("survey_surveys", "languages")
    op.drop_column("survey_surveys", "offers")
    op.drop_table("places")
