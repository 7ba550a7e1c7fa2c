"""Where files rest: a folder today, an object store by the same four calls."""

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from app import clock
from app.uploads.errors import FileUnknown, StorageFailed, StorageFull

_KEY = re.compile(r"[0-9a-f]{32}")
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


class Storage(Protocol):
    """What keeps files by key. `incoming` is a local folder in which a file is received before `put`."""

    @property
    def incoming(self) -> Path: ...

    def put(self, source: Path) -> str:
        """Take over a complete local file, and return its key once it is safe."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Return the bytes from their beginning. Raises FileUnknown."""
        ...

    def delete(self, key: str) -> None:
        """Remove the file; a key that is not there is no error, so that a retry ends well."""
        ...


class FolderStorage:
    """Files in two levels of folders under one root, which no web server may serve.

    The key is random and says nothing of name, type or person. A file appears whole or not at all:
    it is written beside, synchronised, then renamed on the same disk.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def incoming(self) -> Path:
        return self.root / "incoming"

    def put(self, source: Path) -> str:
        key = secrets.token_hex(16)
        target = self._path(key)
        with storage_errors():
            for folder in (target.parent.parent, target.parent):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _synchronise(source)
            source.replace(target)
            for folder in (target.parent, target.parent.parent, self.root):
                _synchronise(folder)
        return key

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise FileUnknown() from error

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def path(self, key: str) -> Path:
        """Return where the file is, for a scanner on this machine. Raises FileUnknown."""
        path = self._path(key)
        if not path.is_file():
            raise FileUnknown()
        return path

    def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Remove what a killed process left half received, and return how many; for a job."""
        removed = 0
        limit = clock.now() - older_than
        for left in self.incoming.glob("*"):
            if datetime.fromtimestamp(left.stat().st_mtime, UTC) < limit:
                left.unlink(missing_ok=True)
                removed += 1
        return removed

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileUnknown()
        return self.root / key[:2] / key[2:4] / key


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn the disk's errors into ours: the message of an OSError holds a path, which is nobody's business."""
    try:
        yield
    except OSError as error:
        raise (StorageFull() if error.errno in _NO_ROOM else StorageFailed()) from error


def _synchronise(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
