"""Finding reports again: by number, code or date, and what is owed (S2-4, S2-10)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from app.cases.terms import terms_of
from app.db import db
from app.errors import NotFound
from widgets.social.models import SocialReport
from widgets.social.register.reports import CAPTURED, HANDED

PAGE = 50


def report_of(site_id: int, report_id: int) -> SocialReport:
    row = db.session.get(SocialReport, report_id)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


def zone_of(site_id: int) -> ZoneInfo:
    return terms_of(site_id).zone


def _on(site_id: int, day: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    zone = zone_of(site_id)
    starts = datetime.combine(day, time(), zone)
    ends = datetime.combine(day + timedelta(days=1), time(), zone)
    return SocialReport.said_at >= starts, SocialReport.said_at < ends


def of_day(site_id: int, day: date) -> list[SocialReport]:
    """Return what was said on a day, oldest first: the daily consolidated form (S2-3)."""
    query = select(SocialReport).where(SocialReport.site_id == site_id, *_on(site_id, day))
    return list(db.session.scalars(query.order_by(SocialReport.said_at, SocialReport.id)))


def find(site_id: int, code: str = "", day: date | None = None, page: int = 1) -> list[SocialReport]:
    """Return a page of the register, newest first, by code or by date (S2-10)."""
    query = select(SocialReport).where(SocialReport.site_id == site_id)
    if code:
        query = query.where(SocialReport.code == code.strip().upper())
    if day is not None:
        query = query.where(*_on(site_id, day))
    query = query.order_by(SocialReport.said_at.desc(), SocialReport.id.desc())
    return list(db.session.scalars(query.limit(PAGE + 1).offset((page - 1) * PAGE)))


def overdue(site_id: int, _offices: frozenset[int] | None = None) -> int:
    """Return how many should have been handed over by today: the alert of S2-4."""
    query = select(func.count()).where(
        SocialReport.site_id == site_id, SocialReport.state == CAPTURED,
        SocialReport.hand_over_on <= terms_of(site_id).today(),
    )  # fmt: skip
    return int(db.session.scalar(query) or 0)


def unreceived(site_id: int) -> int:
    """Return how many were handed over and nobody of citizen service has said that they have them."""
    query = select(func.count()).where(SocialReport.site_id == site_id, SocialReport.state == HANDED)
    return int(db.session.scalar(query) or 0)


def sites_that_owe() -> set[int]:
    """Return the sites where something was taken in and not handed over yet, due or not."""
    return set(db.session.scalars(select(SocialReport.site_id).where(SocialReport.state == CAPTURED).distinct()))
