"""What a case looks like to the person who holds its code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from app.cases import children, guards, letters, recourse, reserve, workflow
from app.cases.count_words import kept_words, moved_words, told_as
from app.cases.effect import may_withdraw_consent
from app.cases.filing import say_count
from app.cases.models import (
    ANNULLED,
    ANSWERED,
    ARCHIVED,
    NOTIFIED,
    OPEN,
    REQUIRED,
    RETURNED,
    TRANSFERRED,
    WITHDRAWN,
    Case,
    CaseClock,
    CaseEvent,
    CaseMessage,
)
from app.cases.silence import silence_on
from app.cases.terms import Terms, terms_of
from app.dates import date_words, datetime_words
from app.db import db
from app.files import FileInfo, files_of, find_file
from app.participation import offers
from app.sites.models import Office
from app.words import find, t

# Ended, and not by an answer.
ENDED = (ANNULLED, WITHDRAWN, TRANSFERRED, *guards.BY_ACT)


def for_person(case: Case, lang: str) -> dict[str, Any]:
    """Return state, dates, timeline and messages in plain words; notes and names of staff stay inside."""
    terms = terms_of(case.site_id)
    clock = db.session.scalar(select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.name == "answer"))
    # Nobody answers what ended in another way: a date, or a count that leads to one, would promise it.
    ended = case.state in ENDED
    explanation = terms.explain_clock(clock) if clock and not ended else None
    words = find("count", lang)
    kept_on = kept_words(explanation, case.due_on, words, lang) if explanation else ""
    office = db.session.get_one(Office, case.office_id)
    messages: Sequence[CaseMessage] = db.session.scalars(
        select(CaseMessage).where(CaseMessage.case_id == case.id, CaseMessage.kind != "note").order_by(CaseMessage.id)
    ).all()
    timeline = db.session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.public).order_by(CaseEvent.id)
    ).all()
    # What is reserved is examined by nobody, by whatever door (art. 36).
    kept = reserve.folder_of(case.id)
    messages = [message for message in messages if message.id not in kept.messages]
    attached = letters.letters_of(list(messages))
    return {
        "radicado": case.radicado,
        "kind_title": t(f"kinds.{case.kind}.title", lang),
        "subject": case.subject,
        "body": t("cases.page.reserved", lang) if kept.petition else case.body,
        "state": case.state,
        "state_text": t(f"cases.state.{case.state}", lang),
        "office": office.name,
        "received_at": case.received_at.isoformat(),
        "radicated_on": case.radicated_on.isoformat(),
        "due_on": case.due_on.isoformat() if case.due_on and not ended else None,
        "count": [*say_count(explanation, lang), *filter(None, [kept_on])] if explanation else [],
        "files": [_file(file) for file in kept.open_files(files_of("case", [case.id]).get(case.id, []))],
        "timeline": [
            {
                "at": event.at.isoformat(),
                "at_text": datetime_words(event.at, lang, terms.zone),
                "text": _event_text(event, words, lang),
            }
            for event in timeline
        ],
        "messages": [
            {
                "author": message.author,
                "kind": message.kind,
                "subject": message.subject,
                "body": message.body,
                "next_step": message.next_step,
                "radicado": message.radicado,
                "at": message.created_at.isoformat(),
                "at_text": datetime_words(message.created_at, lang, terms.zone),
                "files": [_file(file) for file in kept.open_files(attached.get(message.id, []))],
            }
            for message in messages
        ],
        "can": {
            "add": case.state != ANNULLED,
            "withdraw": case.state in OPEN,
            "consent": may_withdraw_consent(case),
            "time": _may_ask(case),
            "appeal": recourse.may(case, "appeal"),
            "insist": recourse.may(case, "insistence"),
            "rate": case.state in (ANSWERED, NOTIFIED, ARCHIVED) and case.answered_at is not None,
        },
        "linked": children.linked(case, lang),
        "offers": offers.offers(case.site_id, offers.CASE, case.tags, lang) if case.answered_at else [],
        "late": _late(case, lang, terms),
        "request": _request(case, messages, lang, terms.today()),
        "rating": case.rating,
    }


def _event_text(event: CaseEvent, words: Any, lang: str) -> str:
    text = t(f"cases.event.{told_as(event.kind, event.data)}", lang)
    moved = moved_words(event.data, words, lang)
    return f"{text} ({moved})" if moved else text


def _late(case: Case, lang: str, terms: Terms) -> str:
    """Return what a person may do whose term has passed without an answer; "" for any other (arts. 23 and 83)."""
    if case.state not in OPEN or case.due_on is None or case.due_on >= terms.today():
        return ""
    silent_on = silence_on(case, terms)
    return t("cases.page.late", lang, date=date_words(silent_on, lang) if silent_on else "–")


def _may_ask(case: Case) -> bool:
    try:
        guards.can_ask_for_time(workflow.situation(case))
    except guards.LawForbids:
        return False
    return True


def _request(case: Case, messages: Sequence[CaseMessage], lang: str, today: date) -> dict[str, Any] | None:
    """Return what the entity waits for from the person and until when; None where it waits for nothing."""
    if case.state not in (REQUIRED, RETURNED):
        return None
    name = "completion" if case.state == REQUIRED else "clarification"
    clock = db.session.scalars(select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.name == name)).one()
    assert clock.due_on is not None  # neither of the two is ever suspended
    asked = next((message.body for message in reversed(messages) if message.kind == "request"), "")
    return {
        "kind": case.state,
        "body": asked,
        "until": clock.due_on.isoformat(),
        "until_text": date_words(clock.due_on, lang),
        "over": clock.due_on < today,
    }


def _file(file: FileInfo) -> dict[str, Any]:
    return {**file.public(), "token": str(file.id)}


def file_of_case(case: Case, file_id: int) -> FileInfo | None:
    """Return a file of this case that its filer may read: what came with it, and what was written to them."""
    if file_id in reserve.folder_of(case.id).files:
        return None
    mine = select(CaseMessage).where(CaseMessage.case_id == case.id, CaseMessage.kind != "note")
    return find_file(file_id, "case", [case.id]) or letters.find_file(file_id, list(db.session.scalars(mine)))
