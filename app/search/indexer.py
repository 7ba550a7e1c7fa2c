"""Carries changes from the table that content writes in its own transaction into the index, missing none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from app.search.engine import Change

BATCH = 200


class Feed(Protocol):
    """The table of changes not yet indexed, oldest first. A change is seen again until it is `done`."""

    def take(self, most: int) -> Sequence[tuple[int, Change]]:
        """Return the oldest changes with their numbers, and leave them in the table."""

    def done(self, numbers: Sequence[int]) -> None:
        """Take these out of the table, in a transaction of its own."""


class _Index(Protocol):
    def writing(self) -> AbstractContextManager[None]: ...

    def apply(self, batch: Sequence[Change]) -> None: ...


def drain(engine: _Index, feed: Feed, batch: int = BATCH) -> int:
    """Index all that waits and return the number of changes.

    Reading, indexing and striking off happen under the index's lock, so that of two processes neither can put an older
    version over a newer. Killed in between, the changes are indexed again, which changes nothing.
    """
    count = 0
    while True:
        with engine.writing():
            waiting = feed.take(batch)
            if not waiting:
                return count
            engine.apply([change for _, change in waiting])
            feed.done([number for number, _ in waiting])
        count += len(waiting)
