"""Who is connected here, and in which room; the cap, and the goodbye to all."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Condition, Event
from typing import Any

from app.realtime.connection import Connection
from app.realtime.frames import Code, text_frame


class Hub:
    """The sockets and the long polls of one process. Every method may be called from any thread."""

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.stopping = Event()
        self._inside = 0
        self._connections: set[Connection] = set()
        self._rooms: dict[str, set[Connection]] = {}
        self._joined: dict[Connection, set[str]] = {}
        self._changed = Condition()

    def admit(self) -> bool:
        """Take one of the places, each of which holds a thread; False when all are taken or we are stopping."""
        with self._changed:
            if self._inside >= self.cap or self.stopping.is_set():
                return False
            self._inside += 1
            return True

    def release(self) -> None:
        """Give a place back."""
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    @property
    def inside(self) -> int:
        """How many places are taken."""
        return self._inside

    def add(self, connection: Connection) -> None:
        """Know this socket, so that it is told when we stop."""
        with self._changed:
            self._connections.add(connection)
        if self.stopping.is_set():
            # Between its admission and this line everybody was told but it.
            connection.close(Code.RESTART, "restart")

    def remove(self, connection: Connection) -> None:
        """Forget this socket and take it out of its rooms."""
        with self._changed:
            self._connections.discard(connection)
            for room in tuple(self._joined.get(connection, ())):
                self._leave(connection, room)

    def join(self, connection: Connection, room: str) -> None:
        """Put a socket into a room."""
        with self._changed:
            self._rooms.setdefault(room, set()).add(connection)
            self._joined.setdefault(connection, set()).add(room)

    def leave(self, connection: Connection, room: str) -> None:
        """Take a socket out of a room; no matter if it is not there."""
        with self._changed:
            self._leave(connection, room)

    def members(self, room: str) -> tuple[Connection, ...]:
        """Return the sockets in a room of this process."""
        with self._changed:
            return tuple(self._rooms.get(room, ()))

    def present(self, room: str) -> set[Any]:
        """Return the identities in a room of this process, once each however many tabs they have open."""
        return {connection.identity for connection in self.members(room)}

    def broadcast(self, room: str, message: Mapping[str, Any], *, but: Connection | None = None) -> int:
        """Queue a message for the room and return for how many; encoded once, waits for no reader."""
        frame = text_frame(message)
        return sum(member.push_frame(frame) for member in self.members(room) if member is not but)

    def drain(self) -> int:
        """Let nobody in any more, tell all to reconnect elsewhere (1012), and return how many were told.

        When to come back is their business: each waits a random while, or they would all fall on the next
        server in the same instant.
        """
        self.stopping.set()
        with self._changed:
            told = tuple(self._connections)
        for connection in told:
            connection.close(Code.RESTART, "restart")
        return len(told)

    def wait_empty(self, timeout_s: float) -> bool:
        """Wait until all places are given back; tell whether they are."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while self._inside:
                if not self._changed.wait(deadline - time.monotonic()):
                    return False
        return True

    def _leave(self, connection: Connection, room: str) -> None:
        members = self._rooms.get(room)
        if members is not None:
            members.discard(connection)
            if not members:
                del self._rooms[room]
        rooms = self._joined.get(connection)
        if rooms is not None:
            rooms.discard(room)
            if not rooms:
                del self._joined[connection]
