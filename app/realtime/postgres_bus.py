"""The bus between processes over PostgreSQL: one connection and one thread a process, one channel in all.

200 idle listeners cut a server's commits twentyfold, so never one a visitor.
"""

from __future__ import annotations

import json
import logging
import random
import secrets
import select
from collections import deque
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from app.realtime.bus import Ids, LocalBus, Subscriber
from app.realtime.wake import Bell

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

_CHANNEL = "ventanilla"
# NOTIFY takes less than 8,000 bytes. Source: PostgreSQL documentation, NOTIFY.
_MOST_BYTES = 7_000
_BATCH = 500
_FIRST_RETRY_S = 0.1
_LAST_RETRY_S = 5.0


class PostgresBus:
    """Subscribers of this process are told at once, those of others by NOTIFY; what an outage hid, by None."""

    def __init__(self, dsn: str, *, waiting: int = 10_000) -> None:
        self._dsn = dsn
        self._local = LocalBus()
        # Told apart by origin, since a NOTIFY comes back to its sender as well.
        self._origin = secrets.token_hex(8)
        # Bounded: in a long outage the oldest go, and the store still has what they spoke of.
        self._queue: deque[str] = deque(maxlen=waiting)
        self._bell = Bell()
        self._closing = Lock()
        self._stopped = Event()
        self.listening = Event()
        self._thread = Thread(target=self._run, name="realtime-bus", daemon=True)
        self._thread.start()

    def publish(self, channel: str, ids: Ids) -> None:
        """Tell this process now and the others as soon as the database can; never waits for it."""
        text = json.dumps([self._origin, channel, ids], separators=(",", ":"))
        if len(text.encode()) > _MOST_BYTES:
            raise ValueError(f"{len(text)} characters are too many for the bus: publish ids, not contents")
        self._queue.append(text)
        with self._closing:
            if not self._stopped.is_set():
                self._bell.ring()
        self._local.publish(channel, ids)

    def subscribe(self, channel: str, subscriber: Subscriber) -> Callable[[], None]:
        """Call the subscriber from now on; returns what ends it."""
        return self._local.subscribe(channel, subscriber)

    def close(self) -> None:
        """Stop listening and let the connection go."""
        with self._closing:
            if self._stopped.is_set():
                return
            self._stopped.set()
            self._bell.ring()
        self._thread.join(5)
        self._local.close()

    def _run(self) -> None:
        import psycopg  # an extra: only who chose this bus has it

        retry_s = _FIRST_RETRY_S
        while not self._stopped.is_set():
            try:
                with psycopg.connect(self._dsn, autocommit=True, connect_timeout=5) as connection:
                    connection.execute(f"LISTEN {_CHANNEL}")
                    retry_s = _FIRST_RETRY_S
                    self.listening.set()
                    # Also the first time: a subscriber may have read the store before we listened.
                    self._local.resync()
                    self._listen(connection)
            except psycopg.Error as error:
                self.listening.clear()
                log.warning("The bus lost its database (%s); trying again", type(error).__name__)
            self._stopped.wait(retry_s * random.uniform(0.5, 1.5))  # noqa: S311  (spreads retries, guards nothing)
            retry_s = min(retry_s * 2, _LAST_RETRY_S)

    def _listen(self, connection: psycopg.Connection) -> None:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        poll.register(self._bell, select.POLLIN)
        while not self._stopped.is_set():
            # The time-out is for a server that died without a word: the empty query below finds out.
            ready = poll.poll(30_000)
            self._bell.hush()
            self._send(connection, alive=bool(ready))
            for notify in connection.notifies(timeout=0):
                self._deliver(notify.payload)

    def _send(self, connection: psycopg.Connection, *, alive: bool) -> None:
        texts: list[str] = []
        while self._queue and len(texts) < _BATCH:
            texts.append(self._queue.popleft())
        try:
            if texts:
                connection.execute("SELECT pg_notify(%s, text) FROM unnest(%s::text[]) AS text", (_CHANNEL, texts))
            elif not alive:
                connection.execute("SELECT 1")
        except BaseException:
            # Repeating is harmless, since ids only say "look"; losing is not.
            self._queue.extendleft(reversed(texts))
            raise
        if self._queue:
            self._bell.ring()

    def _deliver(self, payload: str) -> None:
        origin, channel, ids = json.loads(payload)
        if origin != self._origin:
            self._local.publish(channel, ids)
