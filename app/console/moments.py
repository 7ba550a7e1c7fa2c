"""Moments as the forms of the console show and take them: in the zone of the site, to the minute."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from app.console.auth import the_site


def zone() -> ZoneInfo:
    return ZoneInfo(the_site().timezone)


def local(moment: datetime | None) -> datetime | None:
    """Return a moment as a clock at the site shows it, without its zone; None stays None."""
    return moment.astimezone(zone()).replace(tzinfo=None) if moment else None


def aware(typed: datetime | None) -> datetime | None:
    """Return the moment that somebody at the site meant; None stays None."""
    return typed.replace(tzinfo=zone()) if typed else None
