"""Whether what a document of a case says still stands: anybody who verifies it must not rely on what was undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.cases.models import ANNULLED, Case, CaseEvent, CaseMessage
from app.db import db

DECISIONS = ("answer", "act")


@dataclass(frozen=True)
class Fallen:
    """Why a document does not stand: "annulled", "undone" or "replaced"; since when, and the number that stands now."""

    why: str
    since: datetime | None
    number: str = ""


def fallen(source: str, source_id: int) -> Fallen | None:
    """Return why a document of this source does not stand any more; None where it does, or is of no case."""
    message = db.session.get(CaseMessage, source_id) if source == "case_letter" else None
    case_id = message.case_id if message is not None else source_id if source == "case" else None
    case = db.session.get(Case, case_id) if case_id is not None else None
    if case is None:
        return None
    if case.state == ANNULLED:
        return Fallen("annulled", case.closed_at)
    if message is None:
        return None
    reopened = select(CaseEvent.at).where(
        CaseEvent.case_id == case.id, CaseEvent.kind == "reopened", CaseEvent.at > message.created_at
    )
    undone = list(db.session.scalars(reopened.order_by(CaseEvent.id)))
    if not undone:
        return None
    # One that fell too is not what stands.
    later = select(CaseMessage.radicado).where(
        CaseMessage.case_id == case.id, CaseMessage.kind.in_(DECISIONS), CaseMessage.created_at > undone[-1]
    )
    number = db.session.scalar(later.order_by(CaseMessage.id.desc()).limit(1)) or ""
    return Fallen("replaced" if number else "undone", undone[0], number)
