"""Files that came with something: kept before it as receipts, claimed by it in its own transaction."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import current_app
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime, db, in_write, write
from app.errors import Invalid
from app.uploads import LIMIT_BYTES, Readable, ScannerDown, StoredFile, heic_taken, receive

# How long an upload waits for the submission that claims it.
UNCLAIMED = timedelta(hours=48)
MAX_FILES = 40


class StoredFileRow(Base):
    __tablename__ = "stored_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    receipt_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    # What the person sent: a photo is drawn anew without its metadata, and they must be able to compare.
    received_bytes: Mapped[int]
    received_sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(100))
    flags: Mapped[str] = mapped_column(String(200), default="")
    # "none" without a scanner, "clean", or "pending" while it could not be asked: then nobody gets the bytes.
    scan: Mapped[str] = mapped_column(String(8), default="none", server_default="none")
    # What claimed it, ("case_message", 7); "" while it waits.
    source: Mapped[str] = mapped_column(String(20), default="")
    source_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (Index("ix_stored_files_source", "source", "source_id"),)


@dataclass(frozen=True)
class FileInfo:
    """A file that was taken; size and hash are of what the person sent."""

    id: int
    name: str
    size_bytes: int
    sha256: str
    media_type: str
    key: str
    flags: str = ""
    scan: str = "none"

    def public(self) -> dict[str, Any]:
        return {"name": self.name, "size_bytes": self.size_bytes, "sha256": self.sha256}


def _info(row: StoredFileRow) -> FileInfo:
    return FileInfo(
        row.id, row.name, row.received_bytes, row.received_sha256, row.media_type, row.key, row.flags, row.scan
    )


def limits() -> dict[str, Any]:
    """Return what a form tells of files before any is sent."""
    return {"file_bytes": LIMIT_BYTES, "files": MAX_FILES, "heic": heic_taken()}


def _receipt_hash(receipt: str) -> str:
    key: bytes = current_app.extensions["ventanilla"].settings.key("receipt")
    return hmac.new(key, receipt.encode(), sha256).hexdigest()


def take(site_id: int, stream: Readable, name: str) -> tuple[str, StoredFile]:
    """Take a file by the policy of app.uploads, and return its receipt and what was taken.

    Raises UploadRefused and its kinds for this file, StorageFailed and its kinds for the system.
    """
    ventanilla = current_app.extensions["ventanilla"]
    stored = receive(stream, name, storage=ventanilla.storage, scanner=ventanilla.scanner)
    return keep(site_id, stored), stored


def keep(site_id: int, stored: StoredFile) -> str:
    """Record a file that is already in the storage, and return the receipt by which a submission claims it."""
    receipt = secrets.token_urlsafe(18)
    with write():
        db.session.add(
            StoredFileRow(
                site_id=site_id,
                key=stored.key,
                receipt_hash=_receipt_hash(receipt),
                name=stored.name,
                size_bytes=stored.size_bytes,
                sha256=stored.sha256,
                received_bytes=stored.received_bytes,
                received_sha256=stored.received_sha256,
                media_type=stored.media_type,
                flags=",".join(sorted(stored.flags)),
                scan=stored.scan,
            )
        )
    return receipt


def claim(site_id: int, receipts: Iterable[str], source: str, source_id: int) -> list[FileInfo]:
    """Give waiting files to what they came with, inside the running write.

    Raises Invalid for a receipt that is unknown, another site's, or already claimed by something else.
    """
    if not in_write():
        raise RuntimeError("claim outside write()")
    claimed = []
    for receipt in dict.fromkeys(receipts):
        row = db.session.scalar(
            # Locked, so that of two submissions with the same receipt the second sees that it is taken.
            select(StoredFileRow).where(StoredFileRow.receipt_hash == _receipt_hash(receipt)).with_for_update()
        )
        if row is None or row.site_id != site_id or row.source:
            raise Invalid(fields={"files": ["errors.file-receipt"]})
        row.source, row.source_id = source, source_id
        claimed.append(_info(row))
    db.session.flush()
    return claimed


def move(source: str, ids: Iterable[int], to_source: str, to_id: int) -> list[FileInfo]:
    """Give files that came with one thing to another, inside the running write: a message that becomes a case."""
    if not in_write():
        raise RuntimeError("move outside write()")
    rows = select(StoredFileRow).where(StoredFileRow.source == source, StoredFileRow.source_id.in_(list(ids)))
    moved = []
    for row in db.session.scalars(rows.order_by(StoredFileRow.id)):
        row.source, row.source_id = to_source, to_id
        moved.append(_info(row))
    db.session.flush()
    return moved


def waiting(site_id: int, receipts: Iterable[str]) -> list[FileInfo]:
    """Return the files of these receipts that nothing has claimed yet, in the order in which they were kept."""
    hashes = [_receipt_hash(receipt) for receipt in receipts]
    if not hashes:
        return []
    mine = (StoredFileRow.site_id == site_id, StoredFileRow.source == "", StoredFileRow.receipt_hash.in_(hashes))
    return [_info(row) for row in db.session.scalars(select(StoredFileRow).where(*mine).order_by(StoredFileRow.id))]


def contents(site_id: int, receipts: Iterable[str]) -> list[str]:
    """Return the hashes of what was sent under these receipts, claimed or not: the same files under other receipts."""
    hashes = [_receipt_hash(receipt) for receipt in receipts]
    mine = (StoredFileRow.site_id == site_id, StoredFileRow.receipt_hash.in_(hashes))
    return sorted(db.session.scalars(select(StoredFileRow.received_sha256).where(*mine))) if hashes else []


def files_of(source: str, ids: Iterable[int]) -> dict[int, list[FileInfo]]:
    """Return the files of several things of one source at once, by the id of the thing."""
    found: dict[int, list[FileInfo]] = {}
    query = select(StoredFileRow).where(StoredFileRow.source == source, StoredFileRow.source_id.in_(list(ids)))
    for row in db.session.scalars(query.order_by(StoredFileRow.id)):
        found.setdefault(row.source_id or 0, []).append(_info(row))
    return found


def find_file(file_id: int, source: str, source_ids: Iterable[int]) -> FileInfo | None:
    """Return one file if it belongs to one of these things: never by its number alone."""
    row = db.session.get(StoredFileRow, file_id)
    if row is None or row.source != source or row.source_id not in set(source_ids):
        return None
    return _info(row)


def by_number(file_id: int) -> FileInfo | None:
    """Return a file by its number alone: for what holds that number itself, never for what somebody typed."""
    row = db.session.get(StoredFileRow, file_id)
    return _info(row) if row is not None else None


def forget_unclaimed(_payload: dict[str, Any]) -> None:
    """Delete files whose submission never came; a job of every hour."""
    storage = current_app.extensions["ventanilla"].storage
    with write():
        old = select(StoredFileRow).where(StoredFileRow.source == "", StoredFileRow.created_at < now() - UNCLAIMED)
        # Locked: what is being claimed right now is no longer old.
        rows = list(db.session.scalars(old.limit(500).with_for_update(skip_locked=True)))
        keys = [row.key for row in rows]
        for row in rows:
            db.session.delete(row)
    for key in keys:
        storage.delete(key)


def scan_pending(_payload: dict[str, Any]) -> None:
    """Ask again about files that the scanner could not be asked about; an infected one is taken away and said so.

    Its row stays, without its bytes, so that the case still tells that a file came and why it cannot be opened.
    """
    ventanilla = current_app.extensions["ventanilla"]
    if ventanilla.scanner is None:
        return
    waiting = select(StoredFileRow.id, StoredFileRow.key).where(StoredFileRow.scan == "pending").limit(200)
    for file_id, key in db.session.execute(waiting).all():
        db.session.rollback()
        try:
            verdict = ventanilla.scanner(ventanilla.storage.path(key))
        except ScannerDown:
            return
        with write():
            row = db.session.get(StoredFileRow, file_id)
            if row is not None:
                row.scan = "clean" if verdict.clean else "infected"
        if not verdict.clean:
            ventanilla.storage.delete(key)
