"""A clock of a case: which days it runs, stops and ends on, and the walk that shows it."""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from app.cases.rules import Rule
from app.sites.calendar import ONE_DAY, WorkingCalendar

State = Literal["running", "suspended", "extended"]
# Stops that the guards let begin only while the term ran. Whatever calendar or rule says later, it had not ended then.
WHILE_RUNNING = ("requirement", "clarification", "conflict")


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

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, with dates as ISO text: what a clock's row keeps."""
        return {
            "state": self.state,
            "start": self.start.isoformat(),
            "stop": self.stop and self.stop.isoformat(),
            "amount": self.amount,
            "cause": self.cause,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Segment:
        """Return the segment of `to_dict`."""
        stop = row["stop"] and date.fromisoformat(row["stop"])
        return cls(row["state"], date.fromisoformat(row["start"]), stop, row["amount"], row["cause"])


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
            "segments": [
                {
                    "state": one.state,
                    "start": one.start.isoformat(),
                    "stop": one.stop and one.stop.isoformat(),
                    "amount": one.amount,
                    "cause": one.cause,
                }
                for one in self.segments
            ],
            "days": [
                {"day": row.day.isoformat(), "counted": row.counted, "n": row.n, "key": row.key, **dict(row.params)}
                for row in self.days
            ],
        }


def add_months(day: date, months: int) -> date:
    """Return the same number of a later month, or its last day where it has none (Código Civil, art. 67)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


class Clock:
    """The walk from the radication to the last day; lives for one explanation. Raises BadSegment."""

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
        self.ran_until = max((one.start for one in self.pauses if one.cause in WHILE_RUNNING), default=radicated_on)
        self.rows: list[CountedDay] = []

    def count_days(self) -> Explanation:
        """Walk day by day until the term is full, or until a suspension that has not ended.

        The last day is never used up before a stop that began while the term ran.
        """
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
            if row.n == self.total and day < self.ran_until:
                row = CountedDay(day, False, n, "held")
            n = row.n
            self.rows.append(row)
            day += ONE_DAY
        return self._explanation(self.rows[-1].day, 0)

    def count_months(self) -> Explanation:
        """Count by the calendar; what was left when it stopped runs from the day after, to a working day.

        Source: Ley 4 de 1913, art. 59 and 62.
        """
        self.rows.append(CountedDay(self.start, False, 0, "day_zero"))
        end, covered = add_months(self.start, self.total), self.start
        for pause in self.pauses:
            if pause.start > end:
                end = self.calendar.on_or_after(end)  # a term that a holiday made longer can still be stopped
            if pause.start > end and pause.cause not in WHILE_RUNNING:
                break
            left = max(end - max(pause.start, covered), ONE_DAY)
            if pause.stop is None:
                self.rows.append(CountedDay(pause.start + ONE_DAY, False, 0, "stopped", {"cause": pause.cause}))
                return self._explanation(None, left.days)
            if pause.stop > covered:
                self.rows.append(CountedDay(pause.stop, False, 0, "resumes", {"cause": pause.cause}))
                end, covered = pause.stop + left, pause.stop
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
            if pause.start == day and n + 1 >= self._total_known_on(day):
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
