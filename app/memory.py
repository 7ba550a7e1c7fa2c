"""Memory that was needed once: given back, so that a process does not keep for good what its beginning took."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress


def give_back() -> None:
    """Collect what is no longer used and let glibc return it; for after what happens once, since it takes a while."""
    gc.collect()
    with suppress(AttributeError, OSError):  # musl and others give it back as they like
        ctypes.CDLL(None).malloc_trim(0)
