"""Two sites side by side, for the tests that reach from one into the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.config import Settings
from tests.chat.conftest import Served
from tests.security.riches import riches, stranger


@pytest.fixture
def served(settings: Settings) -> Iterator[Callable[[], Served]]:
    """Start the application behind gunicorn on the store of this test, and stop it afterwards."""
    running: list[Served] = []

    def start() -> Served:
        running.append(Served(settings))
        return running[-1]

    yield start
    for one in running:
        one.stop()


__all__ = ["riches", "served", "stranger"]
