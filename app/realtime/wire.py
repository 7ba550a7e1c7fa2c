"""The bytes of one socket, read and written by one thread, so that frames never interleave.

simple-websocket starts a reading thread that also writes (pongs, closes) beside whoever sends, and a broadcast
written from other threads loses or corrupts messages. Here its handshake and its parser are used and its thread is
not (see sock.py); other threads only fill the outbox.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import get_ident
from typing import Any

from wsproto.connection import ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.utilities import LocalProtocolError

from app.realtime.frames import PING, Code, text_frame
from app.realtime.limits import Limits
from app.realtime.outbox import WOULD_BLOCK, Outbox

_READ_BYTES = 16 * 1024
_BEAT = text_frame({"kind": "beat"}) + PING


class _Shaken:
    """Stands where wsproto keeps its handshake, which is over: its HTTP parser is a tenth of an idle connection."""

    def events(self) -> tuple[Event, ...]:
        """Return nothing more."""
        return ()


_SHAKEN = _Shaken()


class Gone(Exception):
    """Nothing more will come: they left, were let go, or we are closing."""


class Wire:
    """Whole texts in, frames out. `put` and `close` belong to any thread, the rest to the one that made it."""

    def __init__(self, ws: Any, limits: Limits) -> None:
        self.ended_with: int | None = None
        self._limits = limits
        self._thread = get_ident()
        self._ws = ws
        ws.ws.handshake = _SHAKEN
        self._events: Iterator[Event] = iter(())
        self._sock: socket.socket = ws.sock
        self._sock.setblocking(False)
        # Batches are joined already: waiting to fill a packet would only delay the last one.
        with suppress(OSError):
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._outbox = Outbox(self._sock, limits.outbox_frames, limits.outbox_bytes)
        self._poll = select.poll()
        self._mask = select.POLLIN
        self._poll.register(self._sock, self._mask)
        self._poll.register(self._outbox, select.POLLIN)
        self._parts: list[str] = []
        self._size_bytes = 0
        self._heard_at = self._beat_at = time.monotonic()

    @property
    def quiet_s(self) -> float:
        """How long ago the last byte came. A browser answers our pings even where its page's timers sleep."""
        return time.monotonic() - self._heard_at

    def put(self, frame: bytes, *, patient: bool = False) -> bool:
        """Queue a frame; False when no more is taken, since an overflow ends this socket.

        Patient means, on its own thread alone, to wait for the reader as long as a stalled one is waited for anyhow:
        a long replay fills any outbox.
        """
        owner = get_ident() == self._thread
        if patient and owner:
            try:
                self._make_room(len(frame))
            except Gone:
                self._outbox.overflowed = True
                return False
        return self._outbox.put(frame, owner=owner)

    def close(self, code: int, reason: str) -> None:
        """Close after all that is queued; the first code given stands."""
        self._outbox.finish(code, reason)

    def read(self, until: float | None = None) -> str | None:
        """Return the next text, or None when monotonic time `until` came first. Raises Gone."""
        while True:
            self._write()
            for event in self._events:
                text = self._take(event)
                if text is not None:
                    return text
                if self._outbox.close is not None:
                    break
            if self._outbox.close is not None or self._outbox.overflowed:
                raise Gone
            if until is not None and time.monotonic() >= until:
                return None
            self._wait(until)

    def finish(self) -> None:
        """Write what is queued, say goodbye, wait briefly for theirs, and end."""
        self._poll.unregister(self._outbox)
        try:
            self._say_goodbye(time.monotonic() + self._limits.close_s)
        except Gone:
            # The time to say goodbye is over; they will see a cut and come back.
            self.ended_with = self.ended_with or None
        self._outbox.end()
        # Without this the server's main thread would linger two seconds over each peer that does not hang up.
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    # -- waiting ---------------------------------------------------------------------------------------------

    def _wait(self, until: float | None) -> None:
        """Sleep until there is something to read or write, or a beat to send."""
        now = time.monotonic()
        self._keep_alive(now)
        # Who does not read us is not read either, so a flood cannot pile up answers.
        stuck = self._outbox.stuck
        self._watch(select.POLLOUT if stuck else select.POLLIN)
        wake_at = min(self._beat_at + self._limits.beat_s, until or now + self._limits.beat_s)
        if stuck:
            wake_at = min(wake_at, self._outbox.progress_at + self._limits.stall_s)
        dozing = self._outbox.doze(watching=stuck)
        ready = self._poll.poll(max(0.0, wake_at - now) * 1000 if dozing else 0)
        self._outbox.wake_up()
        mine = self._sock.fileno()
        for fd, event in ready:
            if fd == mine and not stuck:
                self._receive()
            elif fd == mine and event & (select.POLLERR | select.POLLHUP):
                raise Gone

    def _watch(self, mask: int) -> None:
        if mask != self._mask:
            self._mask = mask
            self._poll.modify(self._sock, mask)

    def _keep_alive(self, now: float) -> None:
        if self._outbox.stuck and now - self._outbox.progress_at >= self._limits.stall_s:
            raise Gone
        if now - self._heard_at >= 3 * self._limits.beat_s:
            raise Gone
        if now - self._beat_at >= self._limits.beat_s:
            # The message tells the page that we live; the ping behind it makes the browser answer even where the
            # page's scripts are asleep.
            self._beat_at = now
            self._outbox.put(_BEAT, owner=True)
            self._write()

    # -- writing ---------------------------------------------------------------------------------------------

    def _write(self) -> None:
        try:
            self._outbox.flush()
        except OSError as error:
            raise Gone from error

    def _make_room(self, size_bytes: int) -> None:
        while not self._outbox.fits(size_bytes):
            self._write()
            if not self._outbox.stuck:
                return
            self._await_reader(self._outbox.progress_at + self._limits.stall_s)

    def _write_until(self, deadline: float) -> None:
        """Write to the end, waiting for the reader. Raises Gone at the deadline."""
        self._write()
        while self._outbox.stuck:
            self._await_reader(deadline)

    def _await_reader(self, deadline: float) -> None:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise Gone
        self._watch(select.POLLOUT)
        self._poll.poll(left_s * 1000)
        self._outbox.wake_up()
        self._write()

    # -- reading ---------------------------------------------------------------------------------------------

    def _receive(self) -> None:
        try:
            data = self._sock.recv(_READ_BYTES)
            # TLS keeps decrypted bytes that poll does not see.
            pending = getattr(self._sock, "pending", None)
            while pending is not None and data and pending():
                data += self._sock.recv(_READ_BYTES)
        except WOULD_BLOCK:
            return
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self._heard_at = time.monotonic()
        self._ws.ws.receive_data(data)
        self._events = self._ws.ws.events()

    def _take(self, event: Event) -> str | None:
        """Return the text that this event completes, if it does."""
        if isinstance(event, TextMessage):
            return self._collect(event)
        if isinstance(event, BytesMessage):
            self.close(Code.UNSUPPORTED, "text-only")
        elif isinstance(event, Ping):
            # Only the latest ping needs an answer (RFC 6455 section 5.5.3), so a flood of them grows nothing.
            self._outbox.pong = bytes(self._ws.ws.send(event.response()))
        elif isinstance(event, CloseConnection):
            if self._ws.ws.state is ConnectionState.REMOTE_CLOSING:
                self._answer_close(event)
                raise Gone
            # A frame that breaks the protocol, with the code that says how: 1007 for broken UTF-8.
            self.close(event.code, "broken-frame")
        return None

    def _collect(self, event: TextMessage) -> str | None:
        self._size_bytes += len(event.data) if event.data.isascii() else len(event.data.encode())
        if self._size_bytes > self._limits.message_bytes:
            self.close(Code.TOO_BIG, "too-big")
            return None
        self._parts.append(event.data)
        if not event.message_finished:
            return None
        text = "".join(self._parts)
        self._parts, self._size_bytes = [], 0
        return text

    # -- the end ---------------------------------------------------------------------------------------------

    def _answer_close(self, event: CloseConnection) -> None:
        self.ended_with = int(event.code)
        self.close(self.ended_with, "")
        self._outbox.last(bytes(self._ws.ws.send(event.response())))
        self._write()

    def _say_goodbye(self, deadline: float) -> None:
        if self._outbox.close is None or self._outbox.overflowed or self.ended_with is not None:
            # They said it first, or nothing can be told to one who does not read or has gone.
            return
        self._write_until(deadline)
        code, reason = self._outbox.close
        with suppress(LocalProtocolError):
            self._outbox.last(bytes(self._ws.ws.send(CloseConnection(code, reason))))
        self._write_until(deadline)
        self.ended_with = code
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
        self._hear_out(deadline)

    def _hear_out(self, deadline: float) -> None:
        """Read and forget until they hang up: closing over unread bytes would reset, and lose our close frame."""
        self._watch(select.POLLIN)
        while (left_s := deadline - time.monotonic()) > 0:
            if not self._poll.poll(left_s * 1000):
                return
            try:
                if not self._sock.recv(_READ_BYTES):
                    return
            except OSError:
                return
