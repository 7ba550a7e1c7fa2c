"""The same news for a browser whose network blocks sockets: ask, and wait for the answer without a database."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Condition
from types import TracebackType
from typing import TypeVar

from app.realtime.bus import Bus, Ids
from app.realtime.hub import Hub

T = TypeVar("T")

# How soon a waiting poll sees that the server stops.
_LOOK_S = 0.25


class Waiter(AbstractContextManager["Waiter"]):
    """Listens to one channel from the moment it is entered, so that nothing falls between reading and waiting."""

    def __init__(self, bus: Bus, channel: str) -> None:
        self._bus = bus
        self._channel = channel
        self._told = Condition()
        self._seq = -1
        self._missed = False

    def __enter__(self) -> Waiter:
        self._unsubscribe = self._bus.subscribe(self._channel, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unsubscribe()

    def wait(self, after_seq: int, timeout_s: float, stop: Callable[[], bool] = lambda: False) -> bool:
        """Tell whether anything above `after_seq` was announced, waiting for it; False at the time-out or stop."""
        deadline = time.monotonic() + timeout_s
        with self._told:
            while self._seq <= after_seq and not self._missed:
                left_s = deadline - time.monotonic()
                if left_s <= 0 or stop():
                    return False
                self._told.wait(min(left_s, _LOOK_S))
            return True

    def _hear(self, ids: Ids | None) -> None:
        with self._told:
            if ids is None:
                self._missed = True
            else:
                self._seq = max(self._seq, int(ids["seq"]))
            self._told.notify_all()


class Full(Exception):
    """All places of this process are taken, or it stops: 503, come back later."""


def wait_for(
    hub: Hub,
    bus: Bus,
    channel: str,
    after_seq: int,
    timeout_s: float,
    *,
    read: Callable[[], Sequence[T]],
    release: Callable[[], None],
) -> Sequence[T]:
    """Return what `read` finds above `after_seq`, as soon as there is something, or nothing at the time-out.

    `release` lets the database connection go (`db.session.remove`) before the wait: twenty waiting citizens would
    otherwise empty the pool. A poll takes a place of the hub, since it holds a thread as a socket does. Raises Full.
    """
    if not hub.admit():
        raise Full
    try:
        with Waiter(bus, channel) as waiter:
            rows = read()
            release()
            if rows or not waiter.wait(after_seq, timeout_s, hub.stopping.is_set):
                return rows
            rows = read()
            release()
            return rows
    finally:
        hub.release()
