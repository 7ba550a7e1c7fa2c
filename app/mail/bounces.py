"""What a mail server or a provider reports of a letter of ours: it could not be brought, or its reader complained.

Whoever reads the mailbox hands each message to `take` before anything else; True says that the message was such a
report and wants no further reading, by a person or by a widget. `read` only looks, and touches no store. A report is
believed by the Message-ID of a letter that we sent, which nobody can guess (128 random bits), and never by an address.
What is written down stands on the letter's own row, in the transaction that reads the report:

    state "failed", last_error "bounced hard 5.1.1"    the address does not exist
    state "failed", last_error "bounced soft 4.2.2"    it exists, and this letter did not come through
    last_error "complaint"                             it arrived, and its reader said that it is unwanted

and `app.events` tells "mail.bounced" with mail_id, source, source_id, kind and status: by a job, so that who must
hear of it does though the process dies after the commit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from email.utils import parseaddr
from typing import Any

from flask import current_app
from sqlalchemy import select

from app import events
from app.audit import append_audit
from app.db import db, write
from app.jobs import Jobs
from app.mail.models import Mail

TELL = "mail.bounced"
HARD, SOFT, COMPLAINT = "hard", "soft", "complaint"
_ID = re.compile(r"<[^<>\s]{3,190}>")
_OWN_ID = re.compile(r"^message-id:\s*(<[^<>\s]{3,190}>)", re.I | re.M)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# Of a status for good, those that lie with the letter or the moment and not with the address (RFC 3463): a full box,
# a letter too large, a refusal by policy or by a filter.
_NOT_THE_ADDRESS = re.compile(r"5\.(?:2\.[234]|3\.\d+|4\.[0-35-9]|5\.\d+|6\.\d+|7\.\d+)")
_DAEMONS = ("mailer-daemon", "postmaster")
_LONGEST = 200_000


@dataclass(frozen=True)
class Bounce:
    """One recipient's report: what it means, of which letter, and the status in the words of RFC 3463."""

    kind: str
    message_id: str
    recipient: str = ""
    status: str = ""


def kind_of(status: str) -> str:
    """Return what an enhanced status means for the address: HARD or SOFT."""
    return HARD if status.startswith("5.") and not _NOT_THE_ADDRESS.fullmatch(status) else SOFT


def kind_of_refusal(reason: str) -> str:
    """Return what the reason of a refusal on the spot (`Mail.last_error`) means for the address: HARD or SOFT."""
    if not reason.startswith("recipient refused"):
        # The letter was refused, and not the one whom it was for.
        return SOFT
    status = _STATUS.search(reason)
    return kind_of(status[0]) if status else SOFT if "552" in reason else HARD


def read(message: Message) -> list[Bounce]:
    """Return what a message reports of letters that failed or were complained of; nothing for any other message.

    Sources: RFC 3464 (delivery reports; a delay is none, since the server goes on trying), RFC 5965 (complaints). What
    older servers send as plain text is read when it comes from a mail daemon and quotes the letter's Message-ID.
    """
    parts = list(message.walk())[:50]
    original = next((found for part in parts if (found := _original(part))), "")
    types = {part.get_content_type() for part in parts}
    if "message/feedback-report" in types:
        return _complaint(parts, original)
    if "message/delivery-status" in types or "message/global-delivery-status" in types:
        original = original or _told_beside(message, parts)
        return [bounce for part in parts for bounce in _failed(part, original)] if original else []
    return _plain(message, parts)


def _original(part: Message) -> str:
    """Return the Message-ID of the letter that a report carries, whole or its headers alone."""
    kind = part.get_content_type()
    if kind in {"message/rfc822", "message/global"} and part.is_multipart():
        inner = part.get_payload(0)
        found = _ID.search(str(inner.get("Message-ID", ""))) if isinstance(inner, Message) else None
        return found[0] if found else ""
    if kind in {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
        match = _OWN_ID.search(_text(part))
        return match[1] if match else ""
    return ""


def _told_beside(message: Message, parts: list[Message]) -> str:
    """Return the Message-ID of a report without the letter: Gmail writes it beside, Exchange answers to it."""
    for part in parts:
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            match = re.search(r"^x-original-message-id:\s*(<[^<>\s]{3,190}>)", _text(part), re.I | re.M)
            if match is not None:
                return match[1]
    found = _ID.findall(f"{message.get('References', '')} {message.get('In-Reply-To', '')}")
    return str(found[-1]) if found else ""


def _text(part: Message) -> str:
    if part.is_multipart():
        return "\n".join(str(inner)[:_LONGEST] for inner in part.get_payload() if isinstance(inner, Message))
    raw = part.get_payload(decode=True)
    return raw[:_LONGEST].decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _failed(part: Message, original: str) -> list[Bounce]:
    if part.get_content_type() not in {"message/delivery-status", "message/global-delivery-status"}:
        return []
    blocks = part.get_payload() if part.is_multipart() else []
    found = []
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, Message) or not re.match(r"\s*failed\b", str(block.get("Action", "")), re.I):
            continue
        status = _STATUS.search(str(block.get("Status", "")))
        code = status[0] if status else ""
        # "5.0.0" says nothing; what the other server answered often says more.
        if code in {"", "5.0.0"} and (told := _STATUS.search(str(block.get("Diagnostic-Code", "")))):
            code = told[0]
        recipient = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "").partition(";")[2]
        found.append(Bounce(kind_of(code), original, recipient.strip()[:254], code))
    return found


def _complaint(parts: list[Message], original: str) -> list[Bounce]:
    told = "".join(_text(part) for part in parts if part.get_content_type() == "message/feedback-report")
    what = re.search(r"^feedback-type:\s*([\w-]+)", told, re.I | re.M)
    if not original or what is None or what[1].lower() not in {"abuse", "fraud", "virus", "opt-out", "other"}:
        return []
    return [Bounce(COMPLAINT, original)]


def _plain(message: Message, parts: list[Message]) -> list[Bounce]:
    local = parseaddr(str(message.get("From", "")))[1].partition("@")[0].lower()
    if local not in _DAEMONS and str(message.get("Return-Path", "")).strip() != "<>":
        return []
    if str(message.get("Auto-Submitted", "")).lower().startswith("auto-replied") and local not in _DAEMONS:
        # An absence note has an empty return path too.
        return []
    text = "\n".join(_text(part) for part in parts if part.get_content_maintype() == "text")
    match = _OWN_ID.search(text)
    if match is None:
        return []
    status = _STATUS.search(text)
    return [Bounce(kind_of(status[0]) if status else SOFT, match[1], "", status[0] if status else "")]


def take(message: Message) -> bool:
    """Write down what a message reports of our letters, and return whether it was a report of one of them."""
    reports = {bounce.message_id: bounce for bounce in read(message)}
    if not reports:
        return False
    with write():
        rows = db.session.scalars(select(Mail).where(Mail.message_id.in_(list(reports))).with_for_update()).all()
        for mail in rows:
            _note(mail, reports[mail.message_id])
    return bool(rows)


def _note(mail: Mail, bounce: Bounce) -> None:
    said = COMPLAINT if bounce.kind == COMPLAINT else f"bounced {bounce.kind} {bounce.status}".rstrip()
    if mail.last_error == said:
        return
    mail.last_error, mail.secret = said, ""
    if bounce.kind != COMPLAINT:
        mail.state = "failed"
    append_audit(mail.site_id, "system", "mail.bounced", f"mail:{mail.id}", kind=bounce.kind, status=bounce.status)
    facts = {
        "mail_id": mail.id, "source": mail.source, "source_id": mail.source_id, "kind": bounce.kind,
        "status": bounce.status,
    }  # fmt: skip
    current_app.extensions["ventanilla"].jobs.enqueue(TELL, facts)


def tell(facts: dict[str, Any]) -> None:
    events.send("mail.bounced", **facts)


def register(jobs: Jobs) -> None:
    jobs.register(TELL, tell)
