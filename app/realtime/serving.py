"""What a gunicorn configuration calls, so that sockets fit its threads and hear of its end.

    # gunicorn.conf.py
    from app.realtime import serving
    globals().update(serving.gunicorn_settings(cap=1500))

and in the application, once: `serving.drain_on_stop(hub)`.
"""

from __future__ import annotations

import ctypes
import logging
import os
import select
import signal
import weakref
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from app.realtime.hub import Hub

log = logging.getLogger(__name__)

_M_ARENA_MAX = -8  # malloc.h

_hubs: weakref.WeakSet[Hub] = weakref.WeakSet()


def drain_on_stop(hub: Hub) -> None:
    """Tell the sockets of this hub when the process is asked to stop."""
    _hubs.add(hub)


def gunicorn_settings(cap: int, *, http_threads: int = 64) -> dict[str, Any]:
    """Return the settings for one process that holds `cap` sockets and still answers HTTP.

    Threads, not an event loop: one SQLite query or password hash would stop every socket of a loop. One process: rooms
    and limits are in it, and more need the PostgreSQL bus.
    """
    return {
        "worker_class": "gthread",
        "workers": 1,
        "threads": cap + http_threads,
        # Above the threads there must be room for kept-alive connections that are idle.
        "worker_connections": cap + http_threads + 1000,
        "keepalive": 5,
        "graceful_timeout": 10,
        "post_worker_init": post_worker_init,
        "worker_int": worker_int,
    }


def post_worker_init(worker: Any) -> None:
    """Watch for the end of this worker, make room for its descriptors, and let its threads share their memory."""
    _share_heaps()
    _raise_descriptor_limit(2 * worker.cfg.worker_connections + 200)
    read, write = os.pipe()
    os.set_blocking(write, False)
    Thread(target=_watch, args=(worker, read), name="realtime-drain", daemon=True).start()
    stop = signal.getsignal(signal.SIGTERM)

    def on_sigterm(number: int, frame: Any) -> None:
        # No lock may be taken here: the interrupted thread may hold it. A byte in a pipe wakes the watcher.
        with suppress(BlockingIOError):
            os.write(write, b"\x01")
        if callable(stop):
            stop(number, frame)

    signal.signal(signal.SIGTERM, on_sigterm)
    # Python's default would let the signal break system calls off in other threads.
    signal.siginterrupt(signal.SIGTERM, False)


def worker_int(worker: Any) -> None:
    """Tell the sockets on the quick stop (SIGINT, SIGQUIT) too."""
    watcher = Thread(target=drain_all, name="realtime-drain")
    watcher.start()
    watcher.join(1)


def drain_all() -> None:
    """Tell every socket of this process to come back elsewhere."""
    for hub in tuple(_hubs):
        told = hub.drain()
        log.info("Told %d sockets to reconnect", told)


def _watch(worker: Any, read: int) -> None:
    """Drain at the signal, or when the worker stops for another reason (max_requests, a lost parent)."""
    poll: Callable[[float], Any]
    waiting = select.poll()
    waiting.register(read, select.POLLIN)
    poll = waiting.poll
    while not poll(1000) and worker.alive:
        continue
    drain_all()


def _share_heaps(most: int = 2) -> None:
    """Let glibc keep so few heaps for all threads: with one a thread, what each has freed stays unused (11 MB here)."""
    with suppress(AttributeError, OSError):  # musl and others keep one anyway
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, most)


def _raise_descriptor_limit(wanted: int) -> None:
    """Raise the soft limit of open files: each socket takes two, and 1,024 is a usual default."""
    import resource  # not on Windows, where gunicorn does not run either

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and wanted > hard:
        log.warning("%d open files are allowed and %d may be needed: raise LimitNOFILE", hard, wanted)
        wanted = hard
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
