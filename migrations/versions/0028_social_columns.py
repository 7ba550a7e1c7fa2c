"""All columns of CE-F05, and the spreadsheets that are brought into it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0028"
down_revision = "0027"

_PEOPLE = ("consolidated_by", "handed_by", "acknowledged_by", "analysed_by")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no length, and would copy the table for it
        op.alter_column("social_reports", "code", existing_type=sa.String(20), type_=sa.String(40))
    op.add_column("social_reports", sa.Column("details", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("social_reports", sa.Column("decision", sa.String(12), nullable=False, server_default=""))
    for name in _PEOPLE:
        op.add_column("social_reports", sa.Column(name, sa.String(120), nullable=False, server_default=""))
    op.add_column("social_reports", sa.Column("analysed_at", UtcDateTime(), nullable=True))
    op.add_column("social_reports", sa.Column("answered_at", UtcDateTime(), nullable=True))
    op.add_column("social_reports", sa.Column("due_on", sa.Date(), nullable=True))
    op.create_table(
        "social_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_social_imports_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_imports")),
    )
    op.create_index(op.f("ix_social_imports_site_id"), "social_imports", ["site_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_social_imports_site_id"), table_name="social_imports")
    op.drop_table("social_imports")
    for name in ("due_on", "answered_at", "analysed_at", *reversed(_PEOPLE), "decision", "details"):
        op.drop_column("social_reports", name)
