"""A bell that wakes a thread waiting in poll()."""

from __future__ import annotations

import os
import sys

# An eventfd takes an integer of eight bytes, a pipe takes anything.
_ONE = (1).to_bytes(8, sys.byteorder)


class Bell:
    """Rung by any thread, waited for by one. Costs one descriptor on Linux, two elsewhere."""

    def __init__(self) -> None:
        if hasattr(os, "eventfd"):
            self._read = self._write = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            self._read, self._write = os.pipe()
            os.set_blocking(self._read, False)
            os.set_blocking(self._write, False)

    def fileno(self) -> int:
        """Return the descriptor that turns readable when the bell rings."""
        return self._read

    def ring(self) -> None:
        """Wake the waiting thread, now or at its next wait."""
        try:
            os.write(self._write, _ONE)
        except BlockingIOError:
            # Full of rings already: it will wake.
            return

    def hush(self) -> None:
        """Forget the rings so far."""
        try:
            os.read(self._read, 4096)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give the descriptors back; ring no more after this."""
        os.close(self._read)
        if self._write != self._read:
            os.close(self._write)
