"""What waits to be written to one socket: bounded, filled by any thread, written in whole batches under one lock."""

from __future__ import annotations

import socket
import ssl
import time
from collections import deque
from contextlib import suppress
from threading import Lock

from app.realtime.wake import Bell

WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
# One send call takes about this much; more would only wait in user space instead of the kernel.
_BATCH_BYTES = 64 * 1024


class Outbox:
    """Frames in order, for a socket that never blocks. Overflow ends it: nobody waits for who does not read.

    The socket's own thread writes; only when half of the room is taken does the thread that puts write too, since then
    the owner may be waiting for a database: eight writers on one SQLite lost a healthy reader of theirs to that.
    """

    def __init__(self, sock: socket.socket, frames: int, size_bytes: int) -> None:
        self._sock = sock
        self._most_frames = frames
        self._most_bytes = size_bytes
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._lock = Lock()
        self._writing = Lock()
        self._rest: memoryview | None = None
        self._bell: Bell | None = Bell()
        self._asleep = False
        self.pong = b""
        self.overflowed = False
        self.close: tuple[int, str] | None = None
        self.progress_at = time.monotonic()

    @property
    def stuck(self) -> bool:
        """Whether the socket took less than it was given."""
        return self._rest is not None

    def put(self, frame: bytes) -> bool:
        """Add a frame; False when this socket takes no more. Never waits."""
        if self._crowded(len(frame)):
            # An error here is its owner's to find.
            with suppress(OSError):
                self.flush(wait=not self.fits(len(frame)))
        with self._lock:
            if self._bell is None or self.overflowed or self.close:
                return False
            if not self._fits(len(frame)):
                self.overflowed = True
                self._frames.clear()
                self._bytes = 0
            else:
                self._frames.append(frame)
                self._bytes += len(frame)
            self._wake()
            return not self.overflowed

    def fits(self, size_bytes: int) -> bool:
        """Tell whether a frame of this size has room now."""
        with self._lock:
            return self._fits(size_bytes)

    def finish(self, code: int, reason: str) -> None:
        """Take nothing more, and close with this code once what is here is written. The first code stands."""
        with self._lock:
            if self._bell is not None and self.close is None:
                self.close = (code, reason)
                self._wake()

    def flush(self, *, wait: bool = True) -> None:
        """Give the socket what it takes now; the rest stays. Raises OSError when the socket is broken.

        Without `wait` it does nothing while another thread writes, even if that one is about to stop.
        """
        if not self._writing.acquire(blocking=wait):
            return
        try:
            while self._rest is not None or self._next():
                assert self._rest is not None
                try:
                    sent = self._sock.send(self._rest)
                except WOULD_BLOCK:
                    return
                self.progress_at = time.monotonic()
                self._rest = self._rest[sent:] if sent < len(self._rest) else None
        finally:
            self._writing.release()

    def last(self, frame: bytes) -> None:
        """Make this the last thing written, after `finish` and a flush to the end."""
        self._rest = memoryview(frame)

    def fileno(self) -> int:
        """Return the descriptor to poll for a ring."""
        return -1 if self._bell is None else self._bell.fileno()

    def doze(self) -> bool:
        """Say that the owner is about to poll; False when it has something to do first.

        While the owner is awake nobody rings: it will look by itself, which saves two system calls a frame.
        """
        with self._lock:
            self._asleep = not (self.close or self.overflowed) and (self.stuck or not (self._frames or self.pong))
            return self._asleep

    def wake_up(self) -> None:
        """Say that the owner is back from poll."""
        with self._lock:
            if not self._asleep and self._bell is not None:
                self._bell.hush()
            self._asleep = False

    def end(self) -> None:
        """Drop what is left and give the descriptor back."""
        with self._writing, self._lock:
            self._frames.clear()
            self._bytes = 0
            self._rest = None
            if self._bell is not None:
                self._bell.close()
                self._bell = None

    def _crowded(self, size_bytes: int) -> bool:
        return 2 * len(self._frames) >= self._most_frames or 2 * (self._bytes + size_bytes) > self._most_bytes

    def _fits(self, size_bytes: int) -> bool:
        return len(self._frames) < self._most_frames and self._bytes + size_bytes <= self._most_bytes

    def _next(self) -> bool:
        """Make the next batch the rest; False when there is nothing to write."""
        with self._lock:
            taken = [self.pong] if self.pong else []
            self.pong = b""
            size = 0
            while self._frames and (not size or size + len(self._frames[0]) <= _BATCH_BYTES):
                frame = self._frames.popleft()
                taken.append(frame)
                size += len(frame)
            self._bytes -= size
        if not taken:
            return False
        self._rest = memoryview(taken[0] if len(taken) == 1 else b"".join(taken))
        self.progress_at = time.monotonic()
        return True

    def _wake(self) -> None:
        if self._asleep and self._bell is not None:
            self._asleep = False
            self._bell.ring()
