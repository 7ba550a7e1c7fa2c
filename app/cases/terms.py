"""A site's law in force: its calendar, hours and rules, put together from its rows for the engine that counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.cases.deadlines import Explanation, Segment, explain, internal_due_on, radicated_on
from app.cases.models import CaseClock, RuleRow
from app.cases.rules import DEFAULT_RULES, Rule, rule_for
from app.clock import now
from app.db import db
from app.sites.calendar import WorkingCalendar
from app.sites.hours import Interval, WeeklyHours
from app.sites.models import Site
from app.sites.service import SiteInfo, calendar_rows, hours_rows, site_info
from app.sites.stamps import kept, stamp_of

T = TypeVar("T")
REMEMBERED = 500


@dataclass(frozen=True)
class Terms:
    """Everything that the dates of a site depend on."""

    calendar: WorkingCalendar
    hours: WeeklyHours
    rules: tuple[Rule, ...]
    reading: str
    regime: str
    # What was counted by these terms: most filings of a day ask for the same dates.
    counted: dict[tuple[Any, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    def remember(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """Return what `make` works out, by these terms and this key alone; it must not be changed."""
        if key not in self.counted:
            if len(self.counted) >= REMEMBERED:
                self.counted.clear()
            self.counted[key] = make()
        found: T = self.counted[key]
        return found

    @property
    def zone(self) -> ZoneInfo:
        return self.hours.tz

    def today(self) -> date:
        return self.day_of(now())

    def day_of(self, moment: datetime) -> date:
        """Return the calendar day of a moment where the entity is."""
        return moment.astimezone(self.zone).date()

    def day_zero(self, received_at: datetime) -> date:
        return radicated_on(received_at, self.hours, self.calendar, self.reading)  # type: ignore[arg-type]

    def rule(self, kind: str, day: date) -> Rule:
        return rule_for(kind, day, self.regime, self.rules)  # type: ignore[arg-type]

    def target(self, received_at: datetime, rule: Rule) -> date:
        # It counts from the local day, whatever the hour.
        key = ("target", self.day_of(received_at), rule)
        due = self.remember(key, lambda: internal_due_on(received_at, rule, self.hours, self.calendar))
        assert due is not None  # a clock without segments is never suspended
        return due

    def explain(self, day: date, rule: Rule) -> Explanation:
        """Return how a clock that starts on that day counts when nothing stops it."""
        return self.remember(("explain", day, rule), lambda: explain(day, rule, self.calendar))

    def explain_clock(self, clock: CaseClock) -> Explanation:
        """Return how a stored clock counts today, with every day on the way."""
        segments = [Segment.from_dict(segment) for segment in clock.segments]
        return explain(clock.started_on, Rule.from_dict(clock.rule), self.calendar, segments)


def calendar_of(site_id: int) -> WorkingCalendar:
    rows = calendar_rows(site_id)
    weekdays = {weekday for weekday, _, _ in hours_rows(site_id)}
    return WorkingCalendar(
        closures={day: name for day, works, name in rows if not works},
        extra_days={day: name for day, works, name in rows if works},
        # Mondays to Fridays work whatever the counter's hours are; a site that opens on Saturdays says so by them.
        working_weekdays=frozenset(range(5)) | weekdays,
    )


def hours_of(site: Site | SiteInfo, office_id: int | None = None) -> WeeklyHours:
    days: dict[int, tuple[Interval, ...]] = {}
    for weekday, opens, closes in hours_rows(site.id, office_id):
        days[weekday] = (*days.get(weekday, ()), Interval(opens, closes))
    return WeeklyHours(days, site.timezone, site.always_open)


def terms_of(site_id: int, stamp: str = "") -> Terms:
    """Return the law in force on a site; one small read, of its stamp, while nothing has changed."""
    stamp = stamp or stamp_of(site_id)
    return kept(site_id, stamp, "terms", lambda: _terms(site_id, stamp))


def _terms(site_id: int, stamp: str) -> Terms:
    site = site_info(site_id, stamp)
    rows = db.session.scalars(select(RuleRow.rule).where(RuleRow.site_id == site_id)).all()
    rules = tuple(Rule.from_dict(row) for row in rows) or DEFAULT_RULES
    return Terms(calendar_of(site_id), hours_of(site), rules, site.reading, site.regime)
