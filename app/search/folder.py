"""The folder of the index: one lock for all writers, files on disk before they count, whole indexes swapped at once."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from app.search.codec import schema
from app.search.fields import VERSION

_TOC = re.compile(r"_MAIN_(\d+)\.toc")
_NAME = re.compile(r"v(\d+)-(\d+)(-partial)?")
_CURRENT = "current"


class DurableStorage(FileStorage):
    """Files written since the last rename are on disk before it, and the rename before anything goes on.

    Whoosh commits by renaming its table of contents; without this a power cut leaves a table of missing files.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._written: set[str] = set()

    def create_file(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self._written.add(name)
        return super().create_file(name, *args, **kwargs)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        for name in self._written:
            if self.file_exists(name):
                _sync(Path(self.folder) / name)
        self._written.clear()
        super().rename_file(oldname, newname, safe)
        _sync(Path(self.folder))


class Folder:
    """Where the indexes stand: `v2-000003`, and `current`, a link to the one in use."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._mutex = threading.RLock()
        self._depth = 0
        self._lock_fd = -1
        root.mkdir(parents=True, exist_ok=True, mode=0o750)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the index alone, among the threads and processes of the machine; wait for as long as it takes.

        The system lets go of the lock of a process that dies.
        """
        with self._mutex:
            if self._depth == 0:
                self._lock_fd = os.open(self.root / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o640)
                fcntl.flock(self._lock_fd, fcntl.LOCK_EX)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    os.close(self._lock_fd)

    @contextmanager
    def merging(self) -> Iterator[Path]:
        """Give an empty folder beside the indexes to one merge at a time; what a killed one left is taken away."""
        lock = os.open(self.root / "merging.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o640)
        beside = self.root / "merging"
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir(mode=0o750)
            yield beside
            shutil.rmtree(beside, ignore_errors=True)
        finally:
            os.close(lock)

    def current(self) -> str | None:
        """Return the name of the index in use, or None when there is none that this version can read."""
        try:
            name = self._link()
        except FileNotFoundError:
            return None
        match = _NAME.fullmatch(name)
        return name if match and int(match[1]) == VERSION else None

    def is_partial(self) -> bool:
        """Say whether the index in use was begun empty, and so lacks whatever was published before."""
        name = self.current()
        return name is None or name.endswith("-partial")

    def generation(self, name: str) -> int:
        """Return the number of the last commit. Raises FileNotFoundError when the index was swapped away."""
        return max((int(m[1]) for f in _names(self.root / name) if (m := _TOC.fullmatch(f))), default=-1)

    def open(self, name: str) -> FileIndex:
        """Return an index of this folder, with our schema and not the pickled one."""
        return FileIndex(DurableStorage(self.root / name), schema=schema())

    def create(self, partial: bool) -> str:
        """Make an empty index beside the others and return its name; it isn't in use before `swap`."""
        numbers = [int(m[2]) for f in _names(self.root) if (m := _NAME.fullmatch(f))]
        name = f"v{VERSION}-{max(numbers, default=0) + 1:06}" + ("-partial" if partial else "")
        (self.root / name).mkdir(mode=0o750)
        FileIndex.create(DurableStorage(self.root / name), schema())
        return name

    def swap(self, name: str) -> None:
        """Put an index in use, in one step, and take the others away."""
        link = self.root / f"{_CURRENT}.new"
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        link.replace(self.root / _CURRENT)
        _sync(self.root)
        self.sweep()

    def sweep(self) -> None:
        """Take away indexes that aren't in use: old ones, and those of rebuilds that were killed."""
        try:
            keep = self._link()
        except FileNotFoundError:
            keep = ""
        for entry in _names(self.root):
            if entry != keep and _NAME.fullmatch(entry):
                self.drop(entry)

    def _link(self) -> str:
        return os.readlink(self.root / _CURRENT)  # noqa: PTH115

    def drop(self, name: str) -> None:
        """Take an index away; readers that have it open go on reading."""
        shutil.rmtree(self.root / name, ignore_errors=True)

    def clear_leftovers(self, name: str) -> None:
        """Take away what a killed writer left half done in an index."""
        shutil.rmtree(self.root / name / "MAIN.tmp", ignore_errors=True)
        for file in _names(self.root / name):
            if re.match(r"_MAIN_\d+\.toc\.", file):
                (self.root / name / file).unlink(missing_ok=True)


# Both are asked at every query; pathlib's take ten times as long.
def _names(path: Path) -> list[str]:
    return os.listdir(path)  # noqa: PTH208


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
