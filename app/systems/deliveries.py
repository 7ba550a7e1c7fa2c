"""The record of what other systems were told: shown, sent again by hand, forgotten after three months."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from app.audit import append_audit
from app.cases.models import Case, CaseEvent
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, NotFound
from app.systems.addresses import my_hook
from app.systems.models import FAILED, QUEUED, SENT, SystemHook, SystemSend
from app.systems.telling import queue

PAGE = 100
KEPT = timedelta(days=90)


def sends_of(site_id: int, hook_id: int | None = None) -> list[Any]:
    """Return the last tellings: (send, address, kind of event, radicado), what failed first; a test has no event."""
    query = (
        select(SystemSend, SystemHook.url, CaseEvent.kind, Case.radicado)
        .join(SystemHook, SystemHook.id == SystemSend.hook_id)
        .outerjoin(CaseEvent, CaseEvent.id == SystemSend.event_id)
        .outerjoin(Case, Case.id == CaseEvent.case_id)
        .where(SystemHook.site_id == site_id)
        .order_by((SystemSend.state == FAILED).desc(), SystemSend.id.desc())
        .limit(PAGE)
    )
    if hook_id is not None:
        query = query.where(SystemSend.hook_id == hook_id)
    return list(db.session.execute(query))


def send_again(staff: Staff, site_id: int, send_id: int) -> int:
    """Send once more what failed, or what the other side has lost, under the same number; return its address's."""
    staff.require("site.manage", site_id)
    with write():
        row = db.session.get(SystemSend, send_id, with_for_update=True)
        if row is None:
            raise NotFound
        hook = my_hook(site_id, row.hook_id)
        if row.state == QUEUED or not hook.active:
            raise Conflict("systems.errors.not_active")
        row.state, row.again = QUEUED, row.again + 1
        row.attempts, row.try_at, hook.resume_at = 0, None, None
        queue(hook.id, f"{row.id}.{row.again}.again")
        append_audit(site_id, staff.actor, "systems.sent_again", f"send:{row.id}")
        return hook.id


def forget(_payload: dict[str, Any]) -> None:
    """Drop what was told three months ago; a daily job."""
    with write():
        db.session.execute(delete(SystemSend).where(SystemSend.state == SENT, SystemSend.sent_at < now() - KEPT))
