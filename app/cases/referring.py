"""A petition that repeats one already answered: the answer refers to that one, and brings it along."""

from __future__ import annotations

from sqlalchemy import select

from app.cases.answering import Answer, answer
from app.cases.guards import can_prepare
from app.cases.joining import case_named
from app.cases.models import ANSWERED, ARCHIVED, NOTIFIED, Case, CaseMessage, CaseParty
from app.cases.service import Seen, record
from app.cases.terms import terms_of
from app.cases.ties import is_tied, let_go
from app.cases.workflow import enter, needs
from app.cases.workflow_models import REPEATS, CaseLink
from app.console.roles import Staff
from app.dates import date_words
from app.db import db, write
from app.errors import Invalid
from app.words import t


def refer(staff: Staff, site_id: int, case_id: int, radicado: str, reason: str, seen: Seen | None = None) -> int:
    """Answer by what was answered before, to the same person and on the same matter.

    Not for rights that never lapse, nor where what was missing then is here now: that is the officer's to say, in the
    reason that the person reads. Source: Ley 1437 de 2011, art. 19.
    """
    needs(radicado=radicado.strip(), reason=reason.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        can_prepare(at)
        before = case_named(site_id, radicado)
        said = _answer_of(before) if before is not None and before.id != case_id else None
        if before is None or said is None or not _same_person(at.case, before):
            raise Invalid(fields={"radicado": ["workflow.errors.repeated"]})
        lang, zone = at.case.lang, terms_of(site_id).zone
        facts = {
            "radicado": before.radicado, "number": said.radicado or before.radicado,
            "date": date_words(said.created_at, lang, zone),
        }  # fmt: skip
        body = "\n\n".join((reason.strip(), t("workflow.letter.referred", lang, **facts), said.body))
        if not is_tied(case_id):
            let_go(case_id)
            db.session.add(CaseLink(case_id=case_id, main_id=before.id, kind=REPEATS))
        given = Answer(t("workflow.letter.referred_subject", lang, **facts), body, said.next_step)
        message = answer(staff, site_id, case_id, given)
        record(at.case, "referred", staff.actor, main=before.radicado)
        return message


def _answer_of(before: Case) -> CaseMessage | None:
    if before.state not in (ANSWERED, NOTIFIED, ARCHIVED):
        return None
    answers = select(CaseMessage).where(CaseMessage.case_id == before.id, CaseMessage.kind == "answer")
    return db.session.scalars(answers.order_by(CaseMessage.id.desc())).first()


def _same_person(one: Case, other: Case) -> bool:
    """Whether both were brought by one person, by their document or their mail; of nobody known it can't be said."""
    a, b = db.session.get(CaseParty, one.id), db.session.get(CaseParty, other.id)
    if a is None or b is None:
        return False
    same_document = a.document_number != "" and (a.document_type, a.document_number) == (
        b.document_type, b.document_number,
    )  # fmt: skip
    return same_document or (a.email != "" and a.email == b.email)
