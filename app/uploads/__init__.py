"""The one way in for files: what is taken, under which name, and where it rests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.uploads.errors import (
    ArchiveUnsafe,
    FileDamaged,
    FileEmpty,
    FileTooLarge,
    FileUnknown,
    HasMacros,
    HeicNotTaken,
    ImageTooLarge,
    Infected,
    ScannerDown,
    StorageFailed,
    StorageFull,
    TypeMismatch,
    TypeNotTaken,
    UploadRefused,
)
from app.uploads.images import heic_taken, redraw
from app.uploads.names import content_disposition, download_headers, extension_of, safe_name, with_extension
from app.uploads.scanner import Verdict, scan
from app.uploads.spool import DRAIN_BYTES, Digest, Readable, Spool, digest_of, drain
from app.uploads.storage import FolderStorage, Storage, storage_errors
from app.uploads.types import HEAD_BYTES, JPEG, FileType, promised_type, require_signature

__all__ = [
    "DRAIN_BYTES",
    "LIMIT_BYTES",
    "ArchiveUnsafe",
    "FileDamaged",
    "FileEmpty",
    "FileTooLarge",
    "FileUnknown",
    "FolderStorage",
    "HasMacros",
    "HeicNotTaken",
    "ImageTooLarge",
    "Infected",
    "Readable",
    "ScannerDown",
    "Storage",
    "StorageFailed",
    "StorageFull",
    "StoredFile",
    "TypeMismatch",
    "TypeNotTaken",
    "UploadRefused",
    "Verdict",
    "content_disposition",
    "download_headers",
    "heic_taken",
    "receive",
    "safe_name",
    "scan",
]

LIMIT_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A file that was taken. `size_bytes` and `sha256` are of what rests in the storage.

    A photo is drawn anew, so `received_bytes` and `received_sha256` tell what the person sent: those two
    are what the person can compare with the file on their own device.
    `flags` warn whoever opens it; `scan` is "none" without a scanner, "pending" while it could not be asked.
    """

    name: str
    size_bytes: int
    sha256: str
    media_type: str
    key: str
    received_bytes: int
    received_sha256: str
    flags: frozenset[str] = field(default_factory=frozenset)
    scan: Literal["none", "clean", "pending"] = "none"


def receive(
    stream: Readable,
    name: str,
    *,
    folder: Path | None = None,
    storage: Storage | None = None,
    limit_bytes: int = LIMIT_BYTES,
    scanner: Callable[[Path], Verdict] | None = None,
) -> StoredFile:
    """Return the file, stored whole, or raise and leave nothing behind.

    Give a `folder`, or any other `storage`. Raises UploadRefused and its kinds (this file can't be taken)
    or StorageFailed and its kinds (the system can't). Source: ASVS 5.0.0, 5.2 and 5.3.
    """
    if storage is None:
        if folder is None:
            raise TypeError("receive() needs a folder or a storage")
        storage = FolderStorage(folder)
    shown = safe_name(name)
    converts = heic_taken()
    try:
        kind = promised_type(extension_of(shown), converts)
    except UploadRefused:
        drain(stream)
        raise
    incoming = storage.incoming
    with storage_errors():
        incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
    spool = Spool(incoming)
    try:
        received = spool.fill(stream, limit_bytes)
        kind, kept, flags = _checked(spool, kind, converts)
        return _store(storage, spool, kept, received, shown, kind, flags, scanner)
    finally:
        spool.clear()


def _checked(spool: Spool, kind: FileType, converts: bool) -> tuple[FileType, Path, frozenset[str]]:
    """Return the type, the file to keep, and its flags."""
    with spool.sent.open("rb") as file:
        head = file.read(HEAD_BYTES)
    require_signature(head, kind, converts)
    if not kind.image_format:
        return kind, spool.sent, kind.look(spool.sent) if kind.look else frozenset()
    picture, flags = redraw(spool.sent, kind.image_format)
    spool.write_redrawn(picture)
    return (JPEG if kind.image_format == "HEIF" else kind), spool.redrawn, flags


def _store(
    storage: Storage,
    spool: Spool,
    kept: Path,
    received: Digest,
    shown: str,
    kind: FileType,
    flags: frozenset[str],
    scanner: Callable[[Path], Verdict] | None,
) -> StoredFile:
    """Return the file once it is safe in the storage; last, so that nothing refused was ever stored."""
    state: Literal["none", "clean", "pending"] = "none"
    if scanner is not None:
        state = _scanned(kept, scanner)
    digest = received if kept is spool.sent else digest_of(kept)
    name = shown if extension_of(shown) in kind.extensions else with_extension(shown, kind.extensions[0])
    return StoredFile(
        name=name,
        size_bytes=digest.size_bytes,
        sha256=digest.sha256,
        media_type=kind.media_type,
        key=storage.put(kept),
        received_bytes=received.size_bytes,
        received_sha256=received.sha256,
        flags=flags,
        scan=state,
    )


def _scanned(path: Path, scanner: Callable[[Path], Verdict]) -> Literal["clean", "pending"]:
    try:
        verdict = scanner(path)
    except ScannerDown:
        return "pending"  # kept in quarantine and asked about again: a petition is never lost to a daemon
    if not verdict.clean:
        raise Infected(signature=verdict.signature)
    return "clean"
