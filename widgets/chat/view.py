"""What the desk shows: shift, queue, one's own conversations, others', tasks, colleagues, news, scripts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.clock import now
from app.console.models import Grant, User
from app.console.roles import Staff
from app.db import db
from app.sites.service import offices
from widgets.chat.assigning import open_counts
from widgets.chat.hours import LEASE, on_duty, opening_of
from widgets.chat.models import ChatAbsence, ChatConsult, ChatConversation, ChatShiftNote
from widgets.chat.shifts import my_shift


def waiting(site_id: int, office_ids: frozenset[int] | None) -> int:
    """Return how many wait in the queue or for a task, for the navigation."""
    queued, owed = ChatConversation.state == "waiting", ChatConversation.task == "open"
    # Two counts: each has its index, while "or" walks through all that was ever said.
    found = 0
    for which in (queued,), (owed, ~queued):
        query = select(func.count()).where(ChatConversation.site_id == site_id, *which)
        if office_ids is not None:
            query = query.where(ChatConversation.office_id.in_(office_ids))
        found += int(db.session.scalar(query) or 0)
    return found


def view(staff: Staff, site_id: int) -> dict[str, Any]:
    """Return the whole desk of a person: shift, queue, own conversations, others', tasks, colleagues, notes."""
    mine = staff.offices("chat.answer", site_id)
    query = select(ChatConversation).where(
        ChatConversation.site_id == site_id,
        (ChatConversation.state != "ended") | (ChatConversation.task == "open"),
    )
    asked_of_me = set(db.session.scalars(select(ChatConsult.conversation_id).where(ChatConsult.staff_id == staff.id)))
    if mine is not None:
        query = query.where(ChatConversation.office_id.in_(mine) | ChatConversation.id.in_(asked_of_me))
    found = list(db.session.scalars(query.order_by(ChatConversation.started_at).limit(500)))
    names = {office.id: office.name for office in offices(site_id, only_active=False)}
    people = _people(site_id)
    moment = now()
    supervises = staff.can("chat.supervise", site_id)
    shift = my_shift(staff.id, site_id)
    opening = opening_of(site_id, staff.lang)
    cards = [_card(conversation, names, people, moment) for conversation in found]
    load = open_counts(site_id)
    return {
        "me": staff.id,
        "now": moment.isoformat(),
        "supervises": supervises,
        "shift": shift and {"available": shift.available, "most": shift.most, "began_at": shift.began_at.isoformat()},
        "opening": {"state": opening.state, "next": opening.next_words},
        "absent": _absent(site_id, opening.opened_at) if opening.state == "nobody" else None,
        "waiting": [card for card in cards if card["state"] == "waiting"],
        "mine": [card for card in cards if card["state"] == "open" and card["staff"] == staff.id],
        "others": [
            card
            for card in cards
            if supervises and card["state"] == "open" and card["staff"] != staff.id and card["id"] not in asked_of_me
        ],
        "consulted": [
            card
            for card in cards
            if card["state"] == "open" and card["staff"] != staff.id and card["id"] in asked_of_me
        ],
        "tasks": [card for card in cards if card["state"] == "ended"],
        # Whom a conversation can be handed to or asked about: on duty or not, so that a note waits for them.
        "colleagues": [{"id": id, "name": name} for id, name in colleagues(site_id)],
        "advisers": [
            {"id": one.staff_id, "name": people.get(one.staff_id, ""), "available": one.available,
             "open": load[one.staff_id], "most": one.most}
            for one in on_duty(site_id)
        ],
        "notes": [
            {"body": note.body, "by": people.get(note.staff_id, "")}
            for note in db.session.scalars(
                select(ChatShiftNote)
                .where(ChatShiftNote.site_id == site_id, ChatShiftNote.until > moment)
                .order_by(ChatShiftNote.id.desc())
                .limit(20)
            )
        ],
    }  # fmt: skip


def colleagues(site_id: int) -> list[tuple[int, str]]:
    """Return the people of a site who could speak in the chat, by name."""
    return sorted(_people(site_id).items(), key=lambda one: one[1])


def _people(site_id: int) -> dict[int, str]:
    rows = db.session.execute(select(User.id, User.name).join(Grant).where(Grant.site_id == site_id).distinct())
    return {row[0]: row[1] for row in rows}


def _absent(site_id: int, opened_at: datetime | None) -> str | None:
    if opened_at is None:
        return None
    row = db.session.scalar(
        select(ChatAbsence).where(ChatAbsence.site_id == site_id, ChatAbsence.opened_at == opened_at)
    )
    return row.opened_at.isoformat() if row else None


def _card(
    conversation: ChatConversation, names: dict[int, str], people: dict[int, str], moment: datetime
) -> dict[str, Any]:
    owes = conversation.person_seq > conversation.staff_seq
    return {
        "id": conversation.id,
        "name": conversation.name,
        "contact": bool(conversation.email or conversation.phone),
        "email": conversation.email,
        "phone": conversation.phone,
        "lang": conversation.lang,
        "office": names.get(conversation.office_id, ""),
        "state": conversation.state,
        "staff": conversation.staff_id,
        "staff_name": people.get(conversation.staff_id or 0, ""),
        "started_at": conversation.started_at.isoformat(),
        "person_at": conversation.person_at.isoformat(),
        "staff_at": conversation.staff_at and conversation.staff_at.isoformat(),
        "seq": conversation.seq,
        "unread": conversation.person_seq > conversation.staff_read,
        "owes": owes,
        "online": moment - conversation.seen_at < LEASE,
        "warned": conversation.warned_at is not None,
        "satisfied": conversation.satisfied,
        "delivered": conversation.person_delivered,
        "read": conversation.person_read,
        "case": conversation.case_id,
        "task": conversation.task,
    }
