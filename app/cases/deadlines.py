"""When a petition must be answered, and the count behind that date, day by day."""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from app.cases.rules import Rule
from app.sites.calendar import ONE_DAY, WorkingCalendar
from app.sites.hours import WeeklyHours

Reading = Literal["A", "B"]
State = Literal["running", "suspended", "extended"]


class BadSegment(ValueError):
    """A suspension or extension that cannot belong to this clock."""


@dataclass(frozen=True)
class Segment:
    """A stretch of a clock.

    "suspended": from `start`, the day of the requirement, to `stop`, the day the person complied (None: not yet).
    "extended": announced on `start`, with `amount` more days (or months) of the rule's unit.
    "running": what lies between; only explanations hold it, callers never need to give it.
    """

    state: State
    start: date
    stop: date | None = None
    amount: int = 0
    cause: str = ""


@dataclass(frozen=True)
class CountedDay:
    """One line of a count: the day, its number if it counts, and why as a key of the catalogue with parameters."""

    day: date
    counted: bool
    n: int
    key: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Explanation:
    """A due date and all that led to it.

    `due_on` is None while the clock is suspended; `remaining` then says how many days are left.
    """

    due_on: date | None
    days: tuple[CountedDay, ...]
    remaining: int
    segments: tuple[Segment, ...]
    rule: Rule
    radicated_on: date
    calendar_version: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "due_on": self.due_on and self.due_on.isoformat(),
            "remaining": self.remaining,
            "radicated_on": self.radicated_on.isoformat(),
            "calendar_version": self.calendar_version,
            "rule": self.rule.to_dict(),
            "days": [
                {"day": row.day.isoformat(), "counted": row.counted, "n": row.n, "key": row.key, **dict(row.params)}
                for row in self.days
            ],
        }


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
    clock = _Clock(radicated_on, rule, calendar, segments)
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
    received_at: datetime, rule: Rule, hours: WeeklyHours, calendar: WorkingCalendar, days_before: int = 0
) -> date:
    """Return the entity's own target, never after the legal date: reading A, less some working days.

    A utility's also takes the filing day as the first, as Ley 142 de 1994, art. 158, can be read. Never before receipt.
    """
    start = radicated_on(received_at, hours, calendar, "A")
    strict = replace(rule, count_from="filing_day") if rule.regime == "utility" else rule
    due = due_on(start, strict, calendar)
    assert due is not None  # no segments, so nothing suspends it
    return max(start, calendar.add_working_days(due, -days_before))


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


def add_months(day: date, months: int) -> date:
    """Return the same number of a later month, or its last day where it has none (Código Civil, art. 67)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


class _Clock:
    """The walk from the radication to the last day; lives for one explanation."""

    def __init__(self, radicated_on: date, rule: Rule, calendar: WorkingCalendar, segments: Iterable[Segment]) -> None:
        events = sorted((one for one in segments if one.state != "running"), key=lambda one: one.start)
        for one in events:
            if one.start < radicated_on or (one.stop is not None and one.stop < one.start) or one.amount < 0:
                raise BadSegment(f"{one.state} from {one.start} to {one.stop} does not fit a clock of {radicated_on}")
        self.start, self.rule, self.calendar = radicated_on, rule, calendar
        self.pauses = [one for one in events if one.state == "suspended"]
        self.extensions = [one for one in events if one.state == "extended"]
        extra = sum(one.amount for one in self.extensions)
        if extra > rule.extension_max:
            raise BadSegment(f"{rule.kind} takes at most {rule.extension_max} more, not {extra}")
        self.total = rule.days + extra
        self.rows: list[CountedDay] = []

    def count_days(self) -> Explanation:
        """Walk day by day until the term is full, or until a suspension that has not ended."""
        n, day = 0, self.start
        if self.rule.count_from == "next_day":
            self.rows.append(CountedDay(day, False, 0, "day_zero"))
            day += ONE_DAY
        while n < self.total:
            pause = self._pause_of(day, n)
            if pause is not None and pause.stop is None:
                self.rows.append(CountedDay(day, False, n, "stopped", {"cause": pause.cause}))
                return self._explanation(None, self.total - n)
            row = self._row(day, n, pause)
            n = row.n
            self.rows.append(row)
            day += ONE_DAY
        return self._explanation(self.rows[-1].day, 0)

    def count_months(self) -> Explanation:
        """Count by the calendar; the end moves by the days suspended, then to the first working day.

        Source: Ley 4 de 1913, art. 59 and 62.
        """
        self.rows.append(CountedDay(self.start, False, 0, "day_zero"))
        end, covered = add_months(self.start, self.total), self.start
        for pause in self.pauses:
            if pause.start > end:
                break
            if pause.stop is None:
                self.rows.append(CountedDay(pause.start, False, 0, "stopped", {"cause": pause.cause}))
                return self._explanation(None, (end - max(pause.start, covered)).days)
            end += max(pause.stop - max(pause.start, covered), timedelta())
            covered = max(covered, pause.stop)
        while not self.calendar.is_working(end):
            self.rows.append(self._row(end, 0, None))
            end += ONE_DAY
        self.rows.append(CountedDay(end, True, self.total, "month_end"))
        return self._explanation(end, 0)

    def _pause_of(self, day: date, n: int) -> Segment | None:
        for pause in self.pauses:
            if pause.start < day and (pause.stop is None or day <= pause.stop):
                return pause
            # The last day of the term, as it was known then, is not consumed by the requirement made on it.
            if pause.start == day and n + 1 >= self._total_known_on(day) and self.calendar.is_working(day):
                return pause
        return None

    def _total_known_on(self, day: date) -> int:
        return self.rule.days + sum(one.amount for one in self.extensions if one.start <= day)

    def _row(self, day: date, n: int, pause: Segment | None) -> CountedDay:
        if pause is not None:
            return CountedDay(day, False, n, "suspended", {"cause": pause.cause})
        reason = self.calendar.why_not(day)
        if reason is None:
            name = self.calendar.extra_days.get(day)
            if name is not None:
                return CountedDay(day, True, n + 1, "extra_day", {"name": name})
            return CountedDay(day, True, n + 1, "extended" if n + 1 > self.rule.days else "counted")
        return CountedDay(day, False, n, reason.key, {"name": reason.name} if reason.name else {})

    def _explanation(self, due: date | None, remaining: int) -> Explanation:
        return Explanation(
            due,
            tuple(self.rows),
            remaining,
            tuple(_timeline(self.start, due, self.pauses, self.extensions)),
            self.rule,
            self.start,
            self.calendar.version,
        )


def _timeline(
    start: date, due: date | None, pauses: Sequence[Segment], extensions: Sequence[Segment]
) -> Iterable[Segment]:
    """Yield the stretches in order, with the running ones between suspensions."""
    cursor: date | None = start
    for pause in pauses:
        if cursor is None or (due is not None and pause.start > due):
            break
        if pause.start > cursor:
            yield Segment("running", cursor, pause.start)
        yield pause
        cursor = None if pause.stop is None else max(cursor, pause.stop)
    if cursor is not None and due is not None:
        yield Segment("running", cursor, due)
    yield from extensions
