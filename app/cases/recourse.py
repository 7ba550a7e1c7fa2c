"""What a person brings against an answer: the appeal and the insistence, each a case of its own that hangs on it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.cases import children, guards, workflow
from app.cases.effect import take_effect, waits_for_notice, what_was_told
from app.cases.filing import Filed
from app.cases.models import OPEN, TRANSFERRED, Case, CaseClock
from app.cases.service import Seen, Words, add_message, load_case, meet, record, tell_person
from app.cases.workflow import needs
from app.cases.workflow_models import APPEAL, INSISTENCE, CaseLink
from app.clock import now
from app.console.roles import Staff
from app.db import db, write

KIND = {APPEAL: "recurso", INSISTENCE: "insistencia"}


def may(case: Case, which: str) -> bool:
    """Return whether the person may bring this now; lateness never forbids it."""
    try:
        guards.can_recur(workflow.situation(case), which, _brought(case, which), what_was_told(case.id))
    except guards.LawForbids:
        return False
    return True


def _brought(case: Case, which: str) -> bool:
    """Whether it was brought against this decision; one against what was decided before a reopening is another."""
    found = select(CaseLink.id).where(CaseLink.main_id == case.id, CaseLink.kind == which)
    decided_at = case.answered_at or case.closed_at
    if decided_at is not None:
        found = found.where(CaseLink.created_at >= decided_at)
    return db.session.scalar(found.limit(1)) is not None


def bring(site_id: int, case_id: int, which: str, words: Words, material: bytes) -> Filed:
    """File an appeal or an insistence as a child case; late ones are taken and flagged, never refused.

    The child opens with the code of the parent. Sources: Ley 1437 de 2011, arts. 26, 74 to 77 and 86; Ley 142 de 1994,
    art. 154.
    """
    with write():
        case = load_case(site_id, case_id, lock=True)
        at = workflow.situation(case)
        guards.can_recur(at, which, _brought(case, which), what_was_told(case_id))
        late = guards.recourse_is_late(at, which)
        if waits_for_notice(case):
            # Who brings a recourse against a decision knows it: notified by conduct (Ley 1437 de 2011, art. 72).
            take_effect(case, now(), "person")
            record(case, "notified", "person", how="conduct")
        child, filed = children.file_child(
            case, which, KIND[which], words.body, material, receipts=words.receipts, marks=("late",) if late else (),
            late=late,
        )
        for clock in db.session.scalars(
            select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == "appeal")
        ):
            clock.met_at = child.received_at
        record(case, f"{which}_brought", "person", radicado=child.radicado, late=late)
        tell_person(child, which)
        return filed


@dataclass(frozen=True)
class Remission:
    """To whom the file goes, by which letter, and what is said to the person."""

    to: str
    letter: str
    text: str
    receipts: tuple[str, ...] = ()


def remit(staff: Staff, site_id: int, case_id: int, sent: Remission, seen: Seen | None = None) -> None:
    """Send the file of an appeal to who decides it, or of an insistence to the judge, and tell the person.

    An open one ends here: its term is then the other's. Sources: Ley 1437 de 2011, arts. 26, 74 and 79; Ley 142 de
    1994, art. 154.
    """
    needs(to=sent.to.strip(), letter=sent.letter.strip(), text=sent.text.strip(), files=sent.receipts)
    with write():
        at = workflow.enter(staff, site_id, case_id, "cases.supervise", seen)
        guards.can_remit(at)
        message = add_message(
            at.case, "transfer", "staff", sent.text.strip(), receipts=sent.receipts, staff_id=staff.id,
            subject=sent.to.strip()[:200],
        )  # fmt: skip
        message.radicado = sent.letter.strip()[:40]
        if at.case.state in OPEN:
            at.case.state, at.case.closed_at = TRANSFERRED, now()
            meet(at.case)
        record(at.case, "remitted", staff.actor, entity=sent.to.strip()[:80], letter=sent.letter.strip()[:40])
        tell_person(at.case, "transferred")
