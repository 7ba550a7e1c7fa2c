"""What came back of our mails, and whose subscription it ends: the address does not exist, or its owner complained.

A number may have been given again to somebody else since a letter was sent (`service.purge`): a letter counts against
a subscriber only where it was written to their own address.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app.clock import now
from app.db import db, write
from app.mail import bounces
from app.mail.models import Mail
from widgets.subscribe.models import Subscriber
from widgets.subscribe.service import SUPPRESSED, suppress

SOFT_AFTER = timedelta(hours=24)
SOFT_TRIES = 3
SOFT_MOST = 3
_TO_THEM = func.lower(Mail.to_address) == func.lower(Subscriber.email)


def heed(source: str, source_id: int | None, mail_id: int, kind: str, **_facts: Any) -> None:
    """Take to heart what came back of one of our mails (app.mail.bounces)."""
    if source != "subscribe" or source_id is None:
        return
    if kind == bounces.SOFT:
        _soft(source_id, mail_id)
        return
    theirs = select(Mail.id).join(Subscriber, Subscriber.id == Mail.source_id).where(Mail.id == mail_id, _TO_THEM)
    if db.session.scalar(theirs) is not None:
        suppress(source_id, "complaint" if kind == bounces.COMPLAINT else "refused")


def count_bounces(_payload: dict[str, Any]) -> None:
    """Suppress who was refused on the spot, and who could not be reached with three messages; a job."""
    failed = (
        select(Mail.id, Mail.source_id, Mail.last_error)
        .join(Subscriber, Subscriber.id == Mail.source_id)
        .where(Mail.source == "subscribe", Mail.state == "failed", Subscriber.state != SUPPRESSED, _TO_THEM)
        .where(Mail.created_at >= Subscriber.asked_at, Mail.last_error.like("%refused:%"))
    )
    for mail_id, subscriber_id, reason in list(db.session.execute(failed)):
        if bounces.kind_of_refusal(reason) == bounces.HARD:
            suppress(subscriber_id or 0, "refused")
        else:
            _soft(subscriber_id or 0, mail_id)
    stuck = select(Mail.id).where(
        Mail.source == "subscribe", Mail.state == "queued", Mail.attempts >= SOFT_TRIES,
        Mail.created_at < now() - SOFT_AFTER,
    )  # fmt: skip
    for mail_id in list(db.session.scalars(stuck)):
        _give_up(mail_id)


def _give_up(mail_id: int) -> None:
    """Stop trying a mail that a day of tries could not bring; the third one in a row ends the subscription."""
    with write():
        mail = db.session.get(Mail, mail_id, with_for_update=True)
        if mail is None or mail.state != "queued":
            return
        mail.state, mail.last_error, mail.secret = "failed", "gave up", ""
        db.session.flush()
        _soft(mail.source_id or 0, mail_id)


def _soft(subscriber_id: int, mail_id: int) -> None:
    """End a subscription when this mail and the two before it came back, though the address may exist.

    Counted from the mails themselves: a report that comes twice, or days late, counts for what it is.
    """
    with write():
        last = db.session.execute(
            select(Mail.state, Mail.last_error)
            .join(Subscriber, Subscriber.id == Mail.source_id)
            .where(Mail.source == "subscribe", Mail.source_id == subscriber_id, Mail.id <= mail_id, _TO_THEM)
            .where(Mail.state.in_(("sent", "failed")))
            .order_by(Mail.id.desc())
            .limit(SOFT_MOST)
        ).all()
        if len(last) == SOFT_MOST and all(state == "failed" for state, _ in last):
            suppress(subscriber_id, "unreachable")
