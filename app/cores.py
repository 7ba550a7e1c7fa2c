"""One core for the threads of a process that take turns in Python, and any core for long work in C.

Only one thread of a process runs Python at a time, and each statement of the store hands that turn on. On two cores
every turn wakes a thread on the other one, and that costs more than the work between: docs/decisions/0015 has figures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# The cores that this process may use; empty until `stay` was called, and where threads can't be placed.
_all: set[int] = set()


def stay() -> None:
    """Keep this thread, and those that it will start, on one core: of two processes mostly not the same."""
    if not hasattr(os, "sched_setaffinity"):
        return
    allowed = os.sched_getaffinity(0)
    one = sorted(allowed)[os.getpid() % len(allowed)]
    with suppress(OSError):  # a container may forbid it
        os.sched_setaffinity(0, {one})
        _all.update(allowed)


@contextmanager
def anywhere() -> Iterator[None]:
    """Let this thread run on every core for a while: for work in C that leaves Python to the others."""
    if not _all:
        yield
        return
    home = os.sched_getaffinity(0)
    with suppress(OSError):
        os.sched_setaffinity(0, _all)
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, home)
