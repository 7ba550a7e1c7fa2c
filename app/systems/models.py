"""Keys of other systems, of each only a keyed hash; and the addresses that are told what happens to cases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime

QUEUED, SENT, FAILED = "queued", "sent", "failed"


class SystemKey(Base):
    """One key of one system; revoked it stays, so that the trail and its cases still say whose it was."""

    __tablename__ = "system_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    # How the key begins, so that people can tell two apart.
    hint: Mapped[str] = mapped_column(String(12))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # Of app.systems.keys.SCOPES.
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    # To the hour: a write for each call would cost more than the call.
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SystemHook(Base):
    """An address that is told what happens to cases, and the secret by which it knows that it is us."""

    __tablename__ = "system_hooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(String(500))
    # The secret, sealed with our own key: to sign, it must be read again.
    sealed: Mapped[str] = mapped_column(String(400))
    active: Mapped[bool] = mapped_column(default=True)
    # "410" where the address itself said that it is gone.
    stopped_why: Mapped[str] = mapped_column(String(10), default="", server_default="")
    # How often in a row it has not answered, and until when it is let alone.
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    resume_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Until when somebody is taken to be telling it something: one call at a time, whoever dies in the middle of it.
    busy_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When administrators were written to that it fails; None again once it answers.
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class SystemSend(Base):
    """One thing told to one address: a line of a timeline, or a test."""

    __tablename__ = "system_sends"

    id: Mapped[int] = mapped_column(primary_key=True)
    hook_id: Mapped[int] = mapped_column(ForeignKey("system_hooks.id", ondelete="CASCADE"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("case_events.id", ondelete="CASCADE"))
    # Its webhook-id, the same each time it is tried.
    number: Mapped[str] = mapped_column(String(40), unique=True)
    # What is told, once it has been tried.
    body: Mapped[str] = mapped_column(Text, default="", server_default="")
    state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    # How often somebody sent it again by hand.
    again: Mapped[int] = mapped_column(default=0, server_default="0")
    # What went wrong the last time, as a code: "503", "fetch-failed".
    problem: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Before this it is not tried again.
    try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("hook_id", "event_id"),
        Index("ix_system_sends_waiting", "hook_id", "state", "attempts", "id"),
    )
