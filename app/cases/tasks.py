"""What waits for an officer's hand on a case, and the mails that came back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.cases.models import OPEN, REQUIRED, RETURNED, Case
from app.cases.service import record
from app.cases.workflow_models import CaseTask
from app.clock import now
from app.db import db, write

BOUNCE, REJECTION, DELIVERY, LAPSE = "bounce", "rejection", "delivery", "lapse"


# What a person no longer has to decide once the case has left these states.
DECIDED_IN = {LAPSE: (REQUIRED, RETURNED), REJECTION: OPEN}


def waiting(case: Case) -> list[CaseTask]:
    """Return what waits for a hand on a case as it stands now."""
    return [task for task in open_tasks(case.id) if case.state in DECIDED_IN.get(task.kind, (case.state,))]


def open_tasks(case_id: int, kind: str = "") -> list[CaseTask]:
    query = select(CaseTask).where(CaseTask.case_id == case_id, CaseTask.done_at.is_(None)).order_by(CaseTask.id)
    return list(db.session.scalars(query.where(CaseTask.kind == kind) if kind else query))


def add_task(case: Case, kind: str, **data: Any) -> None:
    db.session.add(CaseTask(case_id=case.id, kind=kind, data=data))


def close_tasks(case: Case, kind: str, actor: str) -> None:
    for task in open_tasks(case.id, kind):
        task.done_at, task.done_by = now(), actor


def note_report(mail_id: int, source: str, source_id: int | None, kind: str, **_more: Any) -> None:
    """Open the same task where the report came later, as a mail of the other server; a complaint is none."""
    if kind != "complaint":
        note_bounce(mail_id, source, source_id)


def note_bounce(mail_id: int, source: str, source_id: int | None) -> None:
    """Open a task where a mail to the person could not be delivered: an answer is then not notified.

    The officer reaches them by letter, by telephone or by a notice. Source: Ley 1437 de 2011, arts. 67 to 69.
    """
    if source not in ("case", "case_copy") or source_id is None:
        return
    with write():
        case = db.session.get(Case, source_id, with_for_update=True)
        if case is None:
            return
        # A copy, or what went to another entity, notifies nobody: it stands on the case until somebody sends it again.
        if source == "case" and not open_tasks(case.id, BOUNCE):
            add_task(case, BOUNCE, mail=mail_id)
        record(case, "mail_failed", "system", public=False, mail=mail_id)
