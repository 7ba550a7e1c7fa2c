"""Days and hours as people write them in a spreadsheet, and as the register writes them out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from app.errors import Invalid

# What a register can speak of; a slip of the pen in the year 9999 can't even be told in another zone.
FIRST_YEAR, LAST_YEAR = 2000, 2099
FIRST_SERIAL, LAST_SERIAL = 36_526, 73_050
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y")
_HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
# By their first three letters, as people shorten them; those of an English spreadsheet where they differ.
_MONTHS: Mapping[str, int] = {
    "ene": 1, "feb": 2, "mar": 3, "abr": 4, "may": 5, "jun": 6, "jul": 7, "ago": 8, "sep": 9, "set": 9, "oct": 10,
    "nov": 11, "dic": 12, "jan": 1, "apr": 4, "aug": 8, "dec": 12,
}  # fmt: skip
_DAY_FIRST = re.compile(
    r"(?:[^\W\d]+ )?(\d{1,2})(?:\.?º|°)?[ /.-]+(?:de )?([a-z]{3,10})\.?[ /.-]+(?:del? )?(\d{4}|\d\d)\b(.*)"
)
_MONTH_FIRST = re.compile(r"(?:[^\W\d]+ )?([a-z]{3,10})\.? (\d{1,2}) (?:del? )?(\d{4})\b(.*)")


def read_moment(name: str, value: Any, zone: ZoneInfo) -> datetime | None:
    """Return a moment of a cell: a date, or a text of day, month and year in the ways that people write it here.

    Raises Invalid naming the column for what is no date, and for one of another century.
    """
    if value is None or value == "":
        return None
    found = _moment(name, value, zone)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Invalid(fields={name: ["social.console.bad_year"]})
    return found


def _moment(name: str, value: Any, zone: ZoneInfo) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=zone) if value.tzinfo is None else value
    if isinstance(value, int | float) and FIRST_SERIAL <= value <= LAST_SERIAL:
        # A date that lost its format: days since 1899-12-30, as spreadsheets count.
        return datetime(1899, 12, 30, tzinfo=zone) + timedelta(minutes=round(value * 1440))
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    text = " ".join(str(value).split())
    if re.match(r"\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$", text):
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    shape = _shape(text)
    if shape is None:
        raise Invalid(fields={name: ["social.console.bad_date"]})
    return datetime.strptime(shape[0], shape[1]).replace(tzinfo=zone)


def read_hour(name: str, value: Any, zone: ZoneInfo) -> time | None:
    """Return an hour of a cell of its own: a time, a part of a day, or a text."""
    if value is None or value == "":
        return None
    if isinstance(value, time):
        return value
    if isinstance(value, datetime):
        return value.time()  # of whatever day: an hour alone is one of 1899 or 1900
    if isinstance(value, int | float) and 0 <= value < 1:
        # Rounded once, and never into the next day.
        return time(*divmod(min(round(value * 1440), 1439), 60))
    try:
        found = read_moment(name, f"2000-01-01 {value}", zone)
    except Invalid:
        raise Invalid(fields={name: ["social.console.bad_hour"]}) from None
    return found.time() if found else None


def at_hour(moment: datetime | None, hour: time | None) -> datetime | None:
    """Return a moment with the hour that stood beside its date, where it has none itself."""
    if moment is None or hour is None or moment.time() != time():
        return moment
    return moment.replace(hour=hour.hour, minute=hour.minute, second=hour.second)


@lru_cache(maxsize=4096)
def _shape(text: str) -> tuple[str, str] | None:
    """Return a date in words brought to figures, with its shape; None for what is no date."""
    tidy = re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", text.lower().replace(",", ""))
    tidy = re.sub(r"^(\d{4}-\d\d-\d\d)t", r"\1 ", tidy)
    if (found := _DAY_FIRST.fullmatch(tidy)) and found[2][:3] in _MONTHS:
        tidy = f"{found[1]}/{_MONTHS[found[2][:3]]}/{found[3]}{found[4]}"
    elif (found := _MONTH_FIRST.fullmatch(tidy)) and found[1][:3] in _MONTHS:
        tidy = f"{found[2]}/{_MONTHS[found[1][:3]]}/{found[3]}{found[4]}"
    for day in _DATES:
        for hour in _HOURS:
            try:
                datetime.strptime(tidy, day + hour)  # noqa: DTZ007 - only whether it can be read
            except ValueError:
                continue
            return tidy, day + hour
    return None


def write_plain(day: date) -> str:
    """Return a date of a cell that is no date to us; the hour only where it has one."""
    if isinstance(day, datetime) and day.time() != time():
        return day.strftime("%Y-%m-%d %H:%M:%S")
    return day.strftime("%Y-%m-%d")


def write_moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
