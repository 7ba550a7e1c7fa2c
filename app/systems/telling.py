"""What other systems are told, queued in the transaction of what they are told of: an outbox, like that of mail."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from datetime import datetime

from flask import current_app
from sqlalchemy import select

from app.audit import append_audit
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict
from app.systems.addresses import my_hook
from app.systems.models import QUEUED, SystemHook, SystemSend

SEND = "systems.send"
# What is told; notes, reveals and reminders stay in the house.
TOLD = frozenset((
    "radicated", "assigned", "required", "completed", "returned", "extended", "transferred", "answered", "notified",
    "delivered", "withdrawn", "rejected", "lapsed", "reopened", "archived", "annulled", "expired",
))  # fmt: skip


def listeners(site_id: int) -> tuple[int, ...]:
    """Return the addresses that are told what happens on a site; they may be kept under the site's stamp."""
    query = select(SystemHook.id).where(SystemHook.site_id == site_id, SystemHook.active).order_by(SystemHook.id)
    return tuple(db.session.scalars(query))


def tell(hook_ids: Collection[int], event: Callable[[], int]) -> None:
    """Queue one line of a timeline for each address, inside the running write; `event` finds the line's number."""
    if hook_ids:
        event_id = event()
        for hook_id in hook_ids:
            _add(hook_id, event_id)


def send_test(staff: Staff, site_id: int, hook_id: int) -> int:
    """Queue a call that tells of nothing, so that the other side can try its check; return its number."""
    staff.require("site.manage", site_id)
    with write():
        if not my_hook(site_id, hook_id).active:
            raise Conflict("systems.errors.not_active")
        send_id = _add(hook_id, None)
        append_audit(site_id, staff.actor, "systems.tested", f"hook:{hook_id}")
        return send_id


def _add(hook_id: int, event_id: int | None) -> int:
    row = SystemSend(hook_id=hook_id, event_id=event_id, number=f"msg_{secrets.token_urlsafe(18)}", state=QUEUED)
    db.session.add(row)
    db.session.flush()
    queue(hook_id, f"{row.id}.0")
    return row.id


def queue(hook_id: int, turn: str, at: datetime | None = None) -> None:
    """Queue a look at what waits for an address inside the running write; the same turn asked for twice is one."""
    jobs = current_app.extensions["ventanilla"].jobs
    jobs.enqueue(SEND, {"hook": hook_id}, dedupe=f"{SEND}:{hook_id}:{turn}", at=at)
