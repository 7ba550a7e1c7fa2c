"""Public rooms of the chat, those who take part, and their record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "chat_rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("topic", sa.String(length=160), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approval", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('planned', 'open', 'closed')", name=op.f("ck_chat_rooms_state")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_chat_rooms_dates")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_chat_rooms_site_id_sites"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["host_id"], ["users.id"], name=op.f("fk_chat_rooms_host_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_rooms")),
        sa.UniqueConstraint("site_id", "key", name=op.f("uq_chat_rooms_site_id_key")),
    )
    op.create_index("ix_chat_rooms_dates", "chat_rooms", ["site_id", "state", "starts_at"])
    op.create_table(
        "chat_room_people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=24), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("silenced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["chat_rooms.id"], name=op.f("fk_chat_room_people_room_id_chat_rooms"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_room_people")),
        sa.UniqueConstraint("key", name=op.f("uq_chat_room_people_key")),
    )
    op.create_index(op.f("ix_chat_room_people_room_id"), "chat_room_people", ["room_id"])
    op.create_table(
        "chat_room_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('', 'waiting', 'approved', 'refused')", name=op.f("ck_chat_room_messages_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["chat_rooms.id"], name=op.f("fk_chat_room_messages_room_id_chat_rooms"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["chat_room_people.id"], name=op.f("fk_chat_room_messages_person_id_chat_room_people")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["users.id"], name=op.f("fk_chat_room_messages_staff_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_room_messages")),
        sa.UniqueConstraint("room_id", "client_id", name=op.f("uq_chat_room_messages_room_id_client_id")),
        sa.UniqueConstraint("room_id", "seq", name=op.f("uq_chat_room_messages_room_id_seq")),
    )


def downgrade() -> None:
    for table in ("chat_room_messages", "chat_room_people", "chat_rooms"):
        op.drop_table(table)
