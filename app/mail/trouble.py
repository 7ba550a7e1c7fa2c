"""What hinders mail now, as staff read it: a mailbox that can't be looked into, letters that can't leave."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.db import db
from app.mail.intake.models import Mailbox
from app.mail.models import Mail
from app.words import t

# What the classes of errors mean to somebody who has to call the one who looks after the server.
_MEANINGS = {
    "refused": ("ConnectionRefusedError",),
    "silent": ("TimeoutError", "timeout"),
    "unknown": ("gaierror", "herror"),
    "cut": (
        "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError", "abort", "SMTPServerDisconnected",
        "SSLEOFError", "SSLZeroReturnError",
    ),
    "tls": ("SSLError", "SSLCertVerificationError", "CertificateError", "Unprotected"),
    "login": ("MailboxLoginError", "SMTPAuthenticationError"),
    "folder": ("MailboxFolderSelectError",),
    "missing": ("MailboxMissing",),
    "unset": ("ConnectionError",),
    "later": ("SMTPRecipientsRefused", "SMTPResponseException", "SMTPConnectError", "SMTPDataError", "SMTPHeloError"),
}  # fmt: skip
_MEANING = {name: meaning for meaning, names in _MEANINGS.items() for name in names}
# What stands on a letter that failed for good, by how it begins (`bounces.py`, `transport.py`).
_ENDS = {
    "recipient refused": "no_such_address", "refused": "letter_refused", "bounced hard": "no_such_address",
    "bounced soft": "came_back", "complaint": "complaint", "too old": "too_old",
}  # fmt: skip


@dataclass(frozen=True)
class Stuck:
    """Letters that were tried and still wait: how many, the oldest's moment, and the last reason."""

    count: int
    since: datetime
    error: str


def why(error: str, lang: str) -> str:
    """Return an error in plain words, with its class for whoever has to mend it."""
    ends = next((meaning for begin, meaning in _ENDS.items() if error.startswith(begin)), "other")
    meaning = _MEANING.get(error, ends)
    return t(f"mail.trouble.{meaning}", lang, error=error)


def failing(site_id: int) -> list[Mailbox]:
    """Return the mailboxes of a site that could not be looked into last time."""
    query = select(Mailbox).where(Mailbox.site_id == site_id, Mailbox.error != "").order_by(Mailbox.id)
    return list(db.session.scalars(query))


def returned(site_id: int, sources: Collection[str], source_id: int) -> list[Mail]:
    """Return what was sent from a case or thread and came back, or was refused; newest first."""
    query = select(Mail).where(Mail.source.in_(sources), Mail.source_id == source_id, Mail.state == "failed")
    return list(db.session.scalars(query.where(Mail.site_id == site_id).order_by(Mail.id.desc()).limit(10)))


def stuck(site_id: int) -> Stuck | None:
    """Return what is told of letters that could not leave so far; None where all go their way."""
    waiting = (Mail.site_id == site_id, Mail.state == "queued", Mail.last_error != "")
    count, oldest, latest = db.session.execute(
        select(func.count(), func.min(Mail.created_at), func.max(Mail.id)).where(*waiting)
    ).one()
    if not count:
        return None
    error = db.session.scalar(select(Mail.last_error).where(Mail.id == latest)) or ""
    return Stuck(count, oldest, error)
