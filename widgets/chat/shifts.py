"""Advisers on duty: check-in with what was tried before it, availability, the lease of an open desk, news (S3-21)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict
from widgets.chat import log
from widgets.chat.assigning import assign_waiting
from widgets.chat.hours import LEASE
from widgets.chat.models import ChatConversation, ChatShift, ChatShiftNote

_BEAT_EVERY = timedelta(seconds=15)


def my_shift(staff_id: int, site_id: int) -> ChatShift | None:
    query = select(ChatShift).where(
        ChatShift.site_id == site_id, ChatShift.staff_id == staff_id, ChatShift.ended_at.is_(None)
    )
    return db.session.scalar(query.order_by(ChatShift.id.desc()).limit(1))


def check_in(staff: Staff, site_id: int, most: int = 4, checks: dict[str, bool] | None = None) -> int:
    """Begin a shift with what was tried before it (S3-21), and take what waits."""
    staff.require("chat.answer", site_id)
    with write():
        shift = my_shift(staff.id, site_id)
        if shift is None:
            shift = ChatShift(site_id=site_id, staff_id=staff.id)
            db.session.add(shift)
            append_audit(site_id, staff.actor, "chat.checked_in", f"staff:{staff.id}", checks=checks or {})
        shift.most, shift.checks, shift.available, shift.seen_at = most, checks or {}, True, now()
        db.session.flush()
        assign_waiting(site_id)
        log.queue_changed(site_id)
        return shift.id


def check_out(staff: Staff, site_id: int) -> None:
    """End the shift; conversations that are still open go back to the queue."""
    with write():
        shift = my_shift(staff.id, site_id)
        if shift is None:
            return
        shift.ended_at = now()
        mine = select(ChatConversation).where(
            ChatConversation.site_id == site_id,
            ChatConversation.staff_id == staff.id,
            ChatConversation.state == "open",
        )
        for conversation in db.session.scalars(mine.with_for_update()):
            conversation.state, conversation.staff_id = "waiting", None
            log.add(conversation, "requeued", data={"why": "shift"})
        append_audit(site_id, staff.actor, "chat.checked_out", f"staff:{staff.id}")
        db.session.flush()
        assign_waiting(site_id)
        log.queue_changed(site_id)


def set_available(staff: Staff, site_id: int, available: bool) -> None:
    with write():
        shift = my_shift(staff.id, site_id)
        if shift is None:
            raise Conflict("chat.errors.check-in-first")
        shift.available, shift.seen_at = available, now()
        db.session.flush()
        assign_waiting(site_id)
        log.queue_changed(site_id)


def beat(staff_id: int, site_id: int) -> None:
    """Renew the lease of an open desk."""
    shift = my_shift(staff_id, site_id)
    if shift is None or now() - shift.seen_at < _BEAT_EVERY:
        return
    shift_id, was_away = shift.id, now() - shift.seen_at > LEASE
    with write():
        db.session.get_one(ChatShift, shift_id).seen_at = now()
        if was_away:
            db.session.flush()
            assign_waiting(site_id)
            log.queue_changed(site_id)


def add_shift_note(staff: Staff, site_id: int, body: str, hours: int) -> None:
    staff.require("chat.answer", site_id)
    with write():
        db.session.add(
            ChatShiftNote(site_id=site_id, staff_id=staff.id, body=body, until=now() + timedelta(hours=hours))
        )
        log.queue_changed(site_id)
