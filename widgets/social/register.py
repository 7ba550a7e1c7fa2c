"""The verbs of the register CE-F05: capture, judge, hand over, acknowledge, turn into a case (S2-3 to S2-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select

from app.audit import append_audit
from app.cases.filing import Filed, Filing, Party, file_case, next_number
from app.cases.rules import PETITIONS
from app.cases.terms import terms_of
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Invalid, NotFound
from widgets.social.models import SocialReport
from widgets.social.service import NETWORKS

INTERACTIONS = ("comment", "message", "tag")
CRITERIA = ("identification", "address", "object", "grounds")
CAPTURED, HANDED, ACKNOWLEDGED, RADICATED = "captured", "handed", "acknowledged", "radicated"
PAGE = 50


@dataclass(frozen=True)
class Said:
    """What somebody said on a network, as it was seen there."""

    network: str
    interaction: str
    author: str
    link: str
    body: str
    said_at: datetime


def check(said: Said) -> None:
    """Raise Invalid naming each field that can't stand in the register."""
    wrong: dict[str, list[str]] = {}
    if said.network not in NETWORKS:
        wrong["network"] = ["errors.choice"]
    if said.interaction not in INTERACTIONS:
        wrong["interaction"] = ["errors.choice"]
    if not said.body.strip():
        wrong["body"] = ["errors.required"]
    if said.link and not said.link.startswith("https://"):
        wrong["link"] = ["social.page.errors.url"]
    if said.said_at > now() + timedelta(minutes=5):
        wrong["said_at"] = ["social.console.future"]
    if wrong:
        raise Invalid(fields=wrong)


def capture(site_id: int, said: Said, actor: str) -> str:
    """Put a report in the register and return its code; it is owed to citizen service on the next working day."""
    check(said)
    with write():
        return add(site_id, said, actor).code


def add(site_id: int, said: Said, actor: str) -> SocialReport:
    """Add a report in the running write; `check` has been asked before."""
    terms, year = terms_of(site_id), now().year
    row = SocialReport(
        site_id=site_id, code=f"RS{year}-{next_number(site_id, 'social', year):06d}", network=said.network,
        interaction=said.interaction, author=said.author.strip()[:120], link=said.link[:500], body=said.body,
        said_at=said.said_at, hand_over_on=terms.calendar.add_working_days(terms.today(), 1),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    append_audit(site_id, actor, "social.captured", f"social:{row.id}", code=row.code)
    return row


def _held(site_id: int, report_id: int) -> SocialReport:
    row = db.session.get(SocialReport, report_id, with_for_update=True)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


def report_of(site_id: int, report_id: int) -> SocialReport:
    row = db.session.get(SocialReport, report_id)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


def lacking(row: SocialReport) -> list[str]:
    """Return the criteria that nothing shows; what lacks is asked for, and never a reason to drop a report (S2-5)."""
    return [name for name in CRITERIA if not (row.evidence or {}).get(name)]


def judge(
    staff: Staff, site_id: int, report_id: int, evidence: dict[str, str], is_petition: bool, at_once: bool
) -> None:
    """Keep the four criteria with what shows each, and what the person decides beside the computed result."""
    staff.require("social.reports", site_id)
    with write():
        row = _held(site_id, report_id)
        if row.case_id is not None:
            raise Conflict("social.console.already")
        row.evidence = {name: evidence.get(name, "").strip()[:500] for name in CRITERIA}
        row.is_petition, row.answers_at_once = is_petition, at_once
        append_audit(
            site_id, staff.actor, "social.judged", f"social:{row.id}",
            petition=is_petition, at_once=at_once, lacking=lacking(row),
        )  # fmt: skip


def hand_over(staff: Staff, site_id: int) -> int:
    """Hand everything that is still captured to citizen service, and return how many (S2-4)."""
    staff.require("social.reports", site_id)
    with write():
        query = select(SocialReport).where(SocialReport.site_id == site_id, SocialReport.state == CAPTURED)
        rows = list(db.session.scalars(query.with_for_update()))
        for row in rows:
            row.state, row.handed_at = HANDED, now()
        append_audit(site_id, staff.actor, "social.handed", f"site:{site_id}", codes=[row.code for row in rows])
        return len(rows)


def acknowledge(staff: Staff, site_id: int, report_id: int) -> None:
    """Say that citizen service has it."""
    staff.require("social.reports", site_id)
    with write():
        row = _held(site_id, report_id)
        if row.state != HANDED:
            raise Conflict("social.console.not_handed")
        row.state, row.acknowledged_at = ACKNOWLEDGED, now()
        append_audit(site_id, staff.actor, "social.acknowledged", f"social:{row.id}")


def radicate(staff: Staff, site_id: int, report_id: int, kind: str) -> Filed:
    """Make a case of a report, received when it was said; what lacks is asked for there (Ley 1437 de 2011, art. 17)."""
    staff.require("social.reports", site_id)
    with write():
        # The row first: whose it is not must not learn that it is there.
        row = _held(site_id, report_id)
        if kind not in PETITIONS:
            raise Invalid(fields={"kind": ["errors.choice"]})
        if row.case_id is not None:
            raise Conflict("social.console.already")
        shown = row.evidence or {}
        filed = file_case(
            site_id,
            Filing(
                kind=kind, subject=" ".join(row.body.split())[:120], body=row.body, channel="social",
                code_material=f"social/{site_id}/{row.id}".encode(), answer_channel="postal",
                party=Party(name=shown.get("identification", "") or row.author, address=shown.get("address", "")),
                received_at=row.said_at, source="social", source_id=row.id, actor=staff.actor,
            ),
        )  # fmt: skip
        row.case_id, row.state = filed.case_id, RADICATED
        append_audit(site_id, staff.actor, "social.radicated", f"social:{row.id}", case=filed.case_id)
        return filed


def find(site_id: int, code: str = "", day: date | None = None, page: int = 1) -> list[SocialReport]:
    """Return a page of the register, newest first, by code or by date (S2-10)."""
    query = select(SocialReport).where(SocialReport.site_id == site_id)
    if code:
        query = query.where(SocialReport.code == code.strip().upper())
    if day is not None:
        zone = terms_of(site_id).zone
        starts = datetime.combine(day, time(), zone)
        ends = datetime.combine(day + timedelta(days=1), time(), zone)
        query = query.where(SocialReport.said_at >= starts, SocialReport.said_at < ends)
    query = query.order_by(SocialReport.said_at.desc(), SocialReport.id.desc())
    return list(db.session.scalars(query.limit(PAGE + 1).offset((page - 1) * PAGE)))


def overdue(site_id: int, _offices: frozenset[int] | None = None) -> int:
    """Return how many should have been handed over by today: the alert of S2-4."""
    query = select(func.count()).where(
        SocialReport.site_id == site_id, SocialReport.state == CAPTURED,
        SocialReport.hand_over_on <= terms_of(site_id).today(),
    )  # fmt: skip
    return int(db.session.scalar(query) or 0)
