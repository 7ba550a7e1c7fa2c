"""The notice board: answers to whom no address reaches, public for five working days and then notified.

Source: Ley 1437 de 2011, art. 69. Of an identified person only the number is shown, of an anonymous one the answer.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select

from app.cases.deadlines import expires_at
from app.cases.effect import take_effect, waits_for_notice
from app.cases.models import Case, CaseMessage
from app.cases.service import record
from app.cases.terms import terms_of
from app.cases.workflow_models import CaseNotice
from app.content.entries import FeedEntry, uid_of
from app.dates import date_words
from app.db import db, write
from app.sites.models import Site
from app.words import t


def publish(case: Case, answer: CaseMessage, *, whole: bool, actor: str) -> CaseNotice:
    """Put an answer on the board for five working days, inside the running write."""
    terms = terms_of(case.site_id)
    today = terms.today()
    until_on = terms.calendar.add_working_days(today, terms.rule("aviso", today).days)
    notice = CaseNotice(
        site_id=case.site_id, case_id=case.id, message_id=answer.id, whole=whole, published_on=today,
        until_on=until_on, effective_on=terms.calendar.next_working(until_on),
    )  # fmt: skip
    db.session.add(notice)
    record(case, "noticed", actor, until=until_on)
    return notice


def _is_up(today: date) -> ColumnElement[bool]:
    """On the board this day: within its days, and not taken down because its decision was undone."""
    return and_(CaseNotice.published_on <= today, CaseNotice.until_on >= today, CaseNotice.done_at.is_(None))


def hangs(case_id: int) -> bool:
    """Whether a notice of this case has not done its work yet."""
    found = select(CaseNotice.id).where(CaseNotice.case_id == case_id, CaseNotice.done_at.is_(None))
    return db.session.scalar(found.limit(1)) is not None


def on_board(site_id: int, lang: str) -> list[dict[str, Any]]:
    """Return what hangs on the board today, the newest first."""
    today = terms_of(site_id).today()
    rows = db.session.execute(
        select(CaseNotice, CaseMessage, Case.radicado)
        .join(CaseMessage, CaseMessage.id == CaseNotice.message_id)
        .join(Case, Case.id == CaseNotice.case_id)
        .where(CaseNotice.site_id == site_id, _is_up(today))
        .order_by(CaseNotice.id.desc())
        .limit(200)
    )
    return [
        {
            "radicado": radicado,
            "published_on": notice.published_on.isoformat(),
            "until_on": notice.until_on.isoformat(),
            "effective_on": notice.effective_on.isoformat(),
            "until_text": date_words(notice.until_on, lang),
            "effective_text": date_words(notice.effective_on, lang),
            "subject": message.subject if notice.whole else "",
            "body": message.body if notice.whole else "",
            "next_step": message.next_step if notice.whole else "",
        }
        for notice, message, radicado in rows
    ]


def take_down(_payload: dict[str, Any]) -> None:
    """Take down what has hung its five days; the answer is notified at the end of the day after."""
    for site_id in db.session.scalars(select(Site.id)).all():
        today = terms_of(site_id).today()
        due = select(CaseNotice.id).where(
            CaseNotice.site_id == site_id, CaseNotice.done_at.is_(None), CaseNotice.effective_on < today
        )
        for notice_id in db.session.scalars(due).all():
            with write():
                _notify(notice_id)


def _notify(notice_id: int) -> None:
    notice = db.session.get_one(CaseNotice, notice_id, with_for_update=True)
    case = db.session.get_one(Case, notice.case_id, with_for_update=True)
    moment = expires_at(notice.effective_on, terms_of(case.site_id).zone)
    notice.done_at = moment
    if not waits_for_notice(case):
        return
    take_effect(case, moment, "system")
    record(case, "notified_by_notice", "system", at=moment)


def feed_entries(site_id: int) -> list[FeedEntry]:
    """Return what hangs on the board today as entries of the site's feeds: the number alone, never the answer.

    A feed is copied by readers and kept by them; the law asks for five days on the board.
    """
    site = db.session.get_one(Site, site_id)
    zone = ZoneInfo(site.timezone)
    found = []
    query = (
        select(CaseNotice, Case.radicado)
        .join(Case, Case.id == CaseNotice.case_id)
        .where(CaseNotice.site_id == site_id)
        .where(_is_up(terms_of(site_id).today()))
        .order_by(CaseNotice.id.desc())
        .limit(50)
    )
    for notice, radicado in db.session.execute(query):
        at = datetime.combine(notice.published_on, time(), zone).astimezone(UTC)
        found.append(
            FeedEntry(
                uid=uid_of(site.key, "notice", notice.id, "posted"), url=f"/{site.key}/notices",
                title=t("notices.feed_title", site.lang, radicado=radicado),
                summary=t("notices.feed_text", site.lang, until=date_words(notice.until_on, site.lang)),
                published_at=at, updated_at=at, lang=site.lang, topic=t("notices.feed_topic", site.lang),
            )
        )  # fmt: skip
    return found
