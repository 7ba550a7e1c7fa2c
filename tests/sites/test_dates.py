"""Dates as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.dates import date_words, datetime_words, time_words


def test_a_date_is_written_as_in_colombia() -> None:
    assert date_words(date(2026, 12, 14)) == "lunes 14 de diciembre de 2026"
    assert date_words(date(2026, 12, 14), "en") == "Monday 14 December 2026"


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [(13, 0, "8:00 a. m."), (5, 5, "12:05 a. m."), (17, 0, "12:00 p. m."), (21, 1, "4:01 p. m.")],
)
def test_a_time_is_that_of_the_site(hour: int, minute: int, words: str) -> None:
    assert time_words(datetime(2026, 12, 14, hour, minute, tzinfo=UTC)) == words


def test_a_moment_after_midnight_in_utc_is_still_the_evening_before() -> None:
    moment = datetime(2026, 12, 15, 1, 30, tzinfo=UTC)

    assert datetime_words(moment) == "lunes 14 de diciembre de 2026, 8:30 p. m."
    assert datetime_words(moment, "en") == "Monday 14 December 2026, 8:30 p.m."


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        time_words(datetime(2026, 12, 14, 8, 0))  # noqa: DTZ001
