"""What else an answer takes and brings: all questions ticked, its recourse named, its copies and its public notice."""

from __future__ import annotations

from collections.abc import Iterable

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select

from app.cases.guards import LawForbids
from app.cases.models import Case, CaseMessage
from app.cases.service import record
from app.cases.terms import terms_of
from app.cases.workflow_models import CaseDraft, CaseQuestion
from app.db import db
from app.documents import attachment
from app.errors import Invalid
from app.mail import outbox
from app.sites.models import Office, Site
from app.words import t

RECOURSES = ("", "appeal", "insistence")
# Answers of a utility that may always be appealed; of an appeal itself there is no other.
APPEALABLE = ("reclamo_facturacion", "peticion_general", "peticion_particular", "queja", "reclamo")


def check(case: Case) -> None:
    """Refuse to send an answer that leaves a question out, or that waits for its review. Art. 42."""
    open_question = select(CaseQuestion.id).where(CaseQuestion.case_id == case.id, CaseQuestion.answered.is_(False))
    if db.session.scalar(open_question.limit(1)) is not None:
        raise LawForbids("question_unanswered", "Ley 1437 de 2011, art. 42")
    draft = db.session.get(CaseDraft, case.id)
    if draft is not None and draft.state == "review":
        raise LawForbids("draft_in_review", "")
    if asks_review(case.office_id) and (draft is None or draft.state != "approved"):
        raise LawForbids("review_required", "")


def asks_review(office_id: int) -> bool:
    """Return whether every answer of this office must be approved by somebody else before it leaves (S4-21)."""
    return bool(db.session.scalar(select(Office.asks_review).where(Office.id == office_id)))


def addresses(typed: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses of copies, each once and as it is written on a mail; Invalid for what is none."""
    found = []
    for address in typed:
        try:
            found.append(validate_email(address.strip(), check_deliverability=False).normalized)
        except EmailNotValidError as error:
            raise Invalid(fields={"copies": ["errors.email"]}) from error
    return tuple(dict.fromkeys(found))[:10]


def recourse_of(case: Case, chosen: str) -> str:
    """Return what the answer tells the person they may bring: what was chosen, or what a utility must always say.

    Each answer of a utility to what its silence would grant prints the appeal of five days (Ley 142 de 1994, art. 154).
    """
    if not chosen and terms_of(case.site_id).regime == "utility" and case.kind in APPEALABLE:
        return "appeal"
    return chosen


def recourse_text(case: Case, recourse: str) -> str:
    """Return the paragraph that names the recourse, the authority and the time; "" where there is none.

    Besides those of an answer there is "reposition", the only one against a tacit withdrawal (art. 17).

    Without it the notice is not valid. Source: Ley 1437 de 2011, arts. 26, 67 and 76; Ley 142 de 1994, art. 154.
    """
    if not recourse:
        return ""
    site, terms = db.session.get_one(Site, case.site_id), terms_of(case.site_id)
    rule = terms.rule("insistir" if recourse == "insistence" else "recurrir", terms.today())
    which = "appeal_utility" if recourse == "appeal" and terms.regime == "utility" else recourse
    return t(f"workflow.recourse_text.{which}", case.lang, days=rule.days, citation=rule.citation, entity=site.entity)


def with_nature(case: Case, body: str) -> str:
    """Return the text of an answer with what must be said of it: that of a consultation binds nobody (art. 28)."""
    if case.kind != "consulta" or "artículo 28" in body or "art. 28" in body:
        return body
    return f"{body}\n\n{t('workflow.letter.not_binding', case.lang)}"


def copy(case: Case, answer: CaseMessage, copies: Iterable[str], letter: int, actor: str) -> None:
    """Queue the letter for everybody else who must know, each by a mail of their own (S4-9, S4-10)."""
    site, addresses = db.session.get_one(Site, case.site_id), list(copies)
    body = "\n\n".join((answer.body, answer.next_step, site.entity))
    for address in addresses:
        outbox.enqueue(
            site, address, answer.subject, body, source="case_copy", source_id=case.id,
            attachments=[attachment(letter)], by_hand=True,
        )  # fmt: skip
    if addresses:
        record(case, "copied", actor, public=False, number=len(addresses))
