"""Which cases hang on which: what one answer answers, and by when the first of them must have it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import aliased

from app.cases.models import OPEN, Case
from app.cases.workflow_models import MERGED, SINGLE, CaseLink
from app.db import db

# Ties by which the answer of one case answers another.
TOGETHER = (MERGED, SINGLE)


def joined_to(case_id: int) -> list[Case]:
    """Return the open cases that the answer of this one answers too."""
    query = select(Case).join(CaseLink, CaseLink.case_id == Case.id).where(*_joined(case_id))
    return list(db.session.scalars(query.order_by(Case.id)))


def first_due(case_id: int) -> date | None:
    """Return the earliest date of the cases that the answer of this one answers too."""
    query = select(func.min(Case.due_on)).join(CaseLink, CaseLink.case_id == Case.id).where(*_joined(case_id))
    return db.session.scalar(query)


def _joined(case_id: int) -> tuple[ColumnElement[bool], ...]:
    return CaseLink.main_id == case_id, CaseLink.kind.in_(TOGETHER), Case.state.in_(OPEN)


def main_of(case_id: int) -> Case | None:
    """Return the open case whose answer will answer this one, locked: its target follows from what becomes of this."""
    query = select(Case).join(CaseLink, CaseLink.main_id == Case.id).with_for_update(of=Case)
    return db.session.scalar(
        query.where(CaseLink.case_id == case_id, CaseLink.kind.in_(TOGETHER), Case.state.in_(OPEN))
    )


def ties_of(case_id: int) -> list[tuple[str, str, Case]]:
    """Return the cases that this one hangs on ("to") and those that hang on it ("from"), each with the kind of tie."""
    found = []
    hangs = (CaseLink.case_id == case_id, Case.id == CaseLink.main_id)
    holds = (CaseLink.main_id == case_id, Case.id == CaseLink.case_id)
    for pair, way in ((hangs, "to"), (holds, "from")):
        query = select(CaseLink.kind, Case).join(Case, pair[1]).where(pair[0]).order_by(CaseLink.id).limit(50)
        found += [(kind, way, other) for kind, other in db.session.execute(query)]
    return found


def hangs(case_id: int) -> bool:
    """Whether the case hangs on another; not on one that ended without answering it."""
    return _any((CaseLink.case_id == case_id) & ~_left_alone(case_id))


def is_tied(case_id: int) -> bool:
    """Whether the case hangs on another, or others on it."""
    holds = (CaseLink.main_id == case_id) & CaseLink.kind.in_(TOGETHER)
    return hangs(case_id) or _any(holds)


def is_gathered(case_id: int) -> bool:
    return _any((CaseLink.main_id == case_id) & (CaseLink.kind == SINGLE))


def _any(condition: ColumnElement[bool]) -> bool:
    return db.session.scalar(select(CaseLink.id).where(condition).limit(1)) is not None


def let_go(case_id: int) -> None:
    """Untie, inside the running write, a case whose main one ended without answering it: it can be joined again."""
    db.session.execute(delete(CaseLink).where(_left_alone(case_id)).execution_options(synchronize_session=False))


def _left_alone(case_id: int) -> ColumnElement[bool]:
    main, own = aliased(Case), aliased(Case)
    ended = exists().where(main.id == CaseLink.main_id, main.state.not_in(OPEN))
    waits = exists().where(own.id == case_id, own.state.in_(OPEN))
    return (CaseLink.case_id == case_id) & CaseLink.kind.in_(TOGETHER) & ended & waits
