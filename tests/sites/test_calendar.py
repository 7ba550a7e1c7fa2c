"""What works and what does not, in the years where it is easy to be wrong."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sites.calendar import Reason, WorkingCalendar, YearOutOfRange, public_holidays

COLOMBIA = WorkingCalendar()
HOLIDAYS = {
    2026: "01-01 01-12 03-23 04-02 04-03 05-01 05-18 06-08 06-15 06-29 07-13 07-20 08-07 08-17 10-12 11-02 11-16 12-08 12-25",  # noqa: E501
    2027: "01-01 01-11 03-22 03-25 03-26 05-01 05-10 05-31 06-07 07-05 07-12 07-20 08-07 08-16 10-18 11-01 11-15 12-08 12-25",  # noqa: E501
}
DAYS = st.dates(date(2015, 1, 1), date(2040, 12, 31))


def test_a_day_is_counted_without_the_holidays_of_all_other_countries() -> None:
    asked = "import sys; from app.sites.calendar import public_holidays; assert len(public_holidays(2026)) == 19; "
    counted = "print(*(name for name in sys.modules if name.startswith('holidays.countries')))"

    said = subprocess.run([sys.executable, "-c", asked + counted], capture_output=True, text=True, check=True)

    assert said.stdout.split() == []


@pytest.mark.parametrize("day", ["2026-07-13", "2027-07-12"])
def test_chiquinquira_is_a_holiday_since_law_2578(day: str) -> None:
    reason = COLOMBIA.why_not(date.fromisoformat(day))

    assert reason is not None
    assert reason.key == "holiday"
    assert "Chiquinquirá" in reason.name


def test_the_week_of_chiquinquira_worked_before_the_law() -> None:
    assert COLOMBIA.is_working(date(2025, 7, 14))


@pytest.mark.parametrize("day", [f"{year}-{one}" for year, listed in HOLIDAYS.items() for one in listed.split()])
def test_the_nineteen_holidays_of_2026_and_2027_do_not_work(day: str) -> None:
    reason = COLOMBIA.why_not(date.fromisoformat(day))

    assert reason is not None
    assert reason.key == "holiday"


@pytest.mark.parametrize(("year", "working"), [(2026, 242), (2027, 245)])
def test_a_year_has_so_many_working_days(year: int, working: int) -> None:
    first = date(year, 1, 1)

    assert len(public_holidays(year)) == 19
    assert COLOMBIA.working_days_between(first - timedelta(days=1), date(year, 12, 31)) == working


def test_two_holidays_on_one_day_are_one_day_off_with_both_names() -> None:
    reason = COLOMBIA.why_not(date(2025, 6, 30))

    assert reason == Reason("holiday", "Sagrado Corazón; San Pedro y San Pablo")
    assert COLOMBIA.add_working_days(date(2025, 6, 27), 1) == date(2025, 7, 1)


def test_a_holiday_has_its_name_in_english_too() -> None:
    assert COLOMBIA.why_not(date(2026, 4, 3), "en") == Reason("holiday", "Good Friday")


def test_a_saturday_says_that_it_is_a_weekend() -> None:
    assert COLOMBIA.why_not(date(2026, 11, 21)) == Reason("weekend")


def test_a_free_friday_of_the_site_is_no_weekend() -> None:
    four_days = WorkingCalendar(working_weekdays=frozenset(range(4)))

    assert four_days.why_not(date(2026, 11, 20)) == Reason("weekday_off")


def test_a_closure_of_the_site_does_not_work_and_says_its_name() -> None:
    calendar = WorkingCalendar(closures={date(2026, 12, 24): "Cierre de fin de año"})

    assert calendar.why_not(date(2026, 12, 24)) == Reason("closure", "Cierre de fin de año")
    assert calendar.next_working(date(2026, 12, 23)) == date(2026, 12, 28)


def test_an_extra_saturday_works() -> None:
    calendar = WorkingCalendar(extra_days={date(2026, 12, 19): "Reposición"})

    assert calendar.is_working(date(2026, 12, 19))
    assert calendar.why_not(date(2026, 12, 19)) is None
    assert not calendar.is_working(date(2026, 12, 12))


def test_an_extra_day_works_even_on_a_holiday() -> None:
    assert WorkingCalendar(extra_days={date(2026, 12, 8): "Turno"}).is_working(date(2026, 12, 8))


def test_a_date_cannot_be_closed_and_extra_at_once() -> None:
    day = date(2026, 12, 24)

    with pytest.raises(ValueError, match="2026-12-24"):
        WorkingCalendar(closures={day: "Cierre"}, extra_days={day: "Turno"})


@pytest.mark.parametrize("weekdays", [frozenset(), frozenset({7}), frozenset({-1, 0})])
def test_a_week_without_sense_is_refused(weekdays: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="weekdays"):
        WorkingCalendar(working_weekdays=weekdays)


def test_a_year_without_known_holidays_is_refused_not_guessed() -> None:
    with pytest.raises(YearOutOfRange):
        COLOMBIA.is_working(date(2150, 3, 2))


def test_the_version_changes_with_the_rows_and_only_with_them() -> None:
    closed = WorkingCalendar(closures={date(2026, 12, 24): "Cierre"})

    assert WorkingCalendar().version == COLOMBIA.version
    assert closed.version == WorkingCalendar(closures={date(2026, 12, 24): "Cierre"}).version
    assert (
        len({COLOMBIA.version, closed.version, WorkingCalendar(extra_days={date(2026, 12, 24): "Cierre"}).version}) == 3
    )


def test_a_changed_dict_does_not_change_a_calendar_made_of_it() -> None:
    rows = {date(2026, 12, 24): "Cierre"}
    calendar = WorkingCalendar(closures=rows)

    rows.clear()

    assert not calendar.is_working(date(2026, 12, 24))


@given(DAYS, st.integers(-60, 60))
def test_adding_working_days_lands_on_one_and_counts_them(start: date, count: int) -> None:
    end = COLOMBIA.add_working_days(start, count)

    if count == 0:
        assert end == start
    else:
        assert COLOMBIA.is_working(end)
    if count >= 0:
        assert COLOMBIA.working_days_between(start, end) == count


@given(DAYS)
def test_the_next_working_day_skips_no_working_day(day: date) -> None:
    following = COLOMBIA.next_working(day)

    between = [day + timedelta(days=step) for step in range(1, (following - day).days)]
    assert not any(COLOMBIA.is_working(one) for one in between)
    assert COLOMBIA.on_or_after(day) == (day if COLOMBIA.is_working(day) else following)


def easter(year: int) -> date:
    """Return Easter Sunday by the algorithm of Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + k - 7 * ((a + 11 * h + 22 * k) // 451) + 114, 31)
    return date(year, month, day + 1)


def holidays_by_law(year: int) -> set[date]:
    """Return the holidays from the text of Ley 51 de 1983 and Ley 2578 de 2026, without the library."""
    fixed = [date(year, *one) for one in [(1, 1), (5, 1), (7, 20), (8, 7), (12, 8), (12, 25)]]
    to_monday = [date(year, *one) for one in [(1, 6), (3, 19), (6, 29), (8, 15), (10, 12), (11, 1), (11, 11)]]
    if year >= 2026:
        to_monday.append(date(year, 7, 9))
    sunday = easter(year)
    to_monday += [sunday + timedelta(days=after) for after in (39, 60, 68)]
    moved = [day + timedelta(days=-day.weekday() % 7) for day in to_monday]
    return {*fixed, *moved, sunday - timedelta(days=3), sunday - timedelta(days=2)}


@pytest.mark.parametrize("year", range(2015, 2051))
def test_the_library_agrees_with_the_text_of_the_laws(year: int) -> None:
    assert set(public_holidays(year)) == holidays_by_law(year)
