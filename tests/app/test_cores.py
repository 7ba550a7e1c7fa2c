"""Threads that take turns in Python stay on one core; work in C may leave it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOLD = """
import os, threading
from app.cores import anywhere, stay

allowed = os.sched_getaffinity(0)
with anywhere():
    assert os.sched_getaffinity(0) == allowed
stay()
(home,) = os.sched_getaffinity(0)
assert home in allowed
seen = []
thread = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
thread.start(); thread.join()
assert seen == [{home}]
try:
    with anywhere():
        assert os.sched_getaffinity(0) == allowed
        raise KeyError
except KeyError:
    pass
assert os.sched_getaffinity(0) == {home}
"""


def test_threads_stay_on_one_core_but_for_work_that_says_so() -> None:
    # In a process of its own: this one has other tests to run.
    done = subprocess.run(
        [sys.executable, "-c", TOLD], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
