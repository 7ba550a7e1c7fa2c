"""The periods that reports speak of: half-years (Ley 1474 de 2011, art. 76) and quarters (Resolución 1519 de 2020)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from app.errors import NotFound

SEMESTER, QUARTER = "S", "T"
_MONTHS = {SEMESTER: 6, QUARTER: 3}
_KEY = re.compile(r"(20\d\d)-(?:(S)([12])|(T)([1-4]))")


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both included; `key` is "2026-S2" or "2026-T4"."""

    key: str
    first: date
    last: date

    @property
    def length(self) -> str:
        return self.key[5]

    @property
    def number(self) -> int:
        return int(self.key[6])


def _made(year: int, length: str, number: int) -> Period:
    months = _MONTHS[length]
    first = date(year, months * (number - 1) + 1, 1)
    after = date(year + 1, 1, 1) if number * months == 12 else date(year, number * months + 1, 1)
    return Period(f"{year}-{length}{number}", first, after - timedelta(days=1))


def period_of(day: date, length: str) -> Period:
    return _made(day.year, length, (day.month - 1) // _MONTHS[length] + 1)


def before(period: Period) -> Period:
    """Return the period of the same length that ended the day before this one began."""
    return period_of(period.first - timedelta(days=1), period.length)


def parse(key: str) -> Period:
    """Return the period of a key; NotFound for what is none."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise NotFound
    year, half, half_number, quarter, quarter_number = found.groups()
    return _made(int(year), half or quarter, int(half_number or quarter_number))


def last_ones(today: date, length: str, count: int) -> list[Period]:
    """Return the running period and those before it, the newest first."""
    found = [period_of(today, length)]
    while len(found) < count:
        found.append(before(found[-1]))
    return found
