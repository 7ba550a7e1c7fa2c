"""When somebody receives at the counter, since an hour after closing can move a legal term by a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from app.sites.calendar import ONE_DAY, WorkingCalendar

BOGOTA = "America/Bogota"
DAY_MINUTES = 24 * 60
# Longer than any office closes; past it the answer is "no opening known", not an endless search.
_SEARCH_DAYS = 366


@dataclass(frozen=True, order=True)
class Interval:
    """Opening hours in minutes from local midnight; both ends are within (16:00 is still on time)."""

    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse an interval that never opens or crosses midnight."""
        if not 0 <= self.start < self.end <= DAY_MINUTES:
            raise ValueError(f"not an interval within a day: {self.start} to {self.end} minutes")

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Return the interval of a text like "8:00-12:30"; raises ValueError."""
        start, dash, end = text.partition("-")
        if not dash:
            raise ValueError(f"expected two times with a hyphen between, got {text!r}")
        return cls(parse_minutes(start), parse_minutes(end))


def parse_minutes(text: str) -> int:
    """Return the minutes from midnight of "16:00"; "24:00" ends a day. Raises ValueError."""
    hours, _, minutes = text.strip().partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and int(minutes) < 60):
        raise ValueError(f"expected a time like 16:00, got {text!r}")
    total = int(hours) * 60 + int(minutes)
    if total > DAY_MINUTES:
        raise ValueError(f"no such time in a day: {text!r}")
    return total


@dataclass(frozen=True)
class WeeklyHours:
    """The intervals of each weekday (0 is Monday) in the site's zone. Overlapping intervals are refused."""

    days: Mapping[int, tuple[Interval, ...]] = field(default_factory=dict, hash=False)
    zone: str = BOGOTA
    always_open: bool = False

    def __post_init__(self) -> None:
        """Copy and sort the intervals; raises ValueError for what is not a week, a zone's own error for a bad zone."""
        ordered = {day: tuple(sorted(intervals)) for day, intervals in self.days.items()}
        for day, intervals in ordered.items():
            if day not in range(7):
                raise ValueError(f"weekdays go from 0 to 6, got {day}")
            for before, after in zip(intervals, intervals[1:], strict=False):
                if after.start < before.end:
                    raise ValueError(f"intervals of weekday {day} overlap at {after.start} minutes")
        object.__setattr__(self, "days", MappingProxyType(ordered))
        ZoneInfo(self.zone)

    @classmethod
    def weekdays(cls, *intervals: str, zone: str = BOGOTA, days: range = range(5)) -> WeeklyHours:
        """Return the same intervals for Monday to Friday: `WeeklyHours.weekdays("8:00-12:00", "14:00-16:00")`."""
        same = tuple(Interval.parse(text) for text in intervals)
        return cls(dict.fromkeys(days, same), zone)

    @property
    def tz(self) -> ZoneInfo:
        """The site's zone."""
        return ZoneInfo(self.zone)

    def is_open(self, moment: datetime, calendar: WorkingCalendar) -> bool:
        """Return whether somebody receives at this aware moment; the closing minute is still open."""
        if self.always_open:
            return True
        local = _local(moment, self.tz)
        if not calendar.is_working(local.date()):
            return False
        minute = local.hour * 60 + local.minute
        return any(interval.start <= minute <= interval.end for interval in self.days.get(local.weekday(), ()))

    def closing_of(self, day: date) -> int | None:
        """Return the minute at which the last interval of the day ends; None when no interval says so."""
        if self.always_open:
            return DAY_MINUTES
        intervals = self.days.get(day.weekday(), ())
        return intervals[-1].end if intervals else None

    def next_opening(self, moment: datetime, calendar: WorkingCalendar) -> datetime | None:
        """Return the next time, after this moment, that somebody starts to receive, in the site's zone.

        None when the office never closes, or has no opening within a year.
        """
        if self.always_open:
            return None
        local = _local(moment, self.tz)
        for step in range(_SEARCH_DAYS):
            day = local.date() + ONE_DAY * step
            if not calendar.is_working(day):
                continue
            for interval in self.days.get(day.weekday(), ()):
                midnight = datetime(day.year, day.month, day.day, tzinfo=self.tz)
                opening = midnight + timedelta(minutes=interval.start)
                if opening > local:
                    return opening
        return None


def _local(moment: datetime, tz: ZoneInfo) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs its zone: {moment.isoformat()}")
    return moment.astimezone(tz)
