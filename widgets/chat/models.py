"""Conversations and their numbered events, advisers' shifts, ratings, blocks, and hours that began with nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class ChatConversation(Base):
    __tablename__ = "chat_conversations"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    # What the browser names it by; opened only together with the secret, of which the hash is kept.
    key: Mapped[str] = mapped_column(String(24), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(320), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    lang: Mapped[str] = mapped_column(String(2), default="es")
    rules_version: Mapped[int] = mapped_column(default=0)
    notice_version: Mapped[int] = mapped_column(default=0)
    # A keyed hash of where it came from, so that a block can hold without an address being kept.
    origin_hash: Mapped[str] = mapped_column(String(64), default="")
    # The last number given to an event; raising it is what makes commits of one conversation follow each other.
    seq: Mapped[int] = mapped_column(default=0)
    person_seq: Mapped[int] = mapped_column(default=0)
    staff_seq: Mapped[int] = mapped_column(default=0)
    # How far each side has received and read, as numbers of events.
    person_delivered: Mapped[int] = mapped_column(default=0)
    person_read: Mapped[int] = mapped_column(default=0)
    staff_delivered: Mapped[int] = mapped_column(default=0)
    staff_read: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    assigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_answer_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    person_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    staff_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the person's browser was last heard of: a lease, right again soon after a process dies.
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(String(12), default="")
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # "Is the answer satisfactory?": "" not asked, asked, yes, no (S3-17, S3-18).
    satisfied: Mapped[str] = mapped_column(String(6), default="")
    # What is left to do after it was cut with a question open: "" nothing, open, done (S3-15).
    task: Mapped[str] = mapped_column(String(4), default="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'open', 'ended')", name="state"),
        CheckConstraint("satisfied IN ('', 'asked', 'yes', 'no')", name="satisfied"),
        Index("ix_chat_conversations_desk", "site_id", "state", "started_at"),
        Index("ix_chat_conversations_task", "site_id", "task"),
    )


class ChatMessage(Base):
    """One numbered event of a conversation: what was said, and what happened."""

    __tablename__ = "chat_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("chat_conversations.id", ondelete="CASCADE"))
    seq: Mapped[int]
    # Made by the sender, so that sending again is not saying twice.
    client_id: Mapped[str | None] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(6))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(12), default="text")
    body: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # Advisers only: the note of a transfer, a question to a colleague.
    private: Mapped[bool] = mapped_column(default=False)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (UniqueConstraint("conversation_id", "seq"), UniqueConstraint("conversation_id", "client_id"))


class ChatShift(Base):
    """An adviser on duty, from check-in to check-out; `seen_at` is a lease that the open desk renews."""

    __tablename__ = "chat_shifts"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    available: Mapped[bool] = mapped_column(default=True)
    most: Mapped[int] = mapped_column(default=4)
    # What the adviser tried before beginning: sound, notifications, connection (S3-21).
    checks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    given_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ChatShiftNote(Base):
    """News of the day that every adviser must know (S3-20)."""

    __tablename__ = "chat_shift_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class ChatConsult(Base):
    """A colleague who was asked in private, and so may read the conversation and answer with notes."""

    __tablename__ = "chat_consults"

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("chat_conversations.id", ondelete="CASCADE"), primary_key=True
    )
    staff_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ChatRating(Base):
    """The four items that the protocol asks for (S3-19), 1 to 5 each."""

    __tablename__ = "chat_ratings"

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("chat_conversations.id", ondelete="CASCADE"), primary_key=True
    )
    kindness: Mapped[int]
    quality: Mapped[int]
    timeliness: Mapped[int]
    competence: Mapped[int]
    comment: Mapped[str] = mapped_column(String(1000), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = tuple(
        CheckConstraint(f"{item} BETWEEN 1 AND 5", name=item)
        for item in ("kindness", "quality", "timeliness", "competence")
    )


class ChatBlock(Base):
    """Who may open no conversation, why and until when; by a keyed hash of where they came from."""

    __tablename__ = "chat_blocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    origin_hash: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(300))
    staff_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    until: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_chat_blocks_origin", "site_id", "origin_hash"),)


class ChatAbsence(Base):
    """An announced hour that began with nobody on duty (S3-3): told once."""

    __tablename__ = "chat_absences"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    noticed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (UniqueConstraint("site_id", "opened_at"),)
