"""How an answer reaches whom no mail reaches: by letter, in person, by telephone, or by a notice."""

from __future__ import annotations

from sqlalchemy import select

from app.cases import guards, notices
from app.cases.effect import take_effect
from app.cases.models import CaseMessage
from app.cases.service import Seen, add_message, record
from app.cases.workflow import enter, needs
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid

WAYS = ("postal", "in_person", "phone")


def deliver(staff: Staff, site_id: int, case_id: int, way: str, proof: str, seen: Seen | None = None) -> None:
    """Record that the answer reached the person by other means than the page; from now it is notified.

    The proof is a guide's number, a signed copy's, or who took the call. Source: Ley 1437 de 2011, arts. 66 to 69.
    """
    if way not in WAYS:
        raise Invalid(fields={"way": ["errors.choice"]})
    needs(proof=proof.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        guards.can_deliver(at)
        take_effect(at.case, now(), staff.actor)
        note = add_message(at.case, "note", "staff", proof.strip(), staff_id=staff.id)
        record(at.case, "delivered", staff.actor, how=way, message=note.id)


def put_on_board(staff: Staff, site_id: int, case_id: int, seen: Seen | None = None) -> None:
    """Publish a notice of an answer where no address is known or the mail came back. Source: art. 69."""
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        guards.can_put_on_board(at, notices.hangs(case_id))
        answer = db.session.scalars(
            select(CaseMessage)
            .where(CaseMessage.case_id == case_id, CaseMessage.kind.in_(("answer", "act")))
            .order_by(CaseMessage.id.desc())
        ).first()
        assert answer is not None  # what was decided was written
        notices.publish(at.case, answer, whole=at.case.identity == "anonymous", actor=staff.actor)
