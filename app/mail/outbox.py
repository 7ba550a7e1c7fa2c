"""Queue a mail inside the running write, and deliver it afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime, formataddr
from functools import partial
from typing import Any, Protocol

import idna
from flask import current_app
from sqlalchemy import func, insert, select, update

from app import vault
from app.audit import append_audit
from app.clock import now
from app.db import db, in_write, put, table, write
from app.errors import Conflict, NotFound
from app.mail.headers import WHOLE
from app.mail.intake.plus import reply_address
from app.mail.models import Mail
from app.mail.transport import Rejected, Transport
from app.sites.models import Site

DELIVER = "mail.deliver"
SEALED_FOR = "mail-secret"
# Stands in the text for what only the recipient may read.
SECRET = "\x1asecret\x1a"  # noqa: S105 - a placeholder
# Tells other machines not to answer this one: RFC 3834, and what Exchange heeds instead of it.
BY_MACHINE = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}
BY_HAND = {"Auto-Submitted": "no", "X-Auto-Response-Suppress": ""}
# The server was not to be reached: nothing of the letter's own.
AWAY = {"ConnectionRefusedError", "ConnectionResetError", "TimeoutError", "gaierror", "OSError"}
# A letter that could not be delivered for so long is not sent again with what only its recipient may read.
SECRETS_KEPT = timedelta(days=30)


class SecretGone(Conflict):
    """The letter's code or link was forgotten: who needs it asks for a new one."""

    code = "secret-gone"


class Sender(Protocol):
    """Whose mail it is: a site's row, or what was read of it."""

    @property
    def id(self) -> int: ...
    @property
    def official_email(self) -> str: ...


_MAIL = insert(table(Mail))


def enqueue(
    site: Sender,
    to: str,
    subject: str,
    text: str,
    *,
    source: str = "",
    source_id: int | None = None,
    headers: dict[str, str] | None = None,
    attachments: list[dict[str, Any]] | None = None,
    secret: str = "",
    sealed: str = "",
    by_hand: bool = False,
) -> int:
    """Add a mail to the running write, and return its number; nobody is written to when it rolls back.

    The subject is cut to one line of 150 characters and must hold neither a secret nor a personal datum. `sealed` is
    a secret that `seal` has closed before, since that takes a moment in which others wait. What an officer wrote or
    sent on is `by_hand`: no machine's letter, or the other entity's mailbox holds it among those and nobody reads it.
    """
    if not in_write():
        raise RuntimeError("enqueue outside write()")
    domain = site.official_email.rpartition("@")[2] or "localhost"
    row = {
        "site_id": site.id, "to_address": to, "subject": " ".join(subject.split())[:150], "text": text,
        "headers": {**(headers or {}), **(BY_HAND if by_hand else {})}, "attachments": attachments or [],
        "message_id": f"<{secrets.token_hex(16)}@{domain}>", "source": source, "source_id": source_id,
        "secret": sealed or (seal(secret) if secret else ""),
    }  # fmt: skip
    mail_id = put(_MAIL, row)
    current_app.extensions["ventanilla"].jobs.enqueue(DELIVER, {"mail": mail_id}, dedupe=f"{DELIVER}:{mail_id}")
    return mail_id


def seal(secret: str) -> str:
    """Return a secret as the store may keep it until its mail is sent."""
    return vault.seal(SEALED_FOR, secret)


def build(mail: Mail, site: Site, storage: Any) -> EmailMessage:
    """Return the message as it goes on the wire, always from the site's official address (S4-6)."""
    message = EmailMessage()
    message["From"] = formataddr((site.entity, on_the_wire(site.official_email)))
    message["To"] = on_the_wire(mail.to_address)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    if mail.source_id is not None and current_app.extensions["ventanilla"].settings.mail_plus:
        message["Reply-To"] = reply_address(on_the_wire(site.official_email), mail.id)
    for name, value in {**BY_MACHINE, **mail.headers}.items():
        if value:
            message[name] = value
    secret = vault.unseal(SEALED_FOR, mail.secret) if mail.secret else ""
    parts, notes = _parts(mail)
    message.set_content("\n\n".join([mail.text.replace(SECRET, secret), *notes]), cte="quoted-printable")
    for part in parts:
        kind, _, subtype = part["media_type"].partition("/")
        with storage.open(part["key"]) as file:
            message.add_attachment(file.read(), maintype=kind, subtype=subtype, filename=part["name"])
    return message


def on_the_wire(address: str) -> str:
    """Return an address as every server takes it: niñez.example as xn--niez-hqa.example (RFC 5891).

    Letters before the @ have no such form; they need a server that knows SMTPUTF8 (RFC 6531).
    """
    local, _, domain = address.rpartition("@")
    with suppress(idna.IDNAError):
        domain = idna.encode(domain, uts46=True).decode("ascii")
    return f"{local}@{domain}"


def _parts(mail: Mail) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the files that go with a mail, and what is said of them; a letter is made here where no job has yet.

    A letter that can't be made stops no mail: what the person must know stands in its text.
    """
    from app.documents.issuing import letter_part

    parts, notes = [], []
    for part in mail.attachments:
        found = letter_part(part["document"]) if "document" in part else (part, "")
        if found is not None:
            parts.append(found[0])
            notes += [found[1]] if found[1] else []
    return parts, notes


def deliver(payload: dict[str, Any]) -> Callable[[], None] | None:
    """Hand one queued mail to the transport, and return what records it in the transaction that ends the job.

    A refusal for good (5xx) marks it failed; anything else raises, so that the job is tried again later. A worker
    killed between the server's acceptance and our commit sends the same Message-ID again: SMTP can't prevent it.
    """
    ventanilla = current_app.extensions["ventanilla"]
    transport: Transport = ventanilla.transport
    row = db.session.execute(select(Mail, Site).join(Site, Site.id == Mail.site_id).where(Mail.id == payload["mail"]))
    found = row.first()
    if found is None or found[0].state != "queued":
        return None
    mail_id, to_address, sender = found[0].id, on_the_wire(found[0].to_address), on_the_wire(found[1].official_email)
    message = build(found[0], found[1], ventanilla.storage)
    db.session.rollback()
    content = message.as_bytes(policy=WHOLE if (sender + to_address).isascii() else SMTPUTF8)
    if ventanilla.signer is not None:
        content = ventanilla.signer.sign(content, sender.rpartition("@")[2])
    problem = ""
    try:
        transport.send(sender, to_address, content)
    except Rejected as error:
        problem = error.reason
    except Exception as error:
        _record(mail_id, "queued", type(error).__name__)
        raise
    return partial(_record, mail_id, "failed" if problem else "sent", problem)


def _record(mail_id: int, state: str, problem: str) -> None:
    with write():
        mail = db.session.get(Mail, mail_id)
        if mail is None:
            return
        back = state == "sent" and mail.last_error in AWAY
        mail.state, mail.last_error, mail.attempts = state, problem[:200], mail.attempts + 1
        if state == "sent":
            mail.sent_at, mail.secret = now(), ""
        if back:
            # The server is there again: what waits for an hour of its own by now goes at once.
            current_app.extensions["ventanilla"].jobs.hurry(DELIVER)
        if state == "failed":
            from app import events
            from app.db import after_commit

            facts = {"mail_id": mail.id, "source": mail.source, "source_id": mail.source_id}
            after_commit(lambda: events.send("mail.failed", **facts))


def forget_secrets(_payload: dict[str, Any]) -> None:
    """Drop what only recipients may read from letters that never arrived, and end those that wait; a daily job."""
    with write():
        db.session.execute(
            update(Mail)
            .where(Mail.secret != "", Mail.created_at < now() - SECRETS_KEPT)
            .values(secret="", state="failed", last_error=func.coalesce(func.nullif(Mail.last_error, ""), "too old"))
        )


def mails_of(site_id: int, state: str, *, before: int | None = None, limit: int = 100) -> list[Mail]:
    """Return mails of a site in a state, newest first, by their number."""
    query = select(Mail).where(Mail.site_id == site_id, Mail.state == state).order_by(Mail.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Mail.id < before)
    return list(db.session.scalars(query))


def counts(site_id: int) -> dict[str, int]:
    """Return how many mails of a site stand in each state."""
    rows = db.session.execute(select(Mail.state, func.count()).where(Mail.site_id == site_id).group_by(Mail.state))
    return {state: number for state, number in rows}  # noqa: C416 - a Row is no pair to mypy


def send_again(site_id: int, mail_id: int, actor: str) -> None:
    """Queue a failed mail again under its own Message-ID; NotFound for another site's, Conflict for one that went."""
    with write():
        mail = db.session.get(Mail, mail_id, with_for_update=True)
        if mail is None or mail.site_id != site_id:
            raise NotFound
        if mail.state != "failed":
            raise Conflict
        if SECRET in mail.text and not mail.secret:
            raise SecretGone
        mail.state, mail.last_error = "queued", ""
        jobs = current_app.extensions["ventanilla"].jobs
        jobs.enqueue(DELIVER, {"mail": mail.id}, dedupe=f"{DELIVER}:{mail.id}:{mail.attempts}")
        append_audit(site_id, actor, "mail.retried", f"mail:{mail.id}")
