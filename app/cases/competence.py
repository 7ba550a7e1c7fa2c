"""Whose matter it is: no authority's, in dispute between two, or taken up although the person withdrew."""

from __future__ import annotations

from app.cases import guards
from app.cases.answering import Answer, answer
from app.cases.deadlines import Segment
from app.cases.decrees import end_by_act
from app.cases.models import CONFLICT, IN_PROCESS, RADICATED, REJECTED, Case
from app.cases.service import Seen, add_message, record, tell_person
from app.cases.tasks import LAPSE, REJECTION, add_task, close_tasks, open_tasks
from app.cases.workflow import change_segments, enter, needs, recount, resume, segments_of, suspend
from app.console.roles import Staff
from app.db import write
from app.words import t


def _working(case: Case) -> str:
    return IN_PROCESS if case.assignee_id else RADICATED


def no_competent(staff: Staff, site_id: int, case_id: int, reason: str, seen: Seen | None = None) -> bool:
    """Answer that no authority is competent; return whether it was said in time. Source: Ley 1437 de 2011, art. 21."""
    needs(reason=reason.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        guards.can_transfer(at)
        in_time = not guards.transfer_is_late(at)
        record(at.case, "no_competent", staff.actor, in_time=in_time)
        lang = at.case.lang
        given = Answer(
            t("workflow.letter.no_competent_subject", lang, radicado=at.case.radicado), reason.strip(),
            t("workflow.letter.no_competent_next", lang),
        )  # fmt: skip
        answer(staff, site_id, case_id, given)
        return in_time


def dispute(staff: Staff, site_id: int, case_id: int, entity: str, reason: str, seen: Seen | None = None) -> None:
    """Stop the term while a conflict of competence is decided. Source: Ley 1437 de 2011, art. 39."""
    needs(entity=entity.strip(), reason=reason.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.supervise", seen)
        guards.can_dispute(at)
        suspend(at, "conflict")
        at.case.state = CONFLICT
        message = add_message(at.case, "message", "staff", reason.strip(), staff_id=staff.id, subject=entity[:200])
        record(at.case, "in_conflict", staff.actor, entity=entity.strip()[:80], message=message.id)
        tell_person(at.case, "conflict")


def decide_dispute(staff: Staff, site_id: int, case_id: int, act: str, text: str, seen: Seen | None = None) -> None:
    """Let the term run again from the day after the decision; where it is another's matter, a transfer follows."""
    needs(act=act.strip(), text=text.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.supervise", seen)
        guards.can_decide_dispute(at)
        resume(at)
        at.case.state = _working(at.case)
        message = add_message(at.case, "act", "staff", text.strip(), staff_id=staff.id, subject=act.strip()[:200])
        record(at.case, "conflict_decided", staff.actor, act=act.strip()[:80], message=message.id, due=at.case.due_on)
        tell_person(at.case, "message")


def continue_anyway(staff: Staff, site_id: int, case_id: int, act: str, text: str, seen: Seen | None = None) -> None:
    """Go on of the entity's own motion with a petition that was withdrawn, by a reasoned resolution.

    The days between withdrawal and resolution don't count; a date that had been missed before stays.
    Source: Ley 1437 de 2011, art. 18.
    """
    needs(act=act.strip(), text=text.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.supervise", seen)
        guards.can_continue(at)
        case = at.case
        assert case.closed_at is not None  # the guard: it was withdrawn
        withdrawn_on = max(at.terms.day_of(case.closed_at), at.answer.started_on)
        if case.due_on is None:
            resume(at)
        elif case.due_on >= withdrawn_on:
            pause = Segment("suspended", withdrawn_on, at.day_of_term, cause="withdrawal")
            change_segments(at.answer, [*segments_of(at.answer), pause])
            recount(at)
        case.state, case.closed_at, at.answer.met_at = _working(case), None, None
        for kind in (LAPSE, REJECTION):
            close_tasks(case, kind, staff.actor)  # proposed before it was withdrawn
        message = add_message(case, "act", "staff", text.strip(), staff_id=staff.id, subject=act.strip()[:200])
        record(case, "continued", staff.actor, act=act.strip()[:80], message=message.id, due=case.due_on)
        tell_person(case, "continued")


def propose_rejection(staff: Staff, site_id: int, case_id: int, reason: str, seen: Seen | None = None) -> None:
    """Propose to reject a disrespectful petition; somebody else decides. Source: Ley 1437 de 2011, art. 19."""
    needs(reason=reason.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        guards.can_propose_rejection(at, bool(open_tasks(case_id, REJECTION)))
        message = add_message(at.case, "note", "staff", reason.strip(), staff_id=staff.id)
        add_task(at.case, REJECTION, by=staff.id, message=message.id)
        record(at.case, "rejection_proposed", staff.actor, public=False, message=message.id)


def decide_rejection(
    staff: Staff, site_id: int, case_id: int, text: str, *, confirm: bool, seen: Seen | None = None
) -> None:
    """Confirm a proposed rejection with its reasons, or turn it down; never by whoever proposed it."""
    needs(text=text.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.approve", seen)
        proposed = open_tasks(case_id, REJECTION)
        guards.can_decide_rejection(at, [int(task.data["by"]) for task in proposed], staff.id)
        close_tasks(at.case, REJECTION, staff.actor)
        if not confirm:
            message = add_message(at.case, "note", "staff", text.strip(), staff_id=staff.id)
            record(at.case, "rejection_declined", staff.actor, public=False, message=message.id)
            return
        ended = end_by_act(at, staff, REJECTED, text, recourse="appeal")
        record(at.case, "rejected", staff.actor, message=ended)
