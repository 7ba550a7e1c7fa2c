"""Taking in what a channel tells: each message once, whatever the order in which it is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select

from app.audit import append_audit
from app.clock import now
from app.db import db, write
from app.embed.models import SpentNonce
from app.errors import DomainError, NotFound
from widgets.social.hearing import media
from widgets.social.models import SocialChannel, SocialReport
from widgets.social.register import reports
from widgets.social.register.reports import Said

SAID, EDITED, REMOVED = "said", "edited", "removed"
# How long "it was taken away" waits for the message that it is about.
GONE = timedelta(days=7)


class Replayed(DomainError):
    """The delivery was signed too long ago, or this very one has come before."""

    status = 409
    code = "replayed"
    message_key = "social.hooks.replayed"


@dataclass(frozen=True)
class Event:
    """What happened to a message: it was said, edited or taken away. `said.external_id` tells which one."""

    kind: str
    said: Said


def name_of(network: str, number: str) -> str:
    """Return what a message is known by here; Instagram's own numbers can be longer than a column."""
    return f"{network}:{number if len(number) <= 200 else sha256(number.encode()).hexdigest()}"


def take(channel_id: int, events: Iterable[Event | None], nonce: str = "", until: timedelta = GONE) -> int:
    """Put what a channel tells into the register, in one transaction, and return how many reports are new.

    `nonce` marks the delivery: the very same one raises Replayed. The channel's row is locked, so that of two
    deliveries with the same message the second sees what the first has put there.
    """
    with write():
        channel = db.session.get(SocialChannel, channel_id, with_for_update=True)
        if channel is None or not channel.active:
            raise NotFound
        new = 0
        if nonce:
            if db.session.get(SpentNonce, nonce) is not None:
                raise Replayed
            db.session.add(SpentNonce(nonce=nonce, expires_at=now() + until))
        for event in events:
            if event is None:
                channel.unread += 1
            else:
                new += _take(channel, event)
        channel.taken, channel.heard_at = channel.taken + new, now()
        if new:
            append_audit(channel.site_id, "system", "social.heard", f"social_channel:{channel.id}", reports=new)
        return new


def _take(channel: SocialChannel, event: Event) -> bool:
    """Take in one event, and return whether it made a report."""
    said, site_id = event.said, channel.site_id
    row = db.session.scalar(
        select(SocialReport).where(SocialReport.site_id == site_id, SocialReport.external_id == said.external_id)
    )
    gone = _gone(site_id, said.external_id or "")
    if row is not None:
        if event.kind == SAID:
            _first(row, said)
        else:
            _later(row, event)
        return False
    if event.kind == REMOVED:
        # Told before the message itself: it is remembered until that comes.
        if db.session.get(SpentNonce, gone) is None:
            db.session.add(SpentNonce(nonce=gone, expires_at=now() + GONE))
        return False
    reports.check(said)
    row = reports.add(site_id, said, f"channel:{channel.id}")
    if event.kind == EDITED:
        _later(row, event)
    if db.session.get(SpentNonce, gone) is not None:
        _later(row, Event(REMOVED, said))
    if row.media and channel.access_token:
        media.queue(row.id, channel.id)
    return True


def _first(row: SocialReport, said: Said) -> None:
    """Give a report the words that were said first, where an edit of them had come before; the edit stays beside."""
    body = reports.tidy(said.body)
    if body != row.body and any(one.get("body") == row.body for one in row.later):
        row.body, row.said_at = body, min(row.said_at, said.said_at)


def _later(row: SocialReport, event: Event) -> None:
    """Write down what became of a message; what was said first stays as it was."""
    told = {"at": event.said.said_at.isoformat(), "what": event.kind}
    if event.kind == EDITED:
        told["body"] = reports.tidy(event.said.body)
    known = [{name: value for name, value in one.items() if name != "at"} for one in row.later]
    if {name: value for name, value in told.items() if name != "at"} not in known:
        row.later = sorted([*row.later, told], key=lambda one: str(one["at"]))


def _gone(site_id: int, external_id: str) -> str:
    return sha256(f"social gone {site_id} {external_id}".encode()).hexdigest()
