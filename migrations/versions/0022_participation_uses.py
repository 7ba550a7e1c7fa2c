"""The register of exercises: planned uses of each tool, and what came of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "participation_uses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("tool", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("moment", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=300), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("banner", sa.String(length=300), nullable=False),
        sa.Column("banner_en", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(length=80), nullable=False),
        sa.Column("indicators", sa.JSON(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=False),
        sa.Column("documented_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'running', 'done', 'cancelled')", name=op.f("ck_participation_uses_state")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_participation_uses_span")),
        sa.CheckConstraint("people >= 0", name=op.f("ck_participation_uses_people")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_participation_uses_office_id_offices")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_participation_uses_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation_uses")),
    )
    op.create_index("ix_participation_uses_site", "participation_uses", ["site_id", "starts_at"])
    op.create_index("ix_participation_uses_due", "participation_uses", ["state", "starts_at"])


def downgrade() -> None:
    op.drop_table("participation_uses")
