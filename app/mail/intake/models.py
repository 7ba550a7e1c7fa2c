"""How far each mailbox was read, and every message that was taken over from one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime

# What became of a message. KEPT: it waits to be read; BROKEN: only its raw form can be shown.
KEPT, THREAD, CASE, OTHER, BOUNCE = "kept", "thread", "case", "other", "bounce"
AUTO, OWN, DOUBLE, BROKEN = "auto", "own", "double", "broken"
STATES = (KEPT, BROKEN, AUTO, OTHER, THREAD, CASE, BOUNCE, OWN, DOUBLE)


class Mailbox(Base):
    __tablename__ = "mailboxes"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger, default=0)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    # Whether what lay there unread at the first look has been taken over: from then on all that is newer is.
    begun: Mapped[bool] = mapped_column(default=False)
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when it can't be read, and why, as the class of the error: a message can hold an address.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(100), default="")


class IncomingMail(Base):
    """One message of a mailbox; its raw form rests in the storage under `raw_key`."""

    __tablename__ = "incoming_mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailboxes.id", ondelete="CASCADE"))
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)
    # Hash of its Message-ID (of the whole where it has none): the same mail again is not read again. None for a double.
    digest: Mapped[str | None] = mapped_column(String(64))
    raw_key: Mapped[str] = mapped_column(String(120))
    size_bytes: Mapped[int]
    # Whether the raw form is only its beginning: the whole was too big, and still lies in the mailbox.
    cut: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default=KEPT)
    from_address: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    message_id: Mapped[str] = mapped_column(String(300), default="")
    marks: Mapped[list[str]] = mapped_column(JSON, default=list)
    # What it became or belongs to: ("contact", 12), ("case", 7).
    source: Mapped[str] = mapped_column(String(20), default="")
    source_id: Mapped[int | None]
    # When the server took it: that date counts (Ley 1437 de 2011, art. 61), not the one that its writer gave it.
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        UniqueConstraint("mailbox_id", "uidvalidity", "uid"),
        UniqueConstraint("site_id", "digest"),
        Index("ix_incoming_mails_state", "site_id", "state", "id"),
        Index("ix_incoming_mails_source", "source", "source_id"),
    )
