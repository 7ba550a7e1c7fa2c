"""A file on its way in: counted, hashed and written to a place of its own, none of which outlives its reception."""

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Protocol

from app.uploads.errors import FileEmpty, FileTooLarge
from app.uploads.storage import storage_errors

# Read and thrown away after the limit, so that the client hears the answer rather than a cut line.
DRAIN_BYTES = 128 * 1024 * 1024
_CHUNK_BYTES = 65536


class Readable(Protocol):
    """All that is asked of a stream: the body of a request, a part of a form, a file."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Digest:
    size_bytes: int
    sha256: str


class Spool:
    """The files of one reception, none of which outlives it except by `Storage.put`."""

    def __init__(self, folder: Path) -> None:
        token = secrets.token_hex(16)
        self.sent = folder / f"{token}.part"
        self.redrawn = folder / f"{token}.redrawn"

    def fill(self, stream: Readable, limit_bytes: int) -> Digest:
        """Write what comes and return its size and hash. Raises FileTooLarge, FileEmpty."""
        digest, size_bytes = hashlib.sha256(), 0
        with _private(self.sent) as file:
            # Outside storage_errors: a client that goes away is an error of its own, and not the disk's.
            while chunk := stream.read(_CHUNK_BYTES):
                size_bytes += len(chunk)
                if size_bytes > limit_bytes:
                    drain(stream)
                    raise FileTooLarge(limit_bytes=limit_bytes, limit_mib=limit_bytes // 1024**2)
                digest.update(chunk)
                _write_all(file, chunk)
        if not size_bytes:
            raise FileEmpty()
        return Digest(size_bytes, digest.hexdigest())

    def write_redrawn(self, picture: bytes) -> None:
        with _private(self.redrawn) as file:
            _write_all(file, picture)

    def clear(self) -> None:
        for path in (self.sent, self.redrawn):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def digest_of(path: Path) -> Digest:
    with path.open("rb") as file:
        return Digest(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def drain(stream: Readable) -> None:
    left = DRAIN_BYTES
    while left > 0 and (chunk := stream.read(_CHUNK_BYTES)):
        left -= len(chunk)


def _write_all(file: FileIO, data: bytes) -> None:
    """Write to an unbuffered file; buffered, a full disk would be met again while closing."""
    rest = memoryview(data)
    with storage_errors():
        while rest:
            rest = rest[file.write(rest) :]


def _private(path: Path) -> FileIO:
    """Return a new unbuffered file that only this account reads."""
    with storage_errors():
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb", buffering=0)
