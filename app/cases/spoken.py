"""An answer that was given aloud, at the counter or by telephone: what was said is written down, and it is notified."""

from __future__ import annotations

from app.cases import sending
from app.cases.models import NOTIFIED, OPEN, CaseMessage
from app.cases.service import ClosedCase, add_message, meet, record, staff_case
from app.clock import now
from app.console.roles import Staff
from app.db import db, write


def answer_aloud(staff: Staff, site_id: int, case_id: int, said: str, next_step: str) -> int:
    """Write down an answer that the person has just heard: the clock is met, since who hears it is notified.

    Where the law wants a recourse named, its paragraph is added and must be read out too. An office whose answers need
    an approval gives none aloud. Source: Decreto 1069 de 2015, art. 2.2.3.12.2 (Decreto 1166 de 2016).
    """
    with write():
        case = staff_case(staff, site_id, case_id, "cases.answer", lock=True)
        if case.state not in OPEN:
            raise ClosedCase
        sending.check(case)
        recourse = sending.recourse_of(case, "")
        body = "\n\n".join(part for part in (said.strip(), sending.recourse_text(case, recourse)) if part)
        message: CaseMessage = add_message(
            case, "answer", "staff", body, staff_id=staff.id, subject=case.subject[:120], next_step=next_step
        )
        message.recourse, message.read_at = recourse, now()
        case.state, case.answered_at, case.notified_at = NOTIFIED, now(), now()
        meet(case)
        record(case, "answered", staff.actor, message=message.id, in_time=True)
        record(case, "delivered", staff.actor, how="spoken")
        db.session.flush()
        return message.id
