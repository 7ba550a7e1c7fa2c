"""Which days work, because every legal term here is a number of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache, partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import holidays

ONE_DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = frozenset(range(5))
# The library's codes of the languages we speak; it knows no plain "en" for Colombia.
_LIBRARY_LANGUAGE = {"es": "es", "en": "en_US"}

ReasonKey = Literal["weekend", "weekday_off", "holiday", "closure"]


class YearOutOfRange(ValueError):
    """The public holidays of that year are unknown, so no term may be counted through it."""


@dataclass(frozen=True)
class Reason:
    """Why a day does not work; `name` is that of the holiday or closure, else empty."""

    key: ReasonKey
    name: str = ""


@cache
def _entity(country: str) -> Any:
    """Return the library's class of a country, read from its own file where that is Colombia.

    Asked for by its name, the library imports all 250 countries: half a second and 8 MB of a process.
    """
    file = Path(holidays.__file__).parent / "countries" / "colombia.py"
    spec = spec_from_file_location("ventanilla_holidays_colombia", file) if country == "CO" else None
    if spec is None or spec.loader is None or not file.is_file():
        return partial(holidays.country_holidays, country)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Colombia


@lru_cache(maxsize=256)
def public_holidays(year: int, country: str = "CO", language: str = "es") -> Mapping[date, str]:
    """Return the names of the public holidays of a year by date; two on one day are one date with both names.

    Raises YearOutOfRange. Source: Ley 51 de 1983 and Ley 2578 de 2026, art. 6 (in the library since 0.99).
    """
    rows = _entity(country)(years=year, language=_LIBRARY_LANGUAGE[language])
    if not rows.start_year <= year <= rows.end_year:  # outside, the library answers "no holidays" in silence
        raise YearOutOfRange(f"no holidays known for {country} in {year}")
    # "(observado)" is the library's word for a date moved to Monday; nobody calls the day that.
    return MappingProxyType({day: rows[day].replace(" (observado)", "").replace(" (observed)", "") for day in rows})


@dataclass(frozen=True)
class WorkingCalendar:
    """The working days of one entity: weekdays, less the country's holidays and its own closures, plus extra days.

    `closures` are the entity's own vacantes (Ley 4 de 1913, art. 62); `extra_days` work whatever the weekday or the
    holiday (a Saturday given back). A date in both is refused with ValueError, as is a week without a working day.
    """

    closures: Mapping[date, str] = field(default_factory=dict, hash=False)
    extra_days: Mapping[date, str] = field(default_factory=dict, hash=False)
    working_weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    country: str = "CO"

    def __post_init__(self) -> None:
        """Copy what was given, so that a caller's dict can't change a calendar that has already counted."""
        object.__setattr__(self, "closures", MappingProxyType(dict(self.closures)))
        object.__setattr__(self, "extra_days", MappingProxyType(dict(self.extra_days)))
        object.__setattr__(self, "working_weekdays", frozenset(self.working_weekdays))
        if not self.working_weekdays or not self.working_weekdays <= frozenset(range(7)):
            raise ValueError(f"working weekdays must be some of 0 to 6: {sorted(self.working_weekdays)}")
        both = sorted(self.closures.keys() & self.extra_days.keys())
        if both:
            raise ValueError(f"{both[0]} is both a closure and an extra day")

    def is_working(self, day: date) -> bool:
        """Return whether terms count this day."""
        if day in self.extra_days:
            return True
        if day.weekday() not in self.working_weekdays or day in self.closures:
            return False
        return day not in public_holidays(day.year, self.country)

    def why_not(self, day: date, language: str = "es") -> Reason | None:
        """Return why a day does not work, or None for a working day; a holiday names itself before a weekend does."""
        if self.is_working(day):
            return None
        name = public_holidays(day.year, self.country, language).get(day)
        if name is not None:
            return Reason("holiday", name)
        if day in self.closures:
            return Reason("closure", self.closures[day])
        return Reason("weekend" if day.weekday() >= 5 else "weekday_off")

    def next_working(self, day: date) -> date:
        """Return the first working day after `day`."""
        return self.add_working_days(day, 1)

    def on_or_after(self, day: date) -> date:
        """Return `day` if it works, else the first working day after it (Ley 4 de 1913, art. 62)."""
        return day if self.is_working(day) else self.next_working(day)

    def add_working_days(self, day: date, count: int) -> date:
        """Return the count-th working day after `day`, or before it when count is negative; `day` itself for 0."""
        step = ONE_DAY if count > 0 else -ONE_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Return how many working days lie after `start` up to and including `end`; negative when end is before."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working(start + ONE_DAY * step) for step in range(1, (end - start).days + 1))

    @cached_property
    def version(self) -> str:
        """A digest of the library's version and the site's rows, stored beside every count made with them."""
        rows = [
            holidays.__version__,
            self.country,
            sorted(self.working_weekdays),
            sorted((day.isoformat(), name) for day, name in self.closures.items()),
            sorted((day.isoformat(), name) for day, name in self.extra_days.items()),
        ]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:12]
