"""Whether somebody receives now, and when next, in words: what the bubble and the panel are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.cases.terms import calendar_of, hours_of
from app.clock import now
from app.db import db
from app.sites.opening import opening_words
from app.sites.service import SiteInfo, offices, rules_in_force, site_row
from app.words import find, t
from widgets.chat.models import ChatConversation, ChatShift

# How long an open desk is believed to be there without a word; it renews every 20 s.
LEASE = timedelta(seconds=60)
OPEN, CLOSED, NOBODY = "open", "closed", "nobody"
LIMITS = {"file_bytes": 10 * 1024 * 1024, "files": 5}
# Answers of this many last conversations make the expected wait.
_RECENT = 20
_FIRST_GUESS_S = 120


@dataclass(frozen=True)
class Opening:
    """The state of the counter: open, closed or nobody on duty, and the next opening in words."""

    state: str
    next_words: str
    opened_at: datetime | None = None


def opening_of(site_id: int, lang: str, moment: datetime | None = None) -> Opening:
    """Return whether the chat receives now: announced hours, holidays and closures, then who is on duty."""
    moment = moment or now()
    site = site_row(site_id)
    hours, calendar = hours_of(site), calendar_of(site_id)
    if not hours.is_open(moment, calendar):
        words = opening_words(hours.next_opening(moment, calendar), moment, hours, find("hours", lang), lang)
        return Opening(CLOSED, words)
    state = OPEN if on_duty(site_id, moment) else NOBODY
    # The opening that this moment belongs to: the first one after the end of what came before.
    local = moment.astimezone(hours.tz)
    minute = local.hour * 60 + local.minute
    starts = [part.start for part in hours.days.get(local.weekday(), ()) if part.start <= minute]
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    opened_at = midnight + timedelta(minutes=starts[-1]) if starts else None
    return Opening(state, "", opened_at)


def on_duty(site_id: int, moment: datetime | None = None) -> list[ChatShift]:
    """Return the shifts of advisers who are at their desk now, available or not."""
    moment = moment or now()
    query = select(ChatShift).where(
        ChatShift.site_id == site_id, ChatShift.ended_at.is_(None), ChatShift.seen_at > moment - LEASE
    )
    return list(db.session.scalars(query.order_by(ChatShift.id)))


def expected_wait_s(site_id: int) -> int:
    """Return how long a first answer has taken lately."""
    recent = db.session.execute(
        select(ChatConversation.started_at, ChatConversation.first_answer_at)
        .where(ChatConversation.site_id == site_id, ChatConversation.first_answer_at.is_not(None))
        .order_by(ChatConversation.id.desc())
        .limit(_RECENT)
    ).all()
    if not recent:
        return _FIRST_GUESS_S
    waits = [(answered - started).total_seconds() for started, answered in recent if answered is not None]
    return int(sum(waits) / len(waits))


def waiting_count(site_id: int) -> int:
    query = select(func.count()).where(ChatConversation.site_id == site_id, ChatConversation.state == "waiting")
    return int(db.session.scalar(query) or 0)


def wait_words(seconds: int, lang: str) -> str:
    minutes = max(1, round(seconds / 60))
    return t("chat.page.wait", lang, n=minutes)


def state_for_browser(site: SiteInfo, lang: str) -> dict[str, Any]:
    """Return what the panel shows before a conversation."""
    opening = opening_of(site.id, lang)
    waiting = waiting_count(site.id)
    answer = {"state": opening.state, "opening": opening.next_words, "waiting": waiting, "wait": ""}
    if opening.state == OPEN:
        answer["wait"] = wait_words(expected_wait_s(site.id), lang)
    return {**answer, "hours": weekly_words(site.id, lang)}


def weekly_words(site_id: int, lang: str) -> list[str]:
    """Return the announced hours, a line for each run of days with the same intervals (S3-2)."""
    from app.dates import WEEKDAYS, time_words

    hours = hours_of(site_row(site_id))
    if hours.always_open:
        return [t("hours.always", lang)]
    midnight = datetime(2026, 1, 5, tzinfo=hours.tz)

    def clock(minute: int) -> str:
        return time_words(midnight + timedelta(minutes=minute), lang, hours.tz)

    runs: list[tuple[int, int, str]] = []
    for day in range(7):
        text = t("chat.page.and", lang).join(
            t("chat.page.interval", lang, start=clock(part.start), end=clock(part.end))
            for part in hours.days.get(day, ())
        )
        if text and runs and runs[-1][1] == day - 1 and runs[-1][2] == text:
            runs[-1] = (runs[-1][0], day, text)
        elif text:
            runs.append((day, day, text))
    names = WEEKDAYS[lang]
    return [
        t(f"chat.page.{'days' if first != last else 'day'}", lang, first=names[first], last=names[last], hours=text)
        for first, last, text in runs
    ]


def boot(site: SiteInfo, lang: str) -> dict[str, Any]:
    """Return what the browser needs before the bubble is touched; the state itself is asked for at that moment."""
    rules = rules_in_force(site.id, "chat")
    return {
        "offices": [{"code": office.code, "name": office.name} for office in offices(site.id)],
        "notice": {
            "version": 1,
            "text": t("chat.page.notice", lang, entity=site.entity, email=site.official_email),
        },
        "conduct": None if rules else t("chat.page.conduct", lang),
        "limits": LIMITS,
    }
