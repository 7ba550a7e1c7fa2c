"""What else an answer takes and brings: all questions ticked, its recourse named, its copies and its public notice."""

from __future__ import annotations

from sqlalchemy import select

from app.cases.guards import LawForbids
from app.cases.models import Case, CaseMessage
from app.cases.terms import terms_of
from app.cases.workflow_models import CaseDraft, CaseQuestion
from app.db import db
from app.sites.models import Site
from app.words import t

RECOURSES = ("", "appeal", "insistence")


def check(case: Case) -> None:
    """Refuse to send an answer that leaves a question out, or that waits for its review. Art. 42."""
    open_question = select(CaseQuestion.id).where(CaseQuestion.case_id == case.id, CaseQuestion.answered.is_(False))
    if db.session.scalar(open_question.limit(1)) is not None:
        raise LawForbids("question_unanswered", "Ley 1437 de 2011, art. 42")
    draft = db.session.get(CaseDraft, case.id)
    if draft is not None and draft.state == "review":
        raise LawForbids("draft_in_review", "")


def recourse_text(case: Case, recourse: str) -> str:
    """Return the paragraph that names the recourse, the authority and the time; "" where there is none.

    Without it the notice is not valid. Source: Ley 1437 de 2011, arts. 26, 67 and 76; Ley 142 de 1994, art. 154.
    """
    if not recourse:
        return ""
    site, terms = db.session.get_one(Site, case.site_id), terms_of(case.site_id)
    rule = terms.rule("recurrir" if recourse == "appeal" else "insistir", terms.today())
    which = "appeal_utility" if recourse == "appeal" and terms.regime == "utility" else recourse
    return t(f"workflow.recourse_text.{which}", case.lang, days=rule.days, citation=rule.citation, entity=site.entity)


def follow(case: Case, answer: CaseMessage, actor: str) -> None:
    """Do, inside the running write, what follows from an answer that was just recorded."""
    from app.cases import joining, notices

    gathered = joining.is_gathered(case.id)
    given = [(case, answer), *joining.spread(case, answer, actor)]
    for one, message in given:
        if one.identity == "anonymous" or (gathered and one.id == case.id):
            notices.publish(one, message, whole=True, actor=actor)
    draft = db.session.get(CaseDraft, case.id)
    if draft is not None:
        db.session.delete(draft)
