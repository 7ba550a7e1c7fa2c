"""How much one socket may ask of us, and how long we wait for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one connection. The defaults are those of a person typing."""

    message_bytes: int = 64 * 1024
    outbox_frames: int = 256
    # 256 frames of 64 KiB would be 16 MiB held for one who does not read.
    outbox_bytes: int = 1024 * 1024
    messages: int = 10
    per_s: float = 10.0
    # Typing and read marks come with every few keys: counted apart, refused without a word.
    light: frozenset[str] = frozenset()
    light_messages: int = 40
    # Refusals in a row before we hang up.
    strikes: int = 50
    beat_s: float = 25.0
    stall_s: float = 20.0
    hello_s: float = 10.0
    close_s: float = 2.0


class Window:
    """At most `count` acts in any `per_s` seconds."""

    def __init__(self, count: int, per_s: float) -> None:
        self._count = count
        self._per_s = per_s
        # At most `count` of them. An empty deque takes 760 bytes, and most of the sockets say nothing.
        self._acts: list[float] = []

    def wait_s(self, at: float) -> float:
        """Return 0 and count one act, or the seconds until there is room again, counting nothing."""
        while self._acts and self._acts[0] <= at - self._per_s:
            self._acts.pop(0)
        if len(self._acts) >= self._count:
            return self._acts[0] + self._per_s - at
        self._acts.append(at)
        return 0.0
