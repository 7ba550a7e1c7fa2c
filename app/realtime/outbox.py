"""What waits to be written to one socket: bounded, put by any thread, written in whole batches under one lock."""

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

    Who puts a frame from another thread also writes it, as far as the socket takes it at once: waking the owner for
    it cost 1.4 times the processor of bare flask-sock, and while an owner waited for its database a healthy reader
    overflowed. What the socket does not take is the owner's, which polls for it.
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
        self._watching = False
        # OpenSSL does not let one thread write while another reads.
        self._shareable = not isinstance(sock, ssl.SSLSocket)
        self.pong = b""
        self.overflowed = False
        self.close: tuple[int, str] | None = None
        self.progress_at = time.monotonic()

    @property
    def stuck(self) -> bool:
        """Whether the socket took less than it was given."""
        return self._rest is not None

    def put(self, frame: bytes, *, owner: bool) -> bool:
        """Add a frame; False when this socket takes no more. Never waits."""
        if owner and not self.fits(len(frame)):
            # An error here is found by the next read.
            with suppress(OSError):
                self.flush()
        with self._lock:
            if self._bell is None or self.overflowed or self.close:
                return False
            if not self._fits(len(frame)):
                self.overflowed = True
                self._frames.clear()
                self._bytes = 0
                self._wake()
                return False
            self._frames.append(frame)
            self._bytes += len(frame)
        if not owner:
            self._try_flush()
        return True

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

    def flush(self) -> None:
        """Give the socket what it takes now; the rest stays. Raises OSError when the socket is broken."""
        if self._frames or self.pong or self._rest is not None:
            with self._writing:
                self._send()

    def last(self, frame: bytes) -> None:
        """Write this after everything else, and nothing after it; `finish` must have been called, or they left."""
        with self._writing, self._lock:
            self._rest = memoryview(b"".join((self._rest or b"", *self._frames, frame)))
            self._frames.clear()
            self._bytes = 0

    def fileno(self) -> int:
        """Return the descriptor to poll for a ring."""
        return -1 if self._bell is None else self._bell.fileno()

    def doze(self, *, watching: bool) -> bool:
        """Say that the owner is about to poll; False when it has something to do first.

        `watching` tells that it polls for the socket to take more, so that nobody needs to ring for that. While the
        owner is awake nobody rings at all: it will look by itself.
        """
        with self._lock:
            self._watching = watching
            # A rest that we do not watch for is another thread's, which may just have found the socket full.
            waiting = self._frames or self.pong or self._rest is not None
            self._asleep = not (self.close or self.overflowed) and (watching or not waiting)
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

    def _try_flush(self) -> None:
        """Write unless another thread does; what stays behind wakes the owner."""
        if self._shareable and self._rest is None and self._writing.acquire(blocking=False):
            try:
                # An error here is its owner's to find, by reading.
                with suppress(OSError):
                    self._send()
            finally:
                self._writing.release()
        with self._lock:
            if not self._watching and (self._frames or self._rest is not None):
                self._wake()

    def _send(self) -> None:
        while self._rest is not None or self._next():
            assert self._rest is not None
            try:
                sent = self._sock.send(self._rest)
            except WOULD_BLOCK:
                return
            self.progress_at = time.monotonic()
            self._rest = self._rest[sent:] if sent < len(self._rest) else None

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
            if taken:
                self._rest = memoryview(taken[0] if len(taken) == 1 else b"".join(taken))
                self.progress_at = time.monotonic()
            return bool(taken)

    def _wake(self) -> None:
        if self._asleep and self._bell is not None:
            self._asleep = False
            self._bell.ring()
