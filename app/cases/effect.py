"""When a decision takes effect: the moment at which its person knows it, and what begins and may end from then on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from app.cases import guards
from app.cases.guards import LawForbids
from app.cases.models import ANSWERED, ARCHIVED, NOTIFIED, OPEN, Case, CaseMessage
from app.cases.service import load_case, meet, record, staff_case
from app.cases.tasks import BOUNCE, DELIVERY, add_task, close_tasks, open_tasks
from app.cases.workflow import situation, start_clock
from app.cases.workflow_models import APPEAL, INSISTENCE, CaseLink
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict


def waits_for_notice(case: Case) -> bool:
    """Whether a decision was taken that its person does not know yet: an answer, or an act of arts. 17 and 19."""
    return case.state in (ANSWERED, *guards.BY_ACT) and case.notified_at is None


def take_effect(case: Case, moment: datetime, actor: str) -> None:
    """Notify, inside the running write, what was decided; what the person may bring against it runs from that day."""
    case.notified_at = moment
    if case.state == ANSWERED:
        case.state = NOTIFIED
    meet(case)
    for kind in (BOUNCE, DELIVERY):
        close_tasks(case, kind, actor)
    if case.state in guards.BY_ACT:
        at = situation(case)
        start_clock(replace(at, today=at.terms.day_of(moment)), "appeal", "recurrir")


def note_access(site_id: int, case_id: int) -> None:
    """Record that the person has opened a decision: from that moment it is notified, where they accepted such notice.

    Without their consent the access is written down and the letter still has to be delivered; an anonymous person has
    no other way. Source: Ley 1437 de 2011, arts. 56 and 67 (it takes effect when the person gets access to it).
    """
    with write():
        case = load_case(site_id, case_id, lock=True)
        if not waits_for_notice(case):
            return
        moment, first = now(), False
        for message in db.session.scalars(
            select(CaseMessage).where(CaseMessage.case_id == case.id, CaseMessage.author == "staff")
        ):
            first = first or message.read_at is None
            message.read_at = message.read_at or moment
        if not case.electronic_consent and case.identity != "anonymous":
            if first:
                record(case, "read", "person", public=False)
            return
        take_effect(case, moment, "person")
        record(case, "notified", "person", how="access")


def withdraw_consent(site_id: int, case_id: int) -> None:
    """Take back the acceptance of electronic notice: what is not notified yet is brought to the person (art. 56)."""
    with write():
        case = load_case(site_id, case_id, lock=True)
        if not may_withdraw_consent(case):
            raise Conflict("errors.no-electronic-notice")
        case.electronic_consent = False
        record(case, "consent_withdrawn", "person")
        if waits_for_notice(case) and not open_tasks(case.id, DELIVERY):
            add_task(case, DELIVERY)


def may_withdraw_consent(case: Case) -> bool:
    """Whether a notice may still come by electronic means only because the person said so."""
    return case.electronic_consent and (case.state in OPEN or waits_for_notice(case))


def what_was_told(case_id: int) -> str:
    """Return which recourse the last answer named."""
    found = select(CaseMessage.recourse).where(CaseMessage.case_id == case_id, CaseMessage.kind == "answer")
    return db.session.scalar(found.order_by(CaseMessage.id.desc()).limit(1)) or ""


def _guard_archive(case: Case) -> None:
    children = (
        select(CaseLink.id)
        .join(Case, Case.id == CaseLink.case_id)
        .where(CaseLink.main_id == case.id, CaseLink.kind.in_((APPEAL, INSISTENCE)), Case.state.in_(OPEN))
    )
    told = "appeal" if case.state in guards.BY_ACT else what_was_told(case.id) if case.state == NOTIFIED else ""
    child_open = db.session.scalar(children.limit(1)) is not None
    guards.can_archive(situation(case), told, child_open)


def why_not_archived(case: Case) -> LawForbids | None:
    """Return what forbids to close this file now, or None."""
    try:
        _guard_archive(case)
    except LawForbids as refusal:
        return refusal
    return None


def archive(staff: Staff, site_id: int, case_id: int) -> None:
    """Close the file of a case that has ended and against which nothing more can be brought (art. 87)."""
    with write():
        case = staff_case(staff, site_id, case_id, "cases.answer", lock=True)
        _guard_archive(case)
        case.state, case.closed_at = ARCHIVED, case.closed_at or now()
        record(case, "archived", staff.actor)
