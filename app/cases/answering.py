"""The answer: sent once, with its letter, its copies and its notice, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from app.cases import joining, letters, notices, sending, ties
from app.cases.models import ANSWERED, ARCHIVED, NOTIFIED, OPEN, Case, CaseMessage
from app.cases.service import ClosedCase, Seen, add_message, record, staff_case, tell_person, unchanged
from app.cases.tasks import DELIVERY, add_task, open_tasks
from app.cases.terms import terms_of
from app.cases.workflow_models import CaseDraft
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, Invalid


class AlreadyAnswered(Conflict):
    code = "already-answered"


@dataclass(frozen=True)
class Answer:
    """An answer as it is sent: what is said, what the person does next (S0-15), and its files."""

    subject: str
    body: str
    next_step: str
    receipts: tuple[str, ...] = ()
    # What the person may bring against it (app.cases.sending.RECOURSES); its paragraph is added to the body.
    recourse: str = ""
    # Who else must know: each gets a letter of their own (S4-10).
    copies: tuple[str, ...] = ()


def answer(staff: Staff, site_id: int, case_id: int, given: Answer, seen: Seen | None = None) -> int:
    """Answer a case, and tell the person in the same transaction. Answered is not yet notified.

    Raises ClosedCase after a withdrawal, AlreadyAnswered the second time. Source: Ley 1437 de 2011, arts. 13 and 42.
    """
    with write():
        case = staff_case(staff, site_id, case_id, "cases.answer", lock=True)
        unchanged(case, seen)
        if case.state in (ANSWERED, NOTIFIED, ARCHIVED):
            raise AlreadyAnswered
        if case.state not in OPEN:
            raise ClosedCase
        missing = {name: ["errors.required"] for name in ("subject", "body", "next_step") if not getattr(given, name)}
        if missing:
            raise Invalid(fields=missing)
        sending.check(case)
        recourse = sending.recourse_of(case, given.recourse)
        written = sending.with_nature(case, given.body)
        body = "\n\n".join(part for part in (written, sending.recourse_text(case, recourse)) if part)
        message = add_message(
            case, "answer", "staff", body, receipts=given.receipts, staff_id=staff.id,
            subject=given.subject, next_step=given.next_step,
        )  # fmt: skip
        message.recourse = recourse
        case.state, case.answered_at = ANSWERED, now()
        record(case, "answered", staff.actor, message=message.id, in_time=_on_time(case))
        letter = letters.write_letter(staff, case, message, written, given.copies)
        tell_person(case, _how(case), letter=letter.id)
        sending.copy(case, message, given.copies, letter.id, staff.actor)
        _follow(case, message, staff, written)
        return message.id


def _how(case: Case) -> str:
    """Return which mail says that there is an answer: opening it is the notice only where that was accepted."""
    return "answer" if case.electronic_consent else "answer_to_bring"


def _on_time(case: Case) -> bool:
    return case.due_on is None or terms_of(case.site_id).today() <= case.due_on


def _follow(case: Case, answer: CaseMessage, staff: Staff, body: str) -> None:
    """Do, inside the running write, what follows from an answer that was just recorded."""
    gathered = ties.is_gathered(case.id)
    given = [(case, answer), *joining.spread(case, answer, staff.actor)]
    for one, message in given:
        if one.id != case.id:
            # Each person gets a letter of their own: the other's names somebody else.
            tell_person(one, _how(one), letter=letters.write_letter(staff, one, message, body).id)
        if one.identity == "anonymous" or (gathered and one.id == case.id):
            notices.publish(one, message, whole=True, actor=staff.actor)
        elif not one.electronic_consent and not open_tasks(one.id, DELIVERY):
            # Without consent no access is a notice: somebody has to bring the letter (arts. 56, 67 and 68).
            add_task(one, DELIVERY)
    draft = db.session.get(CaseDraft, case.id)
    if draft is not None:
        db.session.delete(draft)
