"""Public rooms: a topic with its host and dates, who took part, and the numbered record (S1-3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime

PLANNED, OPEN, CLOSED = "planned", "open", "closed"


class ChatRoom(Base):
    __tablename__ = "chat_rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    # Stands in addresses and in the host page's tag, so it never changes.
    key: Mapped[str] = mapped_column(String(60))
    topic: Mapped[str] = mapped_column(String(160))
    about: Mapped[str] = mapped_column(Text, default="")
    host_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Whether an adviser lets each message of a citizen pass before anybody else sees it.
    approval: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(8), default=PLANNED)
    seq: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("site_id", "key"),
        CheckConstraint("state IN ('planned', 'open', 'closed')", name="state"),
        CheckConstraint("ends_at > starts_at", name="dates"),
        Index("ix_chat_rooms_dates", "site_id", "state", "starts_at"),
    )


class ChatRoomPerson(Base):
    """A citizen in a room under the name of their choice."""

    __tablename__ = "chat_room_people"

    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("chat_rooms.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(24), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(60))
    rules_version: Mapped[int] = mapped_column(default=0)
    # Silenced by an adviser after going against the rules: reads on, says nothing more.
    silenced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ChatRoomMessage(Base):
    """One numbered event of a room; a private one is for advisers: what waits for approval, and what was refused."""

    __tablename__ = "chat_room_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("chat_rooms.id", ondelete="CASCADE"))
    seq: Mapped[int]
    client_id: Mapped[str | None] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("chat_room_people.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(120), default="")
    kind: Mapped[str] = mapped_column(String(12), default="text")
    body: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    private: Mapped[bool] = mapped_column(default=False)
    # "" where nothing was to be decided; else waiting, approved, refused.
    verdict: Mapped[str] = mapped_column(String(8), default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        UniqueConstraint("room_id", "seq"),
        UniqueConstraint("room_id", "client_id"),
        CheckConstraint("verdict IN ('', 'waiting', 'approved', 'refused')", name="verdict"),
    )
