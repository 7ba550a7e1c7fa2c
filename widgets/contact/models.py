"""Threads between a person and an office, and the messages in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class ContactThread(Base):
    __tablename__ = "contact_threads"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    reference: Mapped[str] = mapped_column(String(20))
    code_hash: Mapped[str] = mapped_column(String(64))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    subject: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    lang: Mapped[str] = mapped_column(String(2), default="es")
    notice_version: Mapped[int] = mapped_column(default=0)
    marks: Mapped[str] = mapped_column(String(60), default="")
    # The case that this message became, if it did: one click in the console.
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    # Who else got the mail that it began with, one address a line.
    copies: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        UniqueConstraint("site_id", "reference"),
        Index("ix_contact_threads_inbox", "site_id", "state", "changed_at"),
    )


class ContactMessage(Base):
    __tablename__ = "contact_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("contact_threads.id", ondelete="CASCADE"), index=True)
    author: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(Text)
    # What a mail quoted and its signature: folded away, and there to be opened.
    folded: Mapped[str] = mapped_column(Text, default="", server_default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
