"""Mails that were or will be sent; the row is the truth, the server only carries it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class Mail(Base):
    __tablename__ = "mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    to_address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # [{"key": storage key, "name": …, "media_type": …}]
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    # What it belongs to, in the words of whoever queued it: ("case", 12).
    source: Mapped[str] = mapped_column(String(20), default="")
    # What stands for SECRET in the text, encrypted, and gone once sent: the store keeps no code in the clear.
    secret: Mapped[str] = mapped_column(Text, default="")
    source_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        # All that is counted, so that no whole mail is read for it: the outbox by state, the audit's acknowledgements.
        Index("ix_mails_state", "site_id", "state", "id"),
        Index("ix_mails_source", "source", "source_id", "state", "site_id"),
        Index("ix_mails_fate", "source", "state"),
    )
