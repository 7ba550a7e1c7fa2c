"""The audit trail: one chain of hashes a site, so that a changed, missing or inserted entry can be shown."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import current_app
from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime, db, in_write, table

GENESIS = "0" * 64


class AuditEntry(Base):
    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(80), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("site_id", "seq"),)


class AuditHead(Base):
    """The last link of a site's chain; its row is the lock under which the next one is made."""

    __tablename__ = "audit_heads"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default=GENESIS)


_HEADS = table(AuditHead)
_HEAD = select(_HEADS.c.seq, _HEADS.c.digest).where(_HEADS.c.site_id == bindparam("site")).with_for_update()
_MOVE = (
    update(_HEADS)
    .where(_HEADS.c.site_id == bindparam("site"))
    .values(seq=bindparam("new_seq"), digest=bindparam("new_digest"))
)
_FIRST, _LINK = insert(_HEADS), insert(table(AuditEntry))


def personal(value: str) -> str:
    """Return the keyed hash under which the trail may speak of a person's datum: it can be compared, not read."""
    key: bytes = current_app.extensions["ventanilla"].settings.key("audit")
    return hmac.new(key, value.strip().casefold().encode(), sha256).hexdigest()[:32]


def _digest(previous: str, seq: int, at: datetime, actor: str, action: str, subject: str, data: dict[str, Any]) -> str:
    whole = [previous, seq, at.isoformat(), actor, action, subject, data]
    body = json.dumps(whole, sort_keys=True, ensure_ascii=False)
    return sha256(body.encode()).hexdigest()


def append_audit(site_id: int, actor: str, action: str, subject: str, **data: Any) -> str:
    """Add a link to the site's chain inside the running write, and return its digest.

    `actor` is "staff:<id>", "person" or "system"; `data` holds identifiers, numbers and dates, and personal data only
    as `personal(value)`.
    """
    if not in_write():
        raise RuntimeError("append_audit outside write()")
    # Whatever this write has changed goes before: everyone locks a site's row first and its head last.
    db.session.flush()
    store = db.session.connection()
    head = store.execute(_HEAD, {"site": site_id}).first()
    if head is None:
        store.execute(_FIRST, {"site_id": site_id, "seq": 0, "digest": GENESIS})
    at = now()
    data = json.loads(json.dumps(data, default=str))
    seq, previous = (head.seq + 1, head.digest) if head is not None else (1, GENESIS)
    digest = _digest(previous, seq, at, actor, action, subject, data)
    link = {"site_id": site_id, "seq": seq, "at": at, "actor": actor, "action": action, "subject": subject}
    store.execute(_LINK, {**link, "data": data, "previous": previous, "digest": digest})
    store.execute(_MOVE, {"site": site_id, "new_seq": seq, "new_digest": digest})
    return digest


def entries(
    site_id: int, *, before: int | None = None, subject: str = "", action: str = "", limit: int = 100
) -> list[AuditEntry]:
    """Return entries of a site, newest first, before a number; of one subject ("case:7") or kind of act where asked."""
    query = select(AuditEntry).where(AuditEntry.site_id == site_id).order_by(AuditEntry.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    if subject:
        query = query.where(AuditEntry.subject == subject)
    if action:
        query = query.where(AuditEntry.action == action)
    return list(db.session.scalars(query))


def _in_order(site_id: int, page: int = 1000) -> Iterator[AuditEntry]:
    """Yield the entries of a site by their number, a page at a time: no cursor stays open when the reader stops."""
    after = -1
    query = select(AuditEntry).where(AuditEntry.site_id == site_id).order_by(AuditEntry.seq).limit(page)
    while entries := list(db.session.scalars(query.where(AuditEntry.seq > after))):
        yield from entries
        after = entries[-1].seq


def verify(site_id: int) -> tuple[int, str]:
    """Return how many entries hold and what is wrong with the first that does not ("" when all hold)."""
    previous, seq = GENESIS, 0
    for entry in _in_order(site_id):
        if entry.seq != seq + 1:
            return seq, f"entry {seq + 1} is missing"
        if entry.previous != previous:
            return seq, f"entry {entry.seq} does not follow the one before"
        expected = _digest(previous, entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.data)
        if entry.digest != expected:
            return seq, f"entry {entry.seq} was changed"
        previous, seq = entry.digest, entry.seq
    head = db.session.get(AuditHead, site_id)
    if head is None and seq:
        return seq, f"the chain ends at {seq} and its head is missing"
    if head is not None and (head.seq, head.digest) != (seq, previous):
        return seq, f"the chain ends at {seq} and its head says {head.seq}"
    return seq, ""
