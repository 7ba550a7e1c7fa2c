"""The next opening in words, for whoever finds the counter closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.dates import date_words, time_words
from app.sites.calendar import ONE_DAY
from app.sites.hours import WeeklyHours


def opening_words(
    opening: datetime | None, now: datetime, hours: WeeklyHours, words: Mapping[str, str], language: str = "es"
) -> str:
    """Return "mañana a las 8:00 a. m."; `words` is the "hours" part of the catalogue of that language."""
    if opening is None:
        return words["always" if hours.always_open else "unknown"]
    local, today = opening.astimezone(hours.tz), now.astimezone(hours.tz).date()
    when = {today: "today", today + ONE_DAY: "tomorrow"}.get(local.date(), "later")
    # Spanish says "a la 1:00" and "a las 2:00".
    number = "one" if local.hour % 12 == 1 else "many"
    return words[f"{when}_{number}"].format(
        date=date_words(local, language, hours.tz), time=time_words(local, language, hours.tz)
    )
