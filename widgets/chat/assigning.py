"""Who gets the next conversation: fewest open, then longest idle, within the office and the adviser's own maximum."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from app.clock import now
from app.console.auth import staff_of
from app.console.roles import Staff
from app.db import db
from widgets.chat import log
from widgets.chat.hours import on_duty
from widgets.chat.models import ChatConversation, ChatShift


def assign_waiting(site_id: int) -> int:
    """Give waiting conversations to advisers in the running write, first come first served; returns how many."""
    shifts = [shift for shift in on_duty(site_id) if shift.available]
    if not shifts:
        return 0
    query = select(ChatConversation).where(ChatConversation.site_id == site_id, ChatConversation.state == "waiting")
    waiting = list(
        db.session.scalars(query.order_by(ChatConversation.started_at, ChatConversation.id).with_for_update())
    )
    if not waiting:
        return 0
    load, people = open_counts(site_id), {shift.staff_id: staff_of(shift.staff_id) for shift in shifts}
    given = 0
    for conversation in waiting:
        able = [
            shift
            for shift in shifts
            if load[shift.staff_id] < shift.most
            and people[shift.staff_id].can("chat.answer", site_id, conversation.office_id)
        ]
        if able:
            shift = min(able, key=lambda shift: (load[shift.staff_id], shift.given_at or shift.began_at, shift.id))
            give(conversation, people[shift.staff_id], shift)
            load[shift.staff_id] += 1
            given += 1
    if given:
        log.queue_changed(site_id)
    return given


def open_counts(site_id: int) -> Counter[int]:
    rows = db.session.execute(
        select(ChatConversation.staff_id, func.count())
        .where(ChatConversation.site_id == site_id, ChatConversation.state == "open")
        .group_by(ChatConversation.staff_id)
    )
    return Counter({staff_id: count for staff_id, count in rows if staff_id is not None})


def give(conversation: ChatConversation, staff: Staff, shift: ChatShift | None) -> None:
    """Put a conversation on an adviser's desk."""
    conversation.staff_id, conversation.state = staff.id, "open"
    conversation.assigned_at = conversation.assigned_at or now()
    if shift is not None:
        shift.given_at = now()
    log.add(conversation, "assigned", staff_id=staff.id, data={"name": staff.name})
