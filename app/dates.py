"""Dates and times as people in Colombia write them, without a library of locales."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

BOGOTA = ZoneInfo("America/Bogota")

# Names of the calendar, as CLDR gives them for es-CO and en: locale data, not sentences, hence not in the catalogues.
WEEKDAYS = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
# fmt: off
MONTHS = {
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}
# fmt: on
_DATE = {"es": "{weekday} {day} de {month} de {year}", "en": "{weekday} {day} {month} {year}"}
_HALVES = {"es": ("a. m.", "p. m."), "en": ("a.m.", "p.m.")}


def date_words(day: date, language: str = "es", zone: ZoneInfo = BOGOTA) -> str:
    """Return "lunes 14 de diciembre de 2026"; an aware datetime is first brought to the zone."""
    if isinstance(day, datetime):
        day = _local(day, zone).date()
    weekday, month = WEEKDAYS[language][day.weekday()], MONTHS[language][day.month - 1]
    return _DATE[language].format(weekday=weekday, day=day.day, month=month, year=day.year)


def short_date(day: date, language: str = "es", zone: ZoneInfo = BOGOTA) -> str:
    """Return "lun 14 dic 2026", for the columns of a list."""
    if isinstance(day, datetime):
        day = _local(day, zone).date()
    weekday, month = WEEKDAYS[language][day.weekday()], MONTHS[language][day.month - 1]
    return f"{weekday[:3]} {day.day} {month[:3]} {day.year}"


def time_words(moment: datetime, language: str = "es", zone: ZoneInfo = BOGOTA) -> str:
    """Return "8:00 a. m." of an aware moment in the zone."""
    local = _local(moment, zone)
    return f"{local.hour % 12 or 12}:{local.minute:02} {_HALVES[language][local.hour >= 12]}"


def datetime_words(moment: datetime, language: str = "es", zone: ZoneInfo = BOGOTA) -> str:
    """Return "lunes 14 de diciembre de 2026, 8:00 a. m." of an aware moment in the zone."""
    return f"{date_words(moment, language, zone)}, {time_words(moment, language, zone)}"


def number_words(value: float, language: str = "es") -> str:
    """Return "13,8", with the decimal mark of the language."""
    return f"{value:g}".replace(".", "," if language == "es" else ".")


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs its zone: {moment.isoformat()}")
    return moment.astimezone(zone)
