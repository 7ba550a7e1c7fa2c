"""Named events by which leaves hear of each other through the trunk; sent after the commit, never inside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from blinker import Namespace

_signals = Namespace()


def subscribe(name: str, function: Callable[..., None]) -> None:
    # Strong references: a leaf's function has no other owner that would keep it alive.
    _signals.signal(name).connect(lambda _sender, **facts: function(**facts), weak=False)


def send(name: str, **facts: Any) -> None:
    """Tell everyone who subscribed to `name`; call it from `after_commit`."""
    _signals.signal(name).send(None, **facts)


def forget_all() -> None:
    """Drop every subscriber, so that a second app of one process does not hear twice."""
    _signals.clear()
