"""Read a message that was taken over: a report of a mail server, a reply, or a new message; in one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from io import BytesIO
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from app import files
from app.audit import append_audit
from app.clock import now
from app.db import db, write
from app.errors import Conflict, DomainError, NotFound, without_message
from app.mail import bounces
from app.mail.intake import winmail
from app.mail.intake.kinds import kind_of, same_box
from app.mail.intake.models import AUTO, BOUNCE, BROKEN, CASE, KEPT, OTHER, THREAD, IncomingMail
from app.mail.intake.parsing import Parsed, header, parse
from app.mail.intake.plus import mail_named
from app.mail.models import Mail
from app.sites.models import Site
from app.words import t

log = logging.getLogger("ventanilla.mail")

# Of one address; from then on its messages are taken and not acknowledged, or two machines talk for ever.
ACKNOWLEDGED = {timedelta(hours=1): 5, timedelta(days=1): 20}
# So long after a letter of ours what calls itself an absence note is one, though it names no letter.
JUST_WRITTEN = timedelta(days=2)


@dataclass(frozen=True)
class Letter:
    """A mail as a widget gets it (`Widget.claim_mail`, inside the running write), its files kept as receipts."""

    site_id: int
    mail_id: int
    name: str
    address: str
    subject: str
    said: str
    rest: str
    receipts: tuple[str, ...]
    # Files that could not be taken, each with why.
    refused: tuple[str, ...]
    received_at: datetime
    marks: tuple[str, ...]
    # What it replies to, in the words of whoever sent that: ("contact", 12); None for a new one.
    answers: tuple[str, int] | None
    # Who else got it: whoever answers is asked whether they all need the answer (S4-11).
    copies: tuple[str, ...]
    acknowledge: bool
    # What the code of a new thread is derived from.
    material: bytes
    message_id: str = ""

    def not_received(self, lang: str) -> str:
        """Return what its writer is told of the files that could not be taken; "" where all were."""
        files = "\n".join(f"- {one}" for one in self.refused)
        return t("mail.intake.not_received", lang, files=files) if self.refused else ""


def read(payload: dict[str, Any], *, force: bool = False) -> None:
    """Read one message; a job for each, which may run again at any time: its state is looked at in the transaction.

    What nobody can parse is marked as broken and shown raw; it is never dropped and stops no other.
    """
    mail_id = int(payload["mail"])
    row = db.session.get(IncomingMail, mail_id)
    if row is None or (row.state != KEPT and not force):
        return
    site = db.session.get_one(Site, row.site_id)
    site_id, official, cut, key = site.id, site.official_email, row.cut, row.raw_key
    db.session.rollback()
    with current_app.extensions["ventanilla"].storage.open(key) as file:
        raw = file.read()
    try:
        mail = parse(raw, cut=cut)
    except Exception as error:  # noqa: BLE001 - whatever the bytes do to the parser, a person must see them
        log.warning("mail %s could not be parsed: %s", mail_id, type(error).__name__)
        log.debug("details", exc_info=without_message(error))
        _end(mail_id, None, BROKEN, force)
        return
    if not force:
        # Before anything is asked of its writer: a report comes from nobody.
        if bounces.take(mail.message):
            _end(mail_id, mail, BOUNCE, force)
            return
        kind = kind_of(mail, official, written_to=partial(_written_to, site_id, mail.address))
        if kind:
            _end(mail_id, mail, kind, force)
            return
    receipts, refused = _files(site_id, mail)
    _claim(mail_id, site_id, mail, receipts, refused, force)


def _written_to(site_id: int, address: str) -> bool:
    lately = select(Mail.id).where(
        Mail.site_id == site_id, Mail.to_address == address, Mail.created_at > now() - JUST_WRITTEN
    )
    found = db.session.scalar(lately.limit(1)) is not None
    db.session.rollback()
    return found


def _is_ours_or_theirs(mail: Parsed, official: str) -> bool:
    return any(same_box(mail.reply_to, one) for one in (official, mail.address))


def _files(site_id: int, mail: Parsed) -> tuple[list[str], list[str]]:
    """Keep what came with a mail by the policy of every upload, and say of the rest why it was not taken."""
    receipts: list[str] = []
    refused: list[str] = []
    for part in mail.parts:
        left = "cut" in mail.marks or len(receipts) >= files.MAX_FILES
        if left or part.name == winmail.NAME:
            refused.append(f"{part.name[:120]}: {t('mail.intake.left' if left else 'mail.intake.winmail', 'es')}")
            continue
        try:
            receipts.append(files.take(site_id, BytesIO(part.content), part.name)[0])
        except DomainError as error:
            if error.status >= 500:
                raise
            refused.append(f"{part.name[:120]}: {t(error.message_key, 'es', **error.params)}")
    return receipts, refused


def _claim(mail_id: int, site_id: int, mail: Parsed, receipts: list[str], refused: list[str], force: bool) -> None:
    with write():
        row = _locked(mail_id, force)
        if row is None:
            return
        site = db.session.get_one(Site, site_id)
        ours = {site.official_email.lower(), mail.address}
        # The answer goes to who wrote: whoever asks for it elsewhere may be somebody else, so an officer decides.
        elsewhere = [mail.reply_to] if mail.reply_to and not _is_ours_or_theirs(mail, site.official_email) else []
        marks = [*mail.marks, *(["no_writer"] if not mail.address else []), *(["reply_to"] if elsewhere else [])]
        letter = Letter(
            site_id, mail_id, mail.name or mail.address, mail.address,
            mail.subject or t("mail.intake.no_subject", site.lang),
            mail.text.said or t("mail.intake.no_text", site.lang),
            mail.text.rest, tuple(receipts), tuple(refused), row.received_at, tuple(marks), _answered(site_id, mail),
            tuple(dict.fromkeys([*elsewhere, *(one for one in mail.to if one not in ours and "+" not in one)])),
            _acknowledge(row, mail, force),
            sha256(f"mail/{site_id}/{row.digest}".encode()).digest(), mail.message_id,
        )  # fmt: skip
        found = _to_case(letter) or _to_widget(letter)
        _note(row, mail, OTHER if found is None else CASE if found[0] == "case" else THREAD)
        row.marks = list(letter.marks) + (["files"] if refused else [])
        if found is not None:
            row.source, row.source_id = found
        append_audit(site_id, "system", "mail.read", f"incoming:{row.id}", state=row.state)


def _answered(site_id: int, mail: Parsed) -> tuple[str, int] | None:
    """Return what a mail replies to: by the token in the address that it came to, or by the letters that it names."""
    came_to = [*mail.to, *(header(mail.message, name) for name in ("Delivered-To", "X-Original-To"))]
    number = mail_named(came_to)
    mine = select(Mail.source, Mail.source_id).where(Mail.site_id == site_id)
    if number is not None:
        found = db.session.execute(mine.where(Mail.id == number)).first()
    elif mail.references:
        query = mine.where(Mail.message_id.in_(mail.references), Mail.source_id.is_not(None))
        found = db.session.execute(query.order_by(Mail.id.desc()).limit(1)).first()
    else:
        found = None
    if found is None or found.source_id is None:
        return None
    # Who got a copy, or what was sent on to be answered there, answers what it was a copy of.
    return found.source.removesuffix("_copy"), found.source_id


def _acknowledge(row: IncomingMail, mail: Parsed, force: bool) -> bool:
    if force or not mail.address:
        return False
    taken = select(func.count()).where(
        IncomingMail.site_id == row.site_id, IncomingMail.from_address == mail.address,
        IncomingMail.state.in_((THREAD, CASE)),
    )  # fmt: skip
    return all(
        (db.session.scalar(taken.where(IncomingMail.kept_at > now() - past)) or 0) < most
        for past, most in ACKNOWLEDGED.items()
    )


def _to_case(letter: Letter) -> tuple[str, int] | None:
    from app.cases.by_mail import take_reply

    if letter.answers is None or letter.answers[0] != "case":
        return None
    return "case", take_reply(letter)


def _to_widget(letter: Letter) -> tuple[str, int] | None:
    for widget in current_app.extensions["ventanilla"].widgets.values():
        found = widget.claim_mail(letter) if widget.claim_mail is not None else None
        if found is not None:
            return found
    return None


def _locked(mail_id: int, force: bool) -> IncomingMail | None:
    """Return the row where it still waits: who reads it second finds it read."""
    row = db.session.get(IncomingMail, mail_id, with_for_update=True, populate_existing=True)
    taken = (THREAD, CASE, BOUNCE)
    return row if row is not None and (row.state == KEPT or (force and row.state not in taken)) else None


def _note(row: IncomingMail, mail: Parsed | None, state: str) -> None:
    row.state = state
    if mail is not None:
        row.from_address, row.subject, row.message_id = mail.address, mail.subject, mail.message_id
        row.marks = list(mail.marks)


def _end(mail_id: int, mail: Parsed | None, state: str, force: bool) -> None:
    with write():
        row = _locked(mail_id, force)
        if row is not None:
            _note(row, mail, state)
            append_audit(row.site_id, "system", "mail.read", f"incoming:{row.id}", state=state)


# By staff

CAN_BE_TAKEN = (AUTO, OTHER)


def incoming(site_id: int, state: str, *, before: int | None = None, limit: int = 100) -> list[IncomingMail]:
    """Return messages of a site in a state, newest first."""
    query = select(IncomingMail).where(IncomingMail.site_id == site_id, IncomingMail.state == state)
    if before is not None:
        query = query.where(IncomingMail.id < before)
    return list(db.session.scalars(query.order_by(IncomingMail.id.desc()).limit(limit)))


def counts(site_id: int) -> dict[str, int]:
    query = select(IncomingMail.state, func.count()).where(IncomingMail.site_id == site_id)
    return {state: number for state, number in db.session.execute(query.group_by(IncomingMail.state))}  # noqa: C416


def find(site_id: int, mail_id: int) -> IncomingMail:
    """Return a message of this site; NotFound for any other."""
    row = db.session.get(IncomingMail, mail_id)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


class AlreadyTaken(Conflict):
    """The message has become something already."""

    code = "mail-taken"
    message_key = "mail.console.was_taken"


def take_anyway(site_id: int, mail_id: int, actor: str) -> None:
    """Make a message of what was held for the answer of a machine, or could not be placed: an officer saw a person."""
    row = find(site_id, mail_id)
    if row.state not in CAN_BE_TAKEN or not row.raw_key:
        raise AlreadyTaken
    db.session.rollback()
    read({"mail": mail_id}, force=True)
    with write():
        append_audit(site_id, actor, "mail.taken", f"incoming:{mail_id}")


def raw_of(site_id: int, mail_id: int, actor: str) -> bytes:
    """Return a message as it came, to be saved and never shown by a browser; it names people, so the trail tells."""
    row = find(site_id, mail_id)
    if not row.raw_key:
        raise NotFound
    key = row.raw_key
    with write():
        append_audit(site_id, actor, "mail.saved", f"incoming:{mail_id}")
    with current_app.extensions["ventanilla"].storage.open(key) as file:
        return bytes(file.read())


def thread_headers(source: str, source_id: int) -> dict[str, str]:
    """Return the headers by which an answer stands below the last mail of its thread in every mail program."""
    query = select(IncomingMail.message_id).where(
        IncomingMail.source == source, IncomingMail.source_id == source_id, IncomingMail.message_id != ""
    )
    last = db.session.scalar(query.order_by(IncomingMail.id.desc()).limit(1))
    return below(last or "")


def below(message_id: str) -> dict[str, str]:
    """Return the headers of a mail that answers this one."""
    return {"In-Reply-To": message_id, "References": message_id} if message_id else {}
