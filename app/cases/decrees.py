"""A petition that ends by a signed act instead of an answer: with its recourse, its letter and its notice in person."""

from __future__ import annotations

from app.cases import guards, letters, notices, sending
from app.cases.guards import Situation
from app.cases.models import LAPSED
from app.cases.service import Seen, add_message, meet, record, tell_person
from app.cases.tasks import DELIVERY, LAPSE, add_task, close_tasks
from app.cases.workflow import enter, needs
from app.clock import now
from app.console.roles import Staff
from app.db import write
from app.words import t


def end_by_act(at: Situation, staff: Staff, state: str, text: str, *, act: str = "", recourse: str) -> int:
    """End a case by an act, inside the running write, and return the number of what was said.

    Its letter names the recourse (art. 67); an anonymous person gets it by the notice board, and without consent to
    electronic notice somebody has to bring it (arts. 67 to 69). The days of the recourse run from the notice.
    """
    case = at.case
    case.state, case.closed_at = state, now()
    meet(case)
    body = f"{text.strip()}\n\n{sending.recourse_text(case, recourse)}"
    following = t("workflow.letter.act_next", case.lang)
    message = add_message(
        case, "act", "staff", body, staff_id=staff.id, subject=act.strip()[:200], next_step=following
    )  # fmt: skip
    message.recourse = recourse
    letter = letters.write_letter(staff, case, message, text.strip())
    tell_person(case, "act", letter=letter.id)
    if case.identity == "anonymous":
        notices.publish(case, message, whole=True, actor=staff.actor)
    elif not case.electronic_consent:
        add_task(case, DELIVERY)
    return message.id


def decree_withdrawal(staff: Staff, site_id: int, case_id: int, act: str, text: str, seen: Seen | None = None) -> None:
    """Archive by a reasoned, signed act what was never completed; only reposición against it, within ten days.

    Never automatic: it takes an act's number, its text and a supervisor. Source: Ley 1437 de 2011, arts. 17 and 19.
    """
    needs(act=act.strip(), text=text.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.supervise", seen)
        guards.can_decree_withdrawal(at)
        close_tasks(at.case, LAPSE, staff.actor)
        message = end_by_act(at, staff, LAPSED, text, act=act, recourse="reposition")
        record(at.case, "lapsed", staff.actor, message=message, act=act.strip()[:80])
