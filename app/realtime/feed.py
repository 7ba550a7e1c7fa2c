"""Joining a stored, numbered sequence without a gap: replay from the store, then live, never twice.

The store is the truth and the number is the cursor. Each process reads a new row once for all its sockets, in
order of `seq`, whether the bus said so or a neighbour's join found it first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock, RLock
from typing import Any

from app.realtime.bus import Bus, Ids
from app.realtime.connection import Connection
from app.realtime.frames import text_frame
from app.realtime.hub import Hub

Row = tuple[int, Mapping[str, Any]]
# (channel, after_seq, limit): rows above after_seq in order of seq. It is called from threads without a request, so it
# opens its own application context, and with it lets the database connection go when it returns.
Load = Callable[[str, int, int], Sequence[Row]]


class _Room:
    def __init__(self) -> None:
        self.lock = RLock()
        self.cursor = 0
        self.people = 0
        # Emptied and forgotten: another room may carry the channel on, and must not be spoken to by this one.
        self.over = False
        self.unsubscribe: Callable[[], None] = lambda: None


class Feed:
    """Numbered channels of one store, told live.

    The numbers of a channel must become visible in order: draw them from a counter row of the channel in the
    transaction that writes the message, whose lock makes commits follow each other.
    """

    def __init__(self, hub: Hub, bus: Bus, load: Load, *, chunk: int = 200) -> None:
        self._hub = hub
        self._bus = bus
        self._load = load
        self._chunk = chunk
        self._rooms: dict[str, _Room] = {}
        self._lock = Lock()

    def announce(self, channel: str, seq: int) -> None:
        """Tell every process that the channel has reached this number; call it after the commit."""
        self._bus.publish(channel, {"seq": seq})

    def offer(self, channel: str, seq: int, message: Mapping[str, Any]) -> None:
        """Announce a number whose message is at hand: where it is the very next one, nobody reads the store for it."""
        room = self._rooms.get(channel)
        if room is not None:
            with room.lock:
                if room.cursor == seq - 1 and not room.over:
                    self._hub.broadcast(channel, message)
                    room.cursor = seq
        self.announce(channel, seq)

    def join(self, connection: Connection, channel: str, since: int) -> int:
        """Push all rows above `since`, then `joined {channel, seq}`, then everything that follows; return seq.

        Call it from the connection's own thread. A `since` that the store never gave (a restored backup, or a liar)
        is answered with `reset {channel}` and the whole channel: the client forgets its cursor.
        """
        if since and not self._known(channel, since):
            connection.push({"kind": "reset", "channel": channel})
            since = 0
        reached = self._replay(connection, channel, since)
        room = self._enter(channel, reached)
        with room.lock:
            # Only what came since the replay: a slow reader must not hold the lock for its whole history.
            self._advance(channel, room)
            for _, message in self._read_to(channel, reached, room.cursor):
                connection.push_frame(text_frame(message))
            connection.push_frame(text_frame({"kind": "joined", "channel": channel, "seq": room.cursor}))
            self._hub.join(connection, channel)
            return room.cursor

    def reached(self, channel: str) -> int:
        """Return the last number told in this process; 0 where nobody is in the channel."""
        room = self._rooms.get(channel)
        return room.cursor if room is not None else 0

    def leave(self, connection: Connection, channel: str) -> None:
        """Push nothing more of this channel. Must follow each join, also when the socket is gone."""
        self._hub.leave(connection, channel)
        with self._lock:
            room = self._rooms.get(channel)
            if room is None:
                return
            room.people -= 1
            if room.people:
                return
            del self._rooms[channel]
            with room.lock:
                room.over = True
        room.unsubscribe()

    def _known(self, channel: str, seq: int) -> bool:
        """Tell whether the store has this row; else a made-up cursor would silence the room for everybody."""
        if not 0 < seq < 2**53:
            return False
        rows = self._load(channel, seq - 1, 1)
        return bool(rows) and rows[0][0] == seq

    def _replay(self, connection: Connection, channel: str, since: int) -> int:
        reached = since
        while True:
            rows = self._load(channel, reached, self._chunk)
            for seq, message in rows:
                if not connection.push(message):
                    return reached
                reached = seq
            if len(rows) < self._chunk:
                return reached

    def _enter(self, channel: str, reached: int) -> _Room:
        with self._lock:
            room = self._rooms.get(channel)
            if room is None:
                room = self._rooms[channel] = _Room()
                room.cursor = reached
                room.unsubscribe = self._bus.subscribe(channel, lambda ids: self._told(channel, room, ids))
            room.people += 1
            return room

    def _told(self, channel: str, room: _Room, ids: Ids | None) -> None:
        with room.lock:
            if not room.over and (ids is None or int(ids["seq"]) > room.cursor):
                self._advance(channel, room)

    def _advance(self, channel: str, room: _Room) -> None:
        """Broadcast what the store has above the room's cursor."""
        while True:
            rows = self._load(channel, room.cursor, self._chunk)
            for seq, message in rows:
                self._hub.broadcast(channel, message)
                room.cursor = seq
            if len(rows) < self._chunk:
                return

    def _read_to(self, channel: str, after: int, upto: int) -> list[Row]:
        rows: list[Row] = []
        while after < upto:
            more = [row for row in self._load(channel, after, self._chunk) if row[0] <= upto]
            if not more:
                break
            rows += more
            after = more[-1][0]
        return rows
