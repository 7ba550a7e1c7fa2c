"""The dates of the law: known ones, and what must hold for all of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.deadlines import (
    Segment,
    add_months,
    due_on,
    expires_after_hours,
    expires_at,
    explain,
    internal_due_on,
    radicated_on,
    recomputed_due_on,
)
from app.cases.rules import Rule, rule_for
from app.sites.calendar import WorkingCalendar
from app.sites.hours import WeeklyHours

BOGOTA = ZoneInfo("America/Bogota")
CALENDAR = WorkingCalendar()
# The calendar as it stood before Ley 2578 of 1 June 2026.
BEFORE_THE_LAW = WorkingCalendar(extra_days={date(2026, 7, 13): "antes de la Ley 2578"})
SATURDAYS = WorkingCalendar(working_weekdays=frozenset(range(6)))
UNTIL_FOUR = WeeklyHours.weekdays("8:00-12:00", "14:00-16:00")
DAYS = st.dates(date(2016, 1, 1), date(2040, 1, 1))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BOGOTA)


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(count: int, **more: object) -> Rule:
    return Rule("prueba", count, "cita", **{"extension_max": count, **more})  # type: ignore[arg-type]


def months(count: int, **more: object) -> Rule:
    return days(count, unit="calendar_month", **more)


def due_after(received: str, count: int, reading: str = "B", calendar: WorkingCalendar = CALENDAR) -> date | None:
    start = radicated_on(at(received), UNTIL_FOUR, calendar, reading)  # type: ignore[arg-type]
    return due_on(start, days(count), calendar)


@pytest.mark.parametrize(
    ("received", "reading", "due"),
    [
        ("2026-11-20T15:59", "B", ["2026-11-27", "2026-12-04", "2026-12-14", "2027-01-06"]),
        ("2026-11-20T15:59", "A", ["2026-11-27", "2026-12-04", "2026-12-14", "2027-01-06"]),
        ("2026-11-20T16:01", "B", ["2026-11-30", "2026-12-07", "2026-12-15", "2027-01-07"]),
        ("2026-11-20T16:01", "A", ["2026-11-27", "2026-12-04", "2026-12-14", "2027-01-06"]),
        ("2026-11-22T10:00", "A", ["2026-11-27", "2026-12-04", "2026-12-14", "2027-01-06"]),
        ("2026-11-22T10:00", "B", ["2026-11-30", "2026-12-07", "2026-12-15", "2027-01-07"]),
        ("2026-12-18T11:00", "B", ["2026-12-28", "2027-01-05", "2027-01-13", "2027-02-03"]),
        # Holy Week 2026: 2 and 3 April.
        ("2026-03-27T09:00", "B", ["2026-04-07", "2026-04-14", "2026-04-21", "2026-05-13"]),
        # The June of three Mondays: Corpus Christi, Sagrado Corazón, San Pedro; then the two of July.
        ("2026-06-05T09:00", "B", ["2026-06-16", "2026-06-23", "2026-07-01", "2026-07-24"]),
        # Two holidays on 30 June 2025 take one day, not two.
        ("2025-06-27T09:00", "B", ["2025-07-07", "2025-07-14", "2025-07-21", "2025-08-12"]),
        # 29 February of a leap year works like any Tuesday.
        ("2028-02-28T09:00", "B", ["2028-03-06", "2028-03-13", "2028-03-21", "2028-04-11"]),
    ],
)
def test_a_term_ends_on_the_known_day(received: str, reading: str, due: list[str]) -> None:
    found = [due_after(received, count, reading) for count in (5, 10, 15, 30)]

    assert found == [day(one) for one in due]


@pytest.mark.parametrize("time", ["00:00", "07:59", "12:00", "12:01", "13:30", "16:00", "16:00:59.999999"])
def test_before_opening_at_midday_and_in_the_closing_minute_it_is_the_same_day(time: str) -> None:
    assert radicated_on(at(f"2026-11-20T{time}"), UNTIL_FOUR, CALENDAR, "B") == day("2026-11-20")


@pytest.mark.parametrize("time", ["16:01", "23:59:59"])
def test_after_closing_reading_b_takes_the_next_working_day_and_a_does_not(time: str) -> None:
    received = at(f"2026-12-07T{time}")

    assert radicated_on(received, UNTIL_FOUR, CALENDAR, "B") == day("2026-12-09")
    assert radicated_on(received, UNTIL_FOUR, CALENDAR, "A") == day("2026-12-07")


def test_the_day_of_receipt_is_that_of_the_site_not_of_utc() -> None:
    late_evening = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)  # 22:30 of Friday in Bogotá

    assert radicated_on(late_evening, UNTIL_FOUR, CALENDAR, "A") == day("2026-11-20")
    assert radicated_on(late_evening, WeeklyHours(always_open=True), CALENDAR, "B") == day("2026-11-20")


def test_an_office_that_never_closes_still_radicates_on_working_days_under_b() -> None:
    always = WeeklyHours(always_open=True)

    assert radicated_on(at("2026-11-20T23:59"), always, CALENDAR, "B") == day("2026-11-20")
    assert radicated_on(at("2026-11-22T10:00"), always, CALENDAR, "B") == day("2026-11-23")


def test_a_working_day_without_hours_lasts_until_midnight() -> None:
    assert radicated_on(at("2026-11-21T22:00"), UNTIL_FOUR, SATURDAYS, "B") == day("2026-11-21")


@pytest.mark.parametrize("reading", ["C", "", "b"])
def test_an_unknown_reading_is_refused(reading: str) -> None:
    with pytest.raises(ValueError, match="reading"):
        radicated_on(at("2026-11-20T10:00"), UNTIL_FOUR, CALENDAR, reading)  # type: ignore[arg-type]


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        radicated_on(datetime(2026, 11, 20, 10, 0), UNTIL_FOUR, CALENDAR)  # noqa: DTZ001


def test_a_site_that_works_on_saturdays_counts_them() -> None:
    assert due_after("2026-11-20T10:00", 5, calendar=SATURDAYS) == day("2026-11-26")


def test_a_closure_and_an_extra_day_move_the_term() -> None:
    closed = WorkingCalendar(closures={day("2026-11-25"): "Aniversario"})
    extra = WorkingCalendar(extra_days={day("2026-11-21"): "Reposición"})

    assert due_after("2026-11-20T10:00", 5, calendar=closed) == day("2026-11-30")
    assert due_after("2026-11-20T10:00", 5, calendar=extra) == day("2026-11-26")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-24", "2026-12-24"),
        ("2026-11-25", "2026-12-28"),
        ("2026-12-31", "2027-02-01"),
        ("2028-01-31", "2028-02-29"),
        ("2027-01-31", "2027-03-01"),
        ("2026-03-02", "2026-04-06"),
    ],
)
def test_a_month_ends_on_the_same_number_or_the_first_working_day_after(start: str, end: str) -> None:
    assert due_on(day(start), months(1), CALENDAR) == day(end)


def test_a_month_without_that_number_ends_on_its_last_day() -> None:
    assert add_months(day("2027-01-31"), 1) == day("2027-02-28")
    assert add_months(day("2026-12-31"), 2) == day("2027-02-28")
    assert add_months(day("2026-10-31"), 14) == day("2027-12-31")


def test_a_law_that_adds_a_holiday_moves_an_open_term_by_a_day() -> None:
    start = day("2026-07-03")

    assert due_on(start, days(10), BEFORE_THE_LAW) == day("2026-07-17")
    assert recomputed_due_on(day("2026-07-17"), start, days(10), CALENDAR, (), today=day("2026-07-06")) == day(
        "2026-07-21"
    )


@pytest.mark.parametrize(("today", "is_met"), [("2026-07-18", False), ("2026-07-10", True)])
def test_a_change_of_calendar_never_moves_a_date_already_missed_or_met(today: str, is_met: bool) -> None:
    old = day("2026-07-17")

    found = recomputed_due_on(old, day("2026-07-03"), days(10), CALENDAR, (), today=day(today), is_met=is_met)

    assert found == old


def test_a_case_that_is_due_today_is_still_open() -> None:
    old = day("2026-07-17")

    assert recomputed_due_on(old, day("2026-07-03"), days(10), CALENDAR, (), today=old) == day("2026-07-21")


def test_a_term_ends_a_second_before_midnight_of_the_site() -> None:
    assert expires_at(day("2026-12-14"), BOGOTA) == datetime(2026, 12, 15, 4, 59, 59, tzinfo=UTC)


def test_positive_silence_takes_72_hours_by_the_clock() -> None:
    rule = rule_for("silencio_positivo", day("2026-12-14"), "utility")

    assert expires_after_hours(at("2026-12-14T23:59:59"), rule) == at("2026-12-17T23:59:59")
    with pytest.raises(ValueError, match="hours"):
        explain(day("2026-12-14"), rule, CALENDAR)


def test_a_term_from_the_filing_day_ends_a_working_day_sooner() -> None:
    rule = days(15, count_from="filing_day")

    assert due_on(day("2026-11-20"), rule, CALENDAR) == day("2026-12-11")
    assert due_on(day("2026-11-22"), rule, CALENDAR) == day("2026-12-14")


def test_the_internal_target_is_by_reading_a_and_some_days_before() -> None:
    received = at("2026-11-20T16:01")

    assert internal_due_on(received, days(15), UNTIL_FOUR, CALENDAR) == day("2026-12-14")
    assert internal_due_on(received, days(15), UNTIL_FOUR, CALENDAR, days_before=3) == day("2026-12-09")


def test_the_internal_target_of_a_utility_counts_the_filing_day() -> None:
    rule = rule_for("reclamo_facturacion", day("2026-11-20"), "utility")

    assert due_on(day("2026-11-20"), rule, CALENDAR) == day("2026-12-14")
    assert internal_due_on(at("2026-11-20T10:00"), rule, UNTIL_FOUR, CALENDAR) == day("2026-12-11")


def test_the_internal_target_stands_still_with_the_clock() -> None:
    required = Segment("suspended", day("2026-11-27"), day("2026-12-10"))
    received = at("2026-11-20T16:01")

    assert internal_due_on(received, days(15), UNTIL_FOUR, CALENDAR, 0, [required]) == day("2026-12-24")
    assert internal_due_on(received, days(15), UNTIL_FOUR, CALENDAR, 0, [replace(required, stop=None)]) is None


def test_the_internal_target_is_never_before_receipt() -> None:
    assert internal_due_on(at("2026-11-20T10:00"), days(2), UNTIL_FOUR, CALENDAR, days_before=9) == day("2026-11-20")


def test_an_explanation_says_why_each_day_counted_or_not() -> None:
    calendar = WorkingCalendar(closures={day("2026-12-07"): "Puente"}, extra_days={day("2026-12-12"): "Reposición"})

    found = explain(day("2026-12-04"), days(4), calendar)

    assert [(row.day.isoformat()[5:], row.counted, row.n, row.key) for row in found.days] == [
        ("12-04", False, 0, "day_zero"),
        ("12-05", False, 0, "weekend"),
        ("12-06", False, 0, "weekend"),
        ("12-07", False, 0, "closure"),
        ("12-08", False, 0, "holiday"),
        ("12-09", True, 1, "counted"),
        ("12-10", True, 2, "counted"),
        ("12-11", True, 3, "counted"),
        ("12-12", True, 4, "extra_day"),
    ]
    assert found.due_on == day("2026-12-12")
    assert found.calendar_version == calendar.version
    assert found.days[4].params == {"name": "La Inmaculada Concepción"}


def test_an_explanation_becomes_plain_json() -> None:
    found = explain(day("2026-12-04"), days(1), CALENDAR).to_dict()

    assert json.loads(json.dumps(found)) == found
    assert found["due_on"] == "2026-12-07"
    assert found["rule"]["citation"] == "cita"
    assert [one["state"] for one in found["segments"]] == ["running"]
    assert found["days"][1] == {"day": "2026-12-05", "counted": False, "n": 0, "key": "weekend"}


@given(DAYS, st.integers(1, 60), st.sampled_from([CALENDAR, SATURDAYS, BEFORE_THE_LAW]))
def test_no_term_ends_on_a_day_off(start: date, count: int, calendar: WorkingCalendar) -> None:
    for rule in (days(count), days(count, count_from="filing_day"), months(count % 12 + 1)):
        found = due_on(start, rule, calendar)

        assert found is not None
        assert calendar.is_working(found)


@given(DAYS, st.integers(1, 60), st.integers(0, 10))
def test_a_longer_term_or_a_later_start_never_ends_sooner(start: date, count: int, more: int) -> None:
    base = CALENDAR.add_working_days(start, count)

    assert CALENDAR.add_working_days(start, count + more) >= base
    assert CALENDAR.add_working_days(start + timedelta(days=more), count) >= base
    assert months_due(start + timedelta(days=more)) >= months_due(start)


def months_due(start: date) -> date:
    found = due_on(start, months(1), CALENDAR)
    assert found is not None
    return found


@given(DAYS, st.integers(1, 60))
def test_the_explained_date_is_the_computed_one_and_its_days_add_up(start: date, count: int) -> None:
    found = explain(start, days(count), CALENDAR)

    assert found.due_on == due_on(start, days(count), CALENDAR)
    assert [row.n for row in found.days if row.counted] == list(range(1, count + 1))
    listed = [row.day for row in found.days]
    assert listed == [start + timedelta(days=step) for step in range(len(listed))]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))  # noqa: DTZ001
def test_reading_b_never_starts_before_a_and_always_on_a_working_day(naive: datetime) -> None:
    received = naive.replace(tzinfo=UTC)

    by_a = radicated_on(received, UNTIL_FOUR, CALENDAR, "A")
    by_b = radicated_on(received, UNTIL_FOUR, CALENDAR, "B")

    assert by_b in (by_a, CALENDAR.next_working(by_a))
    assert CALENDAR.is_working(by_b)


@given(DAYS, st.integers(1, 60), st.sets(st.integers(1, 120), max_size=8))
def test_closing_more_days_never_makes_a_term_end_sooner(start: date, count: int, closed: set[int]) -> None:
    calendar = WorkingCalendar(closures={start + timedelta(days=step): "Cierre" for step in closed})

    assert calendar.add_working_days(start, count) >= CALENDAR.add_working_days(start, count)
