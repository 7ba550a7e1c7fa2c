"""Clocks that stop, go on and are extended."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.deadlines import BadSegment, Segment, due_on, explain
from app.cases.rules import Rule
from app.sites.calendar import WorkingCalendar

CALENDAR = WorkingCalendar()
FIFTEEN = Rule("prueba", 15, "cita", extension_max=15)
TEN = Rule("prueba", 10, "cita", extension_max=10)
MONTH = Rule("prueba", 1, "cita", unit="calendar_month")
START = date(2026, 11, 20)
STARTS = st.dates(date(2016, 1, 1), date(2040, 1, 1))


def suspended(start: str, stop: str | None = None) -> Segment:
    return Segment("suspended", date.fromisoformat(start), stop and date.fromisoformat(stop), cause="requerimiento")  # type: ignore[arg-type]


def extended(on: str, amount: int) -> Segment:
    return Segment("extended", date.fromisoformat(on), amount=amount)


def test_a_clock_resumes_the_day_after_compliance_with_the_days_left() -> None:
    # Five days are gone on 27 November; the person complies on 10 December; ten are left.
    found = explain(START, FIFTEEN, CALENDAR, [suspended("2026-11-27", "2026-12-10")])

    assert found.due_on == CALENDAR.add_working_days(date(2026, 12, 10), 10) == date(2026, 12, 24)
    assert [row.n for row in found.days if row.day == date(2026, 12, 11)] == [6]


def test_a_suspended_clock_has_no_due_date_and_says_what_is_left() -> None:
    found = explain(START, FIFTEEN, CALENDAR, [suspended("2026-11-27")])

    assert found.due_on is None
    assert found.remaining == 10
    assert found.days[-1].key == "stopped"
    assert due_on(START, FIFTEEN, CALENDAR, [suspended("2026-11-27")]) is None


def test_a_requirement_on_the_day_of_radication_leaves_the_whole_term() -> None:
    found = explain(START, FIFTEEN, CALENDAR, [suspended("2026-11-20", "2026-12-10")])

    assert found.due_on == CALENDAR.add_working_days(date(2026, 12, 10), 15)


def test_a_requirement_on_the_last_day_leaves_that_day() -> None:
    found = explain(START, TEN, CALENDAR, [suspended("2026-12-04", "2026-12-10")])

    assert found.due_on == date(2026, 12, 11)
    assert explain(START, TEN, CALENDAR, [suspended("2026-12-04")]).remaining == 1


def test_a_requirement_on_the_last_day_but_one_leaves_one_day() -> None:
    assert explain(START, TEN, CALENDAR, [suspended("2026-12-03")]).remaining == 1


def test_a_requirement_on_the_day_of_the_extension_uses_that_day() -> None:
    events = [extended("2026-12-04", 10), suspended("2026-12-04", "2026-12-10")]

    assert due_on(START, TEN, CALENDAR, events) == CALENDAR.add_working_days(date(2026, 12, 10), 10)


def test_a_requirement_after_the_term_changes_nothing() -> None:
    found = explain(START, TEN, CALENDAR, [suspended("2026-12-07")])

    assert found.due_on == date(2026, 12, 4)


def test_a_stop_that_began_in_time_keeps_a_day_whatever_is_counted_later() -> None:
    # A rule or a calendar of later would have ended the term on 4 December.
    stop = [Segment("suspended", date(2026, 12, 9), date(2026, 12, 11), cause="conflict")]

    assert due_on(START, TEN, CALENDAR, stop) == date(2026, 12, 14)
    assert due_on(START, TEN, CALENDAR, [Segment("suspended", date(2026, 12, 9), cause="conflict")]) is None
    late = Segment("suspended", date(2026, 12, 24), date(2026, 12, 28), cause="requirement")
    assert due_on(START, MONTH, CALENDAR, [late]) == date(2026, 12, 29)


def test_an_extension_adds_its_working_days() -> None:
    found = explain(START, FIFTEEN, CALENDAR, [extended("2026-12-10", 15)])

    assert found.due_on == CALENDAR.add_working_days(START, 30)
    assert [row.key for row in found.days if row.n == 16] == ["extended"]


def test_an_extension_beyond_double_is_refused() -> None:
    with pytest.raises(BadSegment, match="at most 15"):
        explain(START, FIFTEEN, CALENDAR, [extended("2026-12-10", 16)])


def test_a_suspension_on_the_day_of_an_extension_keeps_every_day() -> None:
    events = [extended("2026-12-03", 10), suspended("2026-12-04", "2026-12-10")]

    found = explain(START, TEN, CALENDAR, events)

    assert found.due_on == CALENDAR.add_working_days(date(2026, 12, 10), 10)


@pytest.mark.parametrize(
    "segment",
    [suspended("2026-11-19"), suspended("2026-11-27", "2026-11-26"), Segment("extended", START, amount=-1)],
)
def test_what_cannot_belong_to_the_clock_is_refused(segment: Segment) -> None:
    with pytest.raises(BadSegment):
        explain(START, FIFTEEN, CALENDAR, [segment])


def test_a_month_moves_by_the_days_it_was_suspended_and_by_whole_months() -> None:
    month = Rule("prueba", 2, "cita", unit="calendar_month", extension_max=1)

    assert due_on(START, month, CALENDAR, [suspended("2026-12-01", "2026-12-11")]) == date(2027, 2, 1)
    assert due_on(START, month, CALENDAR, [extended("2026-12-01", 1)]) == date(2027, 2, 22)
    assert due_on(START, month, CALENDAR, [suspended("2026-12-01")]) is None


def test_overlapping_suspensions_of_a_month_stop_it_once() -> None:
    events = [
        suspended("2026-12-01", "2026-12-11"),
        suspended("2026-12-05", "2026-12-15"),
        suspended("2026-12-07", "2026-12-09"),
    ]

    # 19 days were left on 1 December and run from 16 December on, to Sunday 3 January.
    assert due_on(START, MONTH, CALENDAR, events) == date(2027, 1, 4)


def test_a_month_that_ends_on_a_holiday_can_be_stopped_until_its_working_day() -> None:
    radicated = date(2026, 11, 25)

    assert due_on(radicated, MONTH, CALENDAR, [suspended("2026-12-28", "2026-12-29")]) == date(2026, 12, 30)
    assert due_on(radicated, MONTH, CALENDAR, [suspended("2026-12-29", "2026-12-30")]) == date(2026, 12, 28)
    assert explain(radicated, MONTH, CALENDAR, [suspended("2026-12-28")]).remaining == 1


def test_the_timeline_shows_the_running_stretches_between() -> None:
    found = explain(START, FIFTEEN, CALENDAR, [suspended("2026-11-27", "2026-12-10")])

    assert [(one.state, one.start, one.stop) for one in found.segments] == [
        ("running", START, date(2026, 11, 27)),
        ("suspended", date(2026, 11, 27), date(2026, 12, 10)),
        ("running", date(2026, 12, 10), date(2026, 12, 24)),
    ]


@st.composite
def pauses(draw: st.DrawFn) -> tuple[date, list[Segment]]:
    """Draw a start and suspensions after it, in any order, that may touch or overlap."""
    start = draw(STARTS)
    spans = draw(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=4))
    return start, [
        Segment("suspended", start + timedelta(days=begin), start + timedelta(days=begin + length))
        for begin, length in spans
    ]


@given(pauses(), st.integers(1, 40))
def test_suspending_and_resuming_conserves_the_term(drawn: tuple[date, list[Segment]], count: int) -> None:
    start, segments = drawn

    found = explain(start, Rule("prueba", count, "cita"), CALENDAR, segments)

    assert [row.n for row in found.days if row.counted] == list(range(1, count + 1))
    assert found.due_on is not None
    assert CALENDAR.is_working(found.due_on)
    assert found.due_on >= CALENDAR.add_working_days(start, count)


@given(pauses(), st.integers(1, 40))
def test_no_day_counts_while_suspended(drawn: tuple[date, list[Segment]], count: int) -> None:
    start, segments = drawn

    found = explain(start, Rule("prueba", count, "cita"), CALENDAR, segments)

    counted = [row.day for row in found.days if row.counted]
    assert not any(one.start < day <= (one.stop or day) for one in segments for day in counted)


@given(pauses(), st.integers(1, 40), st.integers(0, 40))
def test_a_clock_that_stopped_in_time_never_expires(
    drawn: tuple[date, list[Segment]], count: int, stopped_after: int
) -> None:
    start, segments = drawn
    rule = Rule("prueba", count, "cita")
    without = due_on(start, rule, CALENDAR, segments)
    stop = start + timedelta(days=stopped_after)

    found = explain(start, rule, CALENDAR, [*segments, Segment("suspended", stop)])

    assert without is not None
    if stop <= without:
        assert found.due_on is None
        assert found.remaining >= 1
        assert found.remaining + sum(row.counted for row in found.days) == count
    else:
        assert found.due_on == without


@given(pauses(), st.integers(1, 30), st.integers(0, 30))
def test_an_extension_only_moves_the_date_later(drawn: tuple[date, list[Segment]], count: int, amount: int) -> None:
    start, segments = drawn
    rule = Rule("prueba", count, "cita", extension_max=30)
    before = due_on(start, rule, CALENDAR, segments)
    assert before is not None

    after = due_on(start, rule, CALENDAR, [*segments, Segment("extended", before, amount=amount)])

    assert after == CALENDAR.add_working_days(before, amount) or any(one.stop and one.stop > before for one in segments)
    assert after is not None
    assert after >= before


@given(pauses(), st.integers(1, 40))
def test_the_order_in_which_segments_are_given_does_not_matter(drawn: tuple[date, list[Segment]], count: int) -> None:
    start, segments = drawn
    rule = Rule("prueba", count, "cita")

    assert due_on(start, rule, CALENDAR, segments) == due_on(start, rule, CALENDAR, reversed(segments))


@given(pauses(), st.integers(0, 90))
def test_a_month_that_stopped_in_time_never_expires_and_always_ends_on_a_working_day(
    drawn: tuple[date, list[Segment]], stopped_after: int
) -> None:
    start, segments = drawn
    without = due_on(start, MONTH, CALENDAR, segments)
    stop = start + timedelta(days=stopped_after)

    found = explain(start, MONTH, CALENDAR, [*segments, Segment("suspended", stop)])

    assert without is not None
    assert CALENDAR.is_working(without)
    plain = due_on(start, MONTH, CALENDAR)
    assert plain is not None
    assert without >= plain
    if stop <= without:
        assert found.due_on is None
        assert found.remaining >= 1
    else:
        assert found.due_on == without


@given(pauses(), st.integers(1, 40), st.dates(date(2016, 1, 1), date(2041, 1, 1)))
def test_a_new_holiday_never_moves_a_date_sooner(drawn: tuple[date, list[Segment]], count: int, holiday: date) -> None:
    start, segments = drawn
    changed = WorkingCalendar(closures={holiday: "Nuevo festivo"})

    for rule in (Rule("prueba", count, "cita"), MONTH):
        before, after = due_on(start, rule, CALENDAR, segments), due_on(start, rule, changed, segments)
        assert before is not None
        assert after is not None
        assert after >= before
