"""A site's law in force: its calendar, hours and rules, put together from its rows for the engine that counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
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


@dataclass(frozen=True)
class Terms:
    """Everything that the dates of a site depend on."""

    calendar: WorkingCalendar
    hours: WeeklyHours
    rules: tuple[Rule, ...]
    reading: str
    regime: str

    @property
    def zone(self) -> ZoneInfo:
        return self.hours.tz

    def today(self) -> date:
        return now().astimezone(self.zone).date()

    def day_zero(self, received_at: datetime) -> date:
        return radicated_on(received_at, self.hours, self.calendar, self.reading)  # type: ignore[arg-type]

    def rule(self, kind: str, day: date) -> Rule:
        return rule_for(kind, day, self.regime, self.rules)  # type: ignore[arg-type]

    def target(self, received_at: datetime, rule: Rule) -> date:
        due = internal_due_on(received_at, rule, self.hours, self.calendar)
        assert due is not None  # a clock without segments is never suspended
        return due

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
