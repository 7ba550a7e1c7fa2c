"""An answer on its way to being sent: written by one person, approved by another, its questions ticked off."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select

from app.cases import guards, sending, texts
from app.cases.answering import Answer, answer
from app.cases.jobs import heads
from app.cases.models import Case
from app.cases.service import Seen, record, tell_officer
from app.cases.workflow import enter, needs
from app.cases.workflow_models import CaseDraft, CaseQuestion
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid

DRAFT, REVIEW, RETURNED, APPROVED = "draft", "review", "returned", "approved"
MAX_QUESTIONS = 40


@dataclass(frozen=True)
class Text:
    """What is written in a draft."""

    subject: str
    body: str
    next_step: str
    recourse: str = ""
    copies: tuple[str, ...] = ()


def draft_of(case_id: int) -> CaseDraft | None:
    return db.session.get(CaseDraft, case_id)


def questions_of(case_id: int) -> list[CaseQuestion]:
    return list(
        db.session.scalars(select(CaseQuestion).where(CaseQuestion.case_id == case_id).order_by(CaseQuestion.id))
    )


def set_questions(staff: Staff, site_id: int, case_id: int, texts: list[str], seen: Seen | None = None) -> None:
    """Write down what the petition asks, one by one; those that stay keep their tick. Art. 42."""
    wanted = list(dict.fromkeys(" ".join(text.split())[:500] for text in texts if text.strip()))[:MAX_QUESTIONS]
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        guards.can_prepare(at)
        ticked = {one.text for one in questions_of(case_id) if one.answered}
        db.session.execute(delete(CaseQuestion).where(CaseQuestion.case_id == case_id))
        db.session.add_all(CaseQuestion(case_id=case_id, text=text, answered=text in ticked) for text in wanted)
        record(at.case, "questions_set", staff.actor, public=False, number=len(wanted))


def tick(staff: Staff, site_id: int, case_id: int, answered: set[int]) -> None:
    """Mark which questions the text answers."""
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", None)
        guards.can_prepare(at)
        _tick(case_id, answered)


def _tick(case_id: int, answered: set[int]) -> None:
    for question in questions_of(case_id):
        question.answered = question.id in answered


def save(staff: Staff, site_id: int, case_id: int, text: Text, seen: Seen | None = None) -> None:
    """Keep the draft; who changes it is its author, and an approval of other words does not hold for these."""
    if text.recourse not in sending.RECOURSES:
        raise Invalid(fields={"recourse": ["errors.choice"]})
    copies = sending.addresses(text.copies)
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        guards.can_prepare(at)
        draft = draft_of(case_id)
        guards.can_change_draft(draft.state if draft else DRAFT)
        if draft is None:
            draft = CaseDraft(case_id=case_id, author_id=staff.id)
            db.session.add(draft)
        draft.author_id, draft.approver_id, draft.state = staff.id, None, DRAFT
        draft.subject, draft.body, draft.next_step = (
            text.subject.strip()[:200],
            text.body.strip(),
            text.next_step.strip(),
        )
        draft.recourse, draft.copies = text.recourse, "\n".join(copies)
        record(at.case, "drafted", staff.actor, public=False)


def submit(staff: Staff, site_id: int, case_id: int, seen: Seen | None = None) -> None:
    """Send the draft to review; those who approve for the office are told by mail."""
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        draft = _draft(at.case)
        guards.can_submit(draft.state)
        needs(subject=draft.subject, body=draft.body, next_step=draft.next_step)
        draft.state = REVIEW
        record(at.case, "draft_submitted", staff.actor, public=False)
        for user_id in heads(at.case) - {staff.id}:
            tell_officer(at.case, user_id, "draft_review")


def _draft(case: Case) -> CaseDraft:
    draft = draft_of(case.id)
    if draft is None:
        raise Invalid(fields={"body": ["errors.required"]})
    return draft


def review(staff: Staff, site_id: int, case_id: int, remarks: str, *, approve: bool, seen: Seen | None = None) -> None:
    """Approve a draft, or return it with remarks; never by its author."""
    if not approve:
        needs(remarks=remarks.strip())
    with write():
        at = enter(staff, site_id, case_id, "cases.approve", seen)
        draft = _draft(at.case)
        guards.can_review(draft.state, draft.author_id, staff.id)
        draft.state, draft.remarks = (APPROVED if approve else RETURNED), remarks.strip()
        draft.approver_id = staff.id if approve else None
        record(at.case, "draft_approved" if approve else "draft_returned", staff.actor, public=False)
        tell_officer(at.case, draft.author_id, "draft_approved" if approve else "draft_returned")


def send(
    staff: Staff, site_id: int, case_id: int, receipts: tuple[str, ...] = (), seen: Seen | None = None, *,
    shown: Text | None = None, answered: set[int] | None = None,
) -> int:  # fmt: skip
    """Send the approved draft as the answer, and a copy of the letter to each address that was reviewed.

    `shown` is what the page of the officer holds: other words than the approved ones are refused, and not dropped.
    `answered` are the questions ticked on it, since ticking one is no change of the text.
    """
    with write():
        at = enter(staff, site_id, case_id, "cases.answer", seen)
        draft = _draft(at.case)
        guards.can_send_draft(draft.state)
        if shown is not None:
            guards.can_send_these(_plain(shown) == _plain(_text_of(draft)))
        if answered is not None:
            _tick(case_id, answered)
        body = draft.body
        signed = texts.signature(staff, site_id, at.case.lang)
        if not body.endswith(signed):
            body = f"{body}\n\n{signed}"
        copies = tuple(draft.copies.split())
        return answer(
            staff, site_id, case_id,
            Answer(draft.subject, body, draft.next_step, receipts, draft.recourse, copies),
        )  # fmt: skip


def _text_of(draft: CaseDraft) -> Text:
    return Text(draft.subject, draft.body, draft.next_step, draft.recourse, tuple(draft.copies.split()))


def _plain(text: Text) -> Text:
    """Return a text without what a browser changes in it by itself: its ends, and how its lines end."""
    written = (text.subject, text.body, text.next_step)
    subject, body, following = (one.replace("\r\n", "\n").strip() for one in written)
    return Text(subject, body, following, text.recourse, tuple(sorted(one.casefold() for one in text.copies)))
