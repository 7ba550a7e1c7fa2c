"""Days of review, recordings, and news read from the host's own site."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "content_sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("section", sa.String(length=200), nullable=False),
        sa.Column("etag", sa.String(length=300), nullable=False),
        sa.Column("modified", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=30), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_content_sources_site_id_sites"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["content_topics.id"], name=op.f("fk_content_sources_topic_id_content_topics")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_sources")),
        sa.UniqueConstraint("site_id", "url", "section", name=op.f("uq_content_sources_site_id_url_section")),
    )
    with op.batch_alter_table("content_faqs") as table:
        table.add_column(sa.Column("review_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("reminded_on", sa.Date(), nullable=True))
    with op.batch_alter_table("content_publications") as table:
        table.add_column(sa.Column("review_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("reminded_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("audio_url", sa.String(length=1000), nullable=False, server_default=""))
        table.add_column(sa.Column("audio_type", sa.String(length=80), nullable=False, server_default=""))
        table.add_column(sa.Column("audio_bytes", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("link", sa.String(length=1000), nullable=False, server_default=""))
        table.add_column(sa.Column("source_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("source_uid", sa.String(length=400), nullable=True))
        table.create_foreign_key(
            op.f("fk_content_publications_source_id_content_sources"), "content_sources", ["source_id"], ["id"],
            ondelete="SET NULL",
        )  # fmt: skip
        table.create_unique_constraint(
            op.f("uq_content_publications_site_id_source_uid"), ["site_id", "source_uid"]
        )


def downgrade() -> None:
    with op.batch_alter_table("content_publications") as table:
        table.drop_constraint(op.f("uq_content_publications_site_id_source_uid"), type_="unique")
        table.drop_constraint(op.f("fk_content_publications_source_id_content_sources"), type_="foreignkey")
        for name in (
            "source_uid", "source_id", "link", "audio_bytes", "audio_type", "audio_url", "reminded_on", "review_on"
        ):  # fmt: skip
            table.drop_column(name)
    with op.batch_alter_table("content_faqs") as table:
        table.drop_column("reminded_on")
        table.drop_column("review_on")
    op.drop_table("content_sources")
