"""When the counter is open, and when it opens next."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sites import opening
from app.sites.calendar import WorkingCalendar
from app.sites.hours import Interval, WeeklyHours

BOGOTA = ZoneInfo("America/Bogota")
CALENDAR = WorkingCalendar()
TENJO = WeeklyHours.weekdays("8:00-12:00", "14:00-16:00")
ALWAYS = WeeklyHours(always_open=True)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BOGOTA)


def words(language: str) -> dict[str, str]:
    path = Path(opening.__file__).with_name("words") / f"{language}.json"
    hours: dict[str, str] = json.loads(path.read_text())["hours"]
    return hours


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-20T07:59", False),
        ("2026-11-20T08:00", True),
        ("2026-11-20T12:00:59", True),
        ("2026-11-20T12:01", False),
        ("2026-11-20T13:59", False),
        ("2026-11-20T14:00", True),
        ("2026-11-20T16:00:59", True),
        ("2026-11-20T16:01", False),
        ("2026-11-21T10:00", False),
        ("2026-12-08T10:00", False),
    ],
)
def test_it_is_open_within_an_interval_of_a_working_day(moment: str, is_open: bool) -> None:
    assert TENJO.is_open(at(moment), CALENDAR) is is_open


def test_a_moment_in_another_zone_is_read_in_that_of_the_site() -> None:
    assert TENJO.is_open(datetime(2026, 11, 20, 13, 0, tzinfo=UTC), CALENDAR)
    assert not TENJO.is_open(datetime(2026, 11, 20, 8, 0, tzinfo=UTC), CALENDAR)


def test_closing_is_the_end_of_the_last_interval() -> None:
    assert TENJO.closing_of(date(2026, 11, 20)) == 16 * 60
    assert TENJO.closing_of(date(2026, 11, 21)) is None
    assert ALWAYS.closing_of(date(2026, 11, 21)) == 24 * 60


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-20T06:00", "2026-11-20T08:00"),
        ("2026-11-20T08:00", "2026-11-20T14:00"),
        ("2026-11-20T12:30", "2026-11-20T14:00"),
        ("2026-11-20T16:01", "2026-11-23T08:00"),
        ("2026-12-07T17:00", "2026-12-09T08:00"),
        ("2026-04-01T20:00", "2026-04-06T08:00"),
    ],
)
def test_the_next_opening_skips_midday_weekends_and_holidays(moment: str, expected: str) -> None:
    assert TENJO.next_opening(at(moment), CALENDAR) == at(expected)


def test_an_office_that_never_closes_has_no_next_opening() -> None:
    assert ALWAYS.is_open(at("2026-12-25T03:00"), CALENDAR)
    assert ALWAYS.next_opening(at("2026-12-25T03:00"), CALENDAR) is None


def test_an_office_without_hours_never_opens() -> None:
    assert WeeklyHours().next_opening(at("2026-11-20T10:00"), CALENDAR) is None


def test_a_saturday_site_opens_on_saturday() -> None:
    hours = WeeklyHours.weekdays("9:00-12:00", days=range(6))
    calendar = WorkingCalendar(working_weekdays=frozenset(range(6)))

    assert hours.next_opening(at("2026-11-20T18:00"), calendar) == at("2026-11-21T09:00")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        TENJO.is_open(datetime(2026, 11, 20, 10, 0), CALENDAR)  # noqa: DTZ001


@pytest.mark.parametrize("text", ["8:00", "16:00-8:00", "8:00-8:00", "8:00-25:00", "8:60-9:00", "a-b", "8-9", "-", ""])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Interval.parse(text)


def test_overlapping_intervals_and_unknown_weekdays_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        WeeklyHours.weekdays("8:00-12:00", "11:00-16:00")
    with pytest.raises(ValueError, match="weekdays"):
        WeeklyHours({7: (Interval(0, 1),)})


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))  # noqa: DTZ001
def test_the_next_opening_is_later_and_open(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)

    found = TENJO.next_opening(moment, CALENDAR)

    assert found is not None
    assert found > moment
    assert TENJO.is_open(found, CALENDAR)


@pytest.mark.parametrize(
    ("now", "opens", "es", "en"),
    [
        ("2026-12-10T17:00", "2026-12-11T08:00", "mañana a las 8:00 a. m.", "tomorrow at 8:00 a.m."),
        ("2026-12-10T12:30", "2026-12-10T13:00", "hoy a la 1:00 p. m.", "today at 1:00 p.m."),
        (
            "2026-12-11T17:00",
            "2026-12-14T08:00",
            "el lunes 14 de diciembre de 2026 a las 8:00 a. m.",
            "on Monday 14 December 2026 at 8:00 a.m.",
        ),
    ],
)
def test_the_next_opening_is_said_in_words(now: str, opens: str, es: str, en: str) -> None:
    said = [opening.opening_words(at(opens), at(now), TENJO, words(lang), lang) for lang in ("es", "en")]

    assert said == [es, en]


def test_an_office_that_never_closes_says_so() -> None:
    now = at("2026-12-10T12:30")

    assert opening.opening_words(None, now, ALWAYS, words("es")) == "a cualquier hora"
    assert opening.opening_words(None, now, WeeklyHours(), words("es")) == "sin fecha de apertura conocida"


def test_both_languages_have_the_same_words() -> None:
    assert words("es").keys() == words("en").keys()
