"""How the chat served: waiting, first answer, duration, abandoned, satisfaction with n; by hour, office and adviser."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from sqlalchemy import select

from app.clock import now
from app.console.models import User
from app.db import db
from app.sites.models import Office, Site
from app.words import t
from widgets.chat.models import ChatConversation, ChatRating
from widgets.chat.scripts import timing

ITEMS = ("kindness", "quality", "timeliness", "competence")
COLUMNS = ("n", "wait_s", "answer_s", "within", "duration_s", "abandoned", "rated", "satisfaction")


@dataclass(frozen=True)
class Span:
    """Two days of the site's zone, both within."""

    first: date
    last: date
    zone: ZoneInfo

    def bounds(self) -> tuple[datetime, datetime]:
        return (
            datetime.combine(self.first, time(), self.zone),
            datetime.combine(self.last + timedelta(days=1), time(), self.zone),
        )


def span_of(first: str, last: str, site_id: int) -> Span:
    """Return the span that was asked for; the last 30 days where nothing usable was."""
    zone = ZoneInfo(db.session.get_one(Site, site_id).timezone)
    today = now().astimezone(zone).date()
    end = _day(last) or today
    start = _day(first) or end - timedelta(days=29)
    return Span(min(start, end), max(start, end), zone)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def figures(site_id: int, span: Span) -> dict[str, Any]:
    """Return the whole and each part: medians in seconds, abandoned as a count, satisfaction from 1 to 5 with its n."""
    begin, end = span.bounds()
    query = (
        select(ChatConversation, ChatRating, Office.name, User.name)
        .join(Office, Office.id == ChatConversation.office_id)
        .outerjoin(User, User.id == ChatConversation.staff_id)
        .outerjoin(ChatRating, ChatRating.conversation_id == ChatConversation.id)
        .where(
            ChatConversation.site_id == site_id,
            ChatConversation.started_at >= begin,
            ChatConversation.started_at < end,
        )
    )
    rows = [(row[0], row[1], row[2], row[3] or "—") for row in db.session.execute(query)]
    ratings = [row[1] for row in rows if row[1] is not None]
    target = timedelta(seconds=timing(site_id).target_s)

    def group(of: Callable[[Any], str]) -> dict[str, dict[str, Any]]:
        parts: dict[str, list[Any]] = {}
        for row in rows:
            parts.setdefault(of(row), []).append(row)
        return {name: _measure(parts[name], target) for name in sorted(parts)}

    return {
        "all": _measure(rows, target),
        "items": {item: round(sum(getattr(one, item) for one in ratings) / len(ratings), 2) for item in ITEMS}
        if ratings
        else {},
        "by_hour": group(lambda row: f"{row[0].started_at.astimezone(span.zone).hour:02}:00"),
        "by_office": group(lambda row: str(row[2])),
        "by_adviser": group(lambda row: str(row[3])),
    }


def _measure(rows: list[Any], target: timedelta) -> dict[str, Any]:
    talks = [row[0] for row in rows]
    answers = [c.first_answer_at - c.started_at for c in talks if c.first_answer_at]
    ratings = [row[1] for row in rows if row[1] is not None]
    scores = [sum(getattr(one, item) for item in ITEMS) / len(ITEMS) for one in ratings]
    return {
        "n": len(talks),
        "wait_s": _median([c.assigned_at - c.started_at for c in talks if c.assigned_at]),
        "answer_s": _median(answers),
        # How many first answers of a hundred came within the site's target (S3-4).
        "within": round(100 * sum(one <= target for one in answers) / len(answers)) if answers else None,
        "duration_s": _median([c.ended_at - c.started_at for c in talks if c.ended_at]),
        # Left before anybody had answered.
        "abandoned": sum(1 for c in talks if c.state == "ended" and c.first_answer_at is None),
        "rated": len(scores),
        "satisfaction": round(sum(scores) / len(scores), 2) if scores else None,
    }


def _median(spans: list[timedelta]) -> int | None:
    return round(median(span.total_seconds() for span in spans)) if spans else None


def as_csv(found: dict[str, Any], lang: str) -> Response:
    """Return the table as a file that a spreadsheet opens; no cell can be a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([t(f"chat.report.{name}", lang) for name in ("part", "name", *COLUMNS)])
    for part in ("by_hour", "by_office", "by_adviser"):
        for name, measures in found[part].items():
            writer.writerow([t(f"chat.report.{part}", lang), _plain(name), *(measures[one] for one in COLUMNS)])
    writer.writerow([t("chat.report.all", lang), "", *(found["all"][one] for one in COLUMNS)])
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="chat.csv"'
    return response


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
