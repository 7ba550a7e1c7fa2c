"""What happens though nobody clicks: cut conversations become tasks, an hour that begins with nobody is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.audit import append_audit
from app.clock import now
from app.console.auth import staff_of
from app.console.models import Grant
from app.dates import datetime_words
from app.db import db, write
from app.mail import outbox
from app.sites.models import Site
from app.sites.service import all_sites, widget_choice
from app.words import t
from widgets.chat import log
from widgets.chat.assigning import assign_waiting
from widgets.chat.hours import CLOSED, LEASE, NOBODY, on_duty, opening_of
from widgets.chat.models import ChatAbsence, ChatConversation, ChatShift
from widgets.chat.service import finish

# A train in a tunnel comes out again; who is away longer is answered at the address given.
CUT = timedelta(minutes=5)
# An adviser may be late by this before anybody is told.
GRACE = timedelta(minutes=2)


def tidy(_payload: dict[str, Any]) -> None:
    """End what was cut, close the queue after hours, give back what a vanished adviser held."""
    moment = now()
    query = select(
        ChatConversation.id, ChatConversation.site_id, ChatConversation.state, ChatConversation.staff_id,
        ChatConversation.seen_at,
    ).where(ChatConversation.state != "ended")  # fmt: skip
    found = db.session.execute(query).all()
    sites = {row.site_id for row in found}
    closed = {site_id for site_id in sites if opening_of(site_id, "es").state == CLOSED}
    present = {site_id: {shift.staff_id for shift in on_duty(site_id)} for site_id in sites}
    db.session.rollback()
    # After an outage of ours nobody was heard: that is no silence of theirs, and they are on their way back.
    here = current_app.extensions["chat"]
    listening = moment - here.began_at if here.began_at is not None else CUT * 2
    for row in found:
        # Only what seems to need it is looked at again in a write of its own: most need nothing, a thousand times.
        cut = moment - row.seen_at > CUT
        left = row.state == "open" and row.staff_id not in present[row.site_id]
        if cut or left or (row.state == "waiting" and row.site_id in closed):
            _tidy_one(row.id, row.site_id in closed, present[row.site_id], listening)
    ended = moment - timedelta(hours=2)
    with write():
        # A desk that was closed without checking out is off duty; its shift ends where it was last seen.
        for shift in db.session.scalars(
            select(ChatShift).where(ChatShift.ended_at.is_(None), ChatShift.seen_at < ended)
        ):
            shift.ended_at = shift.seen_at
    for site_id in sites:
        with write():
            assign_waiting(site_id)


def _tidy_one(conversation_id: int, closed: bool, present: set[int], listening: timedelta) -> None:
    with write():
        conversation = db.session.get(ChatConversation, conversation_id, with_for_update=True)
        if conversation is None or conversation.state == "ended":
            return
        if min(listening, now() - conversation.seen_at) > CUT:
            finish(conversation, "cut")
        elif closed and conversation.state == "waiting":
            finish(conversation, "closed")
        elif conversation.state == "open" and conversation.staff_id not in present:
            last = conversation.staff_at or conversation.assigned_at or conversation.started_at
            if min(listening, now() - last) > LEASE:
                conversation.state, conversation.staff_id = "waiting", None
                log.add(conversation, "requeued", data={"why": "adviser"})
                log.queue_changed(conversation.site_id)


def watch(_payload: dict[str, Any]) -> None:
    """Tell the supervisors, once, that an announced hour has begun with nobody on duty (S3-3).

    Where nobody was ever on duty the chat is not in use yet, and a mail at each opening would only be noise.
    """
    in_use = set(db.session.scalars(select(ChatShift.site_id).distinct()))
    for site in all_sites():
        if site.id not in in_use or not widget_choice(site.id, "chat").enabled:
            continue
        opening = opening_of(site.id, site.lang)
        if opening.state != NOBODY or opening.opened_at is None or now() - opening.opened_at < GRACE:
            continue
        _tell_absence(site.id, opening.opened_at)


def _tell_absence(site_id: int, opened_at: Any) -> None:
    known = select(ChatAbsence.id).where(ChatAbsence.site_id == site_id, ChatAbsence.opened_at == opened_at)
    with write():
        if db.session.scalar(known) is not None:
            return
        db.session.add(ChatAbsence(site_id=site_id, opened_at=opened_at))
        site = db.session.get_one(Site, site_id)
        people = db.session.scalars(select(Grant.user_id).where(Grant.site_id == site_id).distinct())
        for staff in (staff_of(user_id) for user_id in people):
            if staff.can("chat.supervise", site_id):
                outbox.enqueue(
                    site, staff.email, t("chat.mail.nobody_subject", staff.lang, site=site.name),
                    t("chat.mail.nobody", staff.lang, name=staff.name, opened=datetime_words(opened_at, staff.lang)),
                    source="chat",
                )  # fmt: skip
        append_audit(site_id, "system", "chat.nobody", f"site:{site_id}", opened_at=opened_at)
        log.queue_changed(site_id)
