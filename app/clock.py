"""The one clock, so that tests can set the time of the whole product in one place."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return this moment as an aware UTC datetime with microseconds."""
    return datetime.now(UTC)
