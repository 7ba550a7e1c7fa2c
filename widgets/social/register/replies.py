"""What is answered on the networks: prepared here, stopped where it names people, put there by hand (S4-26, S4-28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.audit import append_audit
from app.clock import now
from app.coach import Advice, personal
from app.console.models import User
from app.console.roles import Staff
from app.db import db, write
from app.errors import DomainError, Invalid, NotFound
from app.sites.service import SiteInfo, offices, site_row
from app.words import t
from widgets.social.models import SocialReply, SocialReport
from widgets.social.register import people, reports

MAX_AT_ONCE = 50
MAX_LENGTH = 5_000
WHYS = PROCEDURE, LACKS = "procedure", "lacks"


class NamesPeople(DomainError):
    """A reply that all can read names somebody's data; it is sent only when a person says that it may (S4-28)."""

    status = 409
    code = "names-people"
    message_key = "social.reply.names_people"

    def __init__(self, found: Mapping[int, list[Advice]]) -> None:
        super().__init__()
        self.found = found


@dataclass(frozen=True)
class Draft:
    """One answer for one or several reports: what all are told, and each one's own detail, by its number."""

    common: str
    details: Mapping[int, str]
    asks: bool = False
    despite_personal: bool = False

    def text_for(self, report_id: int) -> str:
        parts = (self.details[report_id], self.common)
        return "\n\n".join(text for text in map(reports.tidy, parts) if text)


def chosen(site_id: int, ids: list[int]) -> list[SocialReport]:
    """Return reports of this site in the order in which they were said; NotFound where one is not."""
    wanted = list(dict.fromkeys(ids))[: MAX_AT_ONCE + 1]
    query = select(SocialReport).where(SocialReport.site_id == site_id, SocialReport.id.in_(wanted))
    rows = list(db.session.scalars(query.order_by(SocialReport.said_at, SocialReport.id)))
    if not rows or len(rows) != len(wanted):
        raise NotFound
    if len(rows) > MAX_AT_ONCE:
        raise Invalid(fields={"common": ["social.reply.too_many"]})
    return rows


def names_people(site_id: int, text: str) -> list[Advice]:
    """Return what of a text seems to be somebody's datum; the entity's own addresses and numbers are nobody's."""
    site = site_row(site_id)
    own = (site.official_email, site.phone, site.address, *(office.email for office in offices(site_id)))
    return [Advice(*one) for one in personal.remarks(text, frozenset(filter(None, own)))]


def _check(site_id: int, rows: list[SocialReport], draft: Draft) -> None:
    """Raise Invalid naming the part that lacks, and NamesPeople where somebody must confirm first."""
    wrong: dict[str, list[str]] = {}
    told = [" ".join(draft.details.get(row.id, "").split()).casefold() for row in rows]
    for row, detail in zip(rows, told, strict=True):
        if len(rows) > 1 and (not detail or told.count(detail) > 1):
            # The same words to all is how a machine answers (S4-26).
            wrong[f"detail-{row.id}"] = ["social.reply.own_detail"]
        elif len(draft.text_for(row.id)) > MAX_LENGTH:
            wrong[f"detail-{row.id}"] = ["social.console.too_long"]
    if not draft.common.strip() and not all(told):
        wrong["common"] = ["errors.required"]
    if wrong:
        raise Invalid(fields=wrong)
    if not draft.despite_personal:
        public = [row for row in rows if row.interaction != "message"]
        found = {row.id: remarks for row in public if (remarks := names_people(site_id, draft.text_for(row.id)))}
        if found:
            raise NamesPeople(found)


def reply(staff: Staff, site_id: int, draft: Draft) -> list[int]:
    """Write an answer down for each report, and return their numbers; a PQR stays open until its case is answered."""
    staff.require("social.reports", site_id)
    _check(site_id, chosen(site_id, list(draft.details)), draft)
    db.session.rollback()
    with write():
        made = []
        for row in chosen(site_id, list(draft.details)):
            row = reports.held(site_id, row.id)
            one = SocialReply(
                site_id=site_id, report_id=row.id, body=draft.text_for(row.id), asks=draft.asks, actor=staff.actor,
                despite_personal=draft.despite_personal,
            )  # fmt: skip
            db.session.add(one)
            _answered(row, draft.asks)
            made.append(one)
        db.session.flush()
        numbers = [one.id for one in made]
        append_audit(
            site_id, staff.actor, "social.replied", f"site:{site_id}", reports=[one.report_id for one in made],
            replies=numbers, asks=draft.asks, despite_personal=draft.despite_personal,
        )  # fmt: skip
        return numbers


def _answered(row: SocialReport, asks: bool) -> None:
    if asks:
        row.decision = row.decision or reports.ASKED
        return
    row.answered_at = row.answered_at or now()
    row.details = {**(row.details or {}), "answer_channel": "social"}
    if not reports.is_filed(row) and row.is_petition is not True:
        row.state = reports.ANSWERED


def of_report(report_id: int) -> list[SocialReply]:
    return list(
        db.session.scalars(select(SocialReply).where(SocialReply.report_id == report_id).order_by(SocialReply.id))
    )


def made(site_id: int, ids: list[int]) -> list[tuple[SocialReply, SocialReport]]:
    """Return answers of this site with what they answer."""
    query = (
        select(SocialReply, SocialReport)
        .join(SocialReport, SocialReport.id == SocialReply.report_id)
        .where(SocialReply.site_id == site_id, SocialReply.id.in_(ids[:MAX_AT_ONCE]))
        .order_by(SocialReply.id)
    )
    return [(one, row) for one, row in db.session.execute(query)]


def published(staff: Staff, site_id: int, reply_id: int, link: str) -> int:
    """Keep where an answer stands on the network, and return the number of its report."""
    staff.require("social.reports", site_id)
    with write():
        one = db.session.get(SocialReply, reply_id, with_for_update=True)
        if one is None or one.site_id != site_id:
            raise NotFound
        if not link.strip().startswith("https://") or len(link) > 500:
            raise Invalid(fields={"link": ["social.page.errors.url"]})
        one.link = link.strip()
        row = reports.held(site_id, one.report_id)
        row.details = {**(row.details or {}), "reply_link": one.link}
        append_audit(site_id, staff.actor, "social.published", f"social:{row.id}", reply=one.id)
        return row.id


def asking_text(site: SiteInfo, row: SocialReport, lang: str) -> str:
    """Return how the person is asked for what lacks: never to write it where all can read it (S2-5, S4-28)."""
    base: str = current_app.extensions["ventanilla"].settings.base_url
    missing = ", ".join(t(f"social.console.criterion.{name}", lang).lower() for name in reports.lacking(row))
    return t("social.reply.ask_text", lang, missing=missing, url=f"{base}/{site.key}/pqr") if missing else ""


def refer(staff: Staff, site_id: int, report_id: int, why: str, person_id: int) -> None:
    """Hand a report to one person of citizen service, and tell them by mail (S4-29, S4-30)."""
    staff.require("social.reports", site_id)
    with write():
        row = reports.held(site_id, report_id)
        found: list[User] = [one for one in people.of_role(site_id, people.CITIZEN) if one.id == person_id]
        wrong: dict[str, Any] = {} if why in WHYS else {"why": ["errors.choice"]}
        if not found:
            wrong["colleague"] = ["errors.choice"]
        if wrong:
            raise Invalid(fields=wrong)
        row.referred_why, row.referred_to = why, f"staff:{person_id}"
        if row.state == reports.CAPTURED:
            row.state, row.handed_at, row.handed_by = reports.HANDED, now(), staff.actor
        why_words = t(f"social.reply.whys.{why}", found[0].lang)
        people.tell(site_id, found, "referred", f"reports/{row.id}", code=row.code, why=why_words)
        append_audit(site_id, staff.actor, "social.referred", f"social:{row.id}", why=why, to=person_id)
