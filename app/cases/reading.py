"""What a case looks like to the person who holds its code."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.cases.filing import say_count
from app.cases.models import ANSWERED, ARCHIVED, NOTIFIED, OPEN, REQUIRED, Case, CaseClock, CaseEvent, CaseMessage
from app.cases.terms import terms_of
from app.dates import datetime_words
from app.db import db
from app.files import FileInfo, files_of
from app.sites.models import Office
from app.words import t


def for_person(case: Case, lang: str) -> dict[str, Any]:
    """Return state, dates, timeline and messages in plain words; notes and names of staff stay inside."""
    terms = terms_of(case.site_id)
    clock = db.session.scalar(select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.name == "answer"))
    explanation = terms.explain_clock(clock) if clock else None
    office = db.session.get_one(Office, case.office_id)
    messages = db.session.scalars(
        select(CaseMessage).where(CaseMessage.case_id == case.id, CaseMessage.kind != "note").order_by(CaseMessage.id)
    ).all()
    timeline = db.session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.public).order_by(CaseEvent.id)
    ).all()
    attached = files_of("case_message", [message.id for message in messages])
    return {
        "radicado": case.radicado,
        "kind_title": t(f"kinds.{case.kind}.title", lang),
        "subject": case.subject,
        "body": case.body,
        "state": case.state,
        "state_text": t(f"cases.state.{case.state}", lang),
        "office": office.name,
        "received_at": case.received_at.isoformat(),
        "radicated_on": case.radicated_on.isoformat(),
        "due_on": case.due_on and case.due_on.isoformat(),
        "count": say_count(explanation, lang) if explanation else [],
        "files": [_file(file) for file in files_of("case", [case.id]).get(case.id, [])],
        "timeline": [
            {
                "at": event.at.isoformat(),
                "at_text": datetime_words(event.at, lang, terms.zone),
                "text": t(f"cases.event.{event.kind}", lang),
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
                "at": message.created_at.isoformat(),
                "at_text": datetime_words(message.created_at, lang, terms.zone),
                "files": [_file(file) for file in attached.get(message.id, [])],
            }
            for message in messages
        ],
        "can": {
            "add": True,
            "withdraw": case.state in OPEN,
            "time": case.state == REQUIRED,
            "rate": case.state in (ANSWERED, NOTIFIED, ARCHIVED) and case.answered_at is not None,
        },
        "rating": case.rating,
    }


def _file(file: FileInfo) -> dict[str, Any]:
    return {**file.public(), "token": str(file.id)}


def file_of_case(case: Case, file_id: int) -> FileInfo | None:
    """Return a file of this case that its filer may read: what came with it, and what was written to them."""
    from app.files import find_file

    messages = db.session.scalars(
        select(CaseMessage.id).where(CaseMessage.case_id == case.id, CaseMessage.kind != "note")
    ).all()
    return find_file(file_id, "case", [case.id]) or find_file(file_id, "case_message", messages)
