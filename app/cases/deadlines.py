"""When a petition must be answered: the dates of the law, from the moment of receipt to the last second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from app.cases.clocks import BadSegment, Clock, CountedDay, Explanation, Segment, State, add_months
from app.cases.rules import Rule
from app.sites.calendar import WorkingCalendar
from app.sites.hours import WeeklyHours

__all__ = [
    "BadSegment",
    "CountedDay",
    "Explanation",
    "Reading",
    "Segment",
    "State",
    "add_months",
    "due_on",
    "expires_after_hours",
    "expires_at",
    "explain",
    "internal_due_on",
    "radicated_on",
    "recomputed_due_on",
]

Reading = Literal["A", "B"]


def radicated_on(
    received_at: datetime,
    hours: WeeklyHours,
    calendar: WorkingCalendar,
    reading: Reading = "B",
    tz: ZoneInfo | None = None,
) -> date:
    """Return the day 0 of the term of what was received at this aware moment.

    Reading A: the local day of receipt, even a Sunday (Ley 1437 de 2011, art. 14 and art. 15, par. 1). Reading B: what
    comes on a day that does not work, or after the last interval closes, is radicated the next working day (art. 54).
    The closing minute, the hours before opening and midday belong to the same day. A working day whose closing nobody
    configured lasts until midnight, which never gives the entity more time than it has.
    """
    if received_at.tzinfo is None:
        raise ValueError(f"the moment of receipt needs its zone: {received_at.isoformat()}")
    local = received_at.astimezone(tz or hours.tz)
    day = local.date()
    if reading == "A":
        return day
    if reading != "B":
        raise ValueError(f"a reading is A or B, not {reading!r}")
    if not calendar.is_working(day):
        return calendar.next_working(day)
    closing = hours.closing_of(day)
    if closing is not None and local.hour * 60 + local.minute > closing:
        return calendar.next_working(day)
    return day


def due_on(radicated_on: date, rule: Rule, calendar: WorkingCalendar, segments: Iterable[Segment] = ()) -> date | None:
    """Return the last day of the term, a working day; None while it is suspended.

    Days are working days of the site's calendar from the day after `radicated_on` (Ley 4 de 1913, art. 62).
    """
    events = tuple(segments)
    if not events and rule.unit == "working" and rule.count_from == "next_day":
        return calendar.add_working_days(radicated_on, rule.days)
    return explain(radicated_on, rule, calendar, events).due_on


def explain(radicated_on: date, rule: Rule, calendar: WorkingCalendar, segments: Iterable[Segment] = ()) -> Explanation:
    """Return the due date with every day on the way and why it counted or not.

    A suspended clock resumes the day after the person complied, with the days that were left (Ley 1437 de 2011,
    art. 17). The day of the requirement was still the entity's and counts, unless it was the last: the term had not
    ended when the clock stopped, so that day stays. Raises BadSegment, and ValueError for a rule in hours.
    """
    clock = Clock(radicated_on, rule, calendar, segments)
    if rule.unit == "working":
        return clock.count_days()
    if rule.unit == "calendar_month":
        return clock.count_months()
    raise ValueError(f"{rule.kind} runs in hours: use expires_after_hours")


def recomputed_due_on(
    old: date | None,
    radicated_on: date,
    rule: Rule,
    calendar: WorkingCalendar,
    segments: Sequence[Segment],
    today: date,
    *,
    is_met: bool = False,
) -> date | None:
    """Return the due date after a change of calendar or rule; one already met or missed by `today` stays as it was."""
    if is_met or (old is not None and old < today):
        return old
    return due_on(radicated_on, rule, calendar, segments)


def internal_due_on(
    received_at: datetime,
    rule: Rule,
    hours: WeeklyHours,
    calendar: WorkingCalendar,
    days_before: int = 0,
    segments: Iterable[Segment] = (),
) -> date | None:
    """Return the entity's own target, never after the legal date: reading A, less some working days.

    A utility's also takes the filing day as the first, as Ley 142 de 1994, art. 158, can be read. Never before receipt,
    and None while the clock is suspended.
    """
    start = radicated_on(received_at, hours, calendar, "A")
    strict = replace(rule, count_from="filing_day") if rule.regime == "utility" else rule
    due = due_on(start, strict, calendar, segments)
    return due and max(start, calendar.add_working_days(due, -days_before))


def expires_at(due_on: date, tz: ZoneInfo) -> datetime:
    """Return, in UTC, the last second of the last day in the site's zone.

    Terms end at midnight: Ley 4 de 1913, art. 59.
    """
    return datetime.combine(due_on, time(23, 59, 59), tz).astimezone(UTC)


def expires_after_hours(start_at: datetime, rule: Rule) -> datetime:
    """Return when a term in hours ends, such as the 72 of Ley 142 de 1994, art. 158."""
    if rule.unit != "hour":
        raise ValueError(f"{rule.kind} does not run in hours")
    return start_at + timedelta(hours=rule.days)
