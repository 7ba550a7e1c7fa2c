"""Cases that are answered together: joined in one file (art. 36), or many alike with a single answer (art. 22)."""

from __future__ import annotations

from sqlalchemy import select

from app.cases import guards
from app.cases.models import ANSWERED, OPEN, Case, CaseMessage
from app.cases.service import Seen, add_message, record, staff_case, tell_person
from app.cases.terms import terms_of
from app.cases.ties import hangs, is_tied, joined_to, let_go
from app.cases.workflow import enter, needs, retarget, situation
from app.cases.workflow_models import MERGED, SINGLE, CaseLink
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid


def case_named(site_id: int, radicado: str) -> Case | None:
    """Return the case of a radicado, locked; None where there is none."""
    return db.session.scalar(
        select(Case).where(Case.site_id == site_id, Case.radicado == radicado.strip()).with_for_update()
    )


def merge(staff: Staff, site_id: int, case_id: int, radicado: str, reason: str, seen: Seen | None = None) -> None:
    """Join a case to another of the same matter; nothing of it is deleted and its own date stays.

    Source: Ley 1437 de 2011, art. 36.
    """
    needs(radicado=radicado.strip(), reason=reason.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        guards.can_join(at, is_tied(case_id))
        main = case_named(site_id, radicado)
        if main is None or main.id == case_id or main.state not in OPEN or hangs(main.id):
            raise Invalid(fields={"radicado": ["workflow.errors.main"]})
        staff_case(staff, site_id, main.id, "cases.answer")
        let_go(case_id)
        let_go(main.id)
        db.session.add(CaseLink(case_id=case_id, main_id=main.id, kind=MERGED))
        db.session.flush()
        retarget(situation(main))
        note = add_message(at.case, "note", "staff", reason.strip(), staff_id=staff.id)
        record(at.case, "merged", staff.actor, main=main.radicado, message=note.id)
        record(main, "merged_here", staff.actor, public=False, radicado=at.case.radicado)
        tell_person(at.case, "merged")


def gather(
    staff: Staff, site_id: int, case_id: int, radicados: list[str], newspaper: str, seen: Seen | None = None
) -> int:
    """Gather more than ten analogous petitions, so that the answer of this one answers all; return how many.

    The one answer is published in a newspaper and on the notice board, and each filer gets a copy.
    Source: Ley 1437 de 2011, art. 22.
    """
    wanted = list(dict.fromkeys(name.strip() for name in radicados if name.strip()))
    needs(radicados=wanted, newspaper=newspaper.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.supervise", seen)
        guards.can_gather(at)
        others = [(name, case_named(site_id, name)) for name in wanted]
        wrong = [name for name, case in others if case is None or case.id == case_id or not _alike(case)]
        if wrong:
            raise Invalid(fields={"radicados": ["workflow.errors.radicados"]})
        cases = [case for _, case in others if case is not None]
        guards.can_gather(at, len(cases) + 1)
        let_go(case_id)
        for case in cases:
            let_go(case.id)
            db.session.add(CaseLink(case_id=case.id, main_id=case_id, kind=SINGLE, data={"newspaper": newspaper[:200]}))
            record(case, "gathered", staff.actor, main=at.case.radicado)
        db.session.flush()
        retarget(at)
        record(at.case, "gathers", staff.actor, public=False, number=len(cases) + 1, newspaper=newspaper[:200])
        return len(cases) + 1


def _alike(case: Case) -> bool:
    return case.state in OPEN and case.kind in guards.ANALOGOUS and not is_tied(case.id)


def spread(main: Case, answer: CaseMessage, actor: str) -> list[tuple[Case, CaseMessage]]:
    """Give the answer of a case to each one joined to it, inside the running write; who calls tells each person."""
    today, given = terms_of(main.site_id).today(), []
    for case in joined_to(main.id):
        copy = add_message(
            case, "answer", "staff", answer.body, staff_id=answer.staff_id, subject=answer.subject,
            next_step=answer.next_step,
        )  # fmt: skip
        copy.recourse, copy.copy_of_id = answer.recourse, answer.id
        case.state, case.answered_at = ANSWERED, now()
        in_time = case.due_on is None or today <= case.due_on
        record(case, "answered", actor, message=copy.id, main=main.radicado, in_time=in_time)
        given.append((case, copy))
    return given
