"""What an auditor of the quality system asks of the procedure, month by month: done in time or not (S2-14)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.cases.terms import terms_of
from app.clock import now
from app.db import db
from widgets.social.models import SocialCheck, SocialReport
from widgets.social.register.reports import CAPTURED

YEAR = timedelta(days=366)


@dataclass
class Month:
    """Reports taken in, how many were handed over in time, late or not yet though owed, and looks at the networks."""

    reports: int = 0
    in_time: int = 0
    late: int = 0
    owed: int = 0
    judged: int = 0
    looks: int = 0


def by_month(site_id: int) -> dict[str, Month]:
    """Return the months of the last year in which something happened, the newest first, as "2026-11".

    In time is by the end of the working day after the report was taken in (CE-P08, general conditions).
    """
    terms, since = terms_of(site_id), now() - YEAR
    zone, today = terms.zone, terms.today()
    months: dict[str, Month] = defaultdict(Month)
    report = (SocialReport.created_at, SocialReport.hand_over_on, SocialReport.handed_at, SocialReport.analysed_at)
    rows = select(*report, SocialReport.state).where(SocialReport.site_id == site_id, SocialReport.created_at >= since)
    for created_at, due_on, handed_at, analysed_at, state in db.session.execute(rows):
        month = months[_month(created_at, zone)]
        month.reports += 1
        month.judged += analysed_at is not None
        if handed_at is not None:
            in_time = handed_at.astimezone(zone).date() <= due_on
            month.in_time, month.late = month.in_time + in_time, month.late + (not in_time)
        else:
            month.owed += state == CAPTURED and due_on <= today
    looks = select(SocialCheck.checked_at).where(SocialCheck.site_id == site_id, SocialCheck.checked_at >= since)
    for checked_at in db.session.scalars(looks):
        months[_month(checked_at, zone)].looks += 1
    return dict(sorted(months.items(), reverse=True))


def _month(moment: datetime, zone: ZoneInfo) -> str:
    # Not strftime, which took a tenth of the page.
    local = moment.astimezone(zone)
    return f"{local.year}-{local.month:02}"
