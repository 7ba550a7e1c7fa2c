"""Take messages over from a mailbox: raw, each in one transaction with how far the mailbox was read.

A worker that is killed at any place leaves the message either here or still to be taken, and never twice: its number in
the mailbox (UIDVALIDITY and UID) is unique in the store, and so is the hash of its Message-ID, which knows it again
where a server has numbered its messages anew. Nothing is deleted; what was taken is marked as seen after the commit.
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from imaplib import IMAP4
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from flask import current_app
from sqlalchemy import select

from app.clock import now
from app.db import db, write
from app.mail.intake.accounts import Account, MailboxMissing, Unprotected, opened
from app.mail.intake.models import DOUBLE, IncomingMail, Mailbox
from app.mail.intake.parsing import bare_digest_of, digest_of
from app.sites.models import Site

if TYPE_CHECKING:
    from imap_tools import BaseMailBox

log = logging.getLogger("ventanilla.mail")

FETCH, READ = "mail.fetch", "mail.read"
# A message above this is taken with its beginning alone; the rest stays in the mailbox and the page says so.
WHOLE_BYTES = 30 * 1024 * 1024
BEGINNING_BYTES = 1024 * 1024
# A run ends before its lease does; what is left is asked for again at once.
RUN_FOR = timedelta(seconds=60)
_BROKEN = (OSError, IMAP4.error, MailboxMissing, Unprotected, ValueError)


def fetch(payload: dict[str, Any]) -> None:
    """Look at every mailbox, or at the one named; a job of each minute, and of IDLE."""
    accounts: tuple[Account, ...] = current_app.extensions["ventanilla"].settings.imap
    for account in accounts:
        if payload.get("mailbox") in (None, account.name):
            _fetch(account)


def _fetch(account: Account) -> None:
    site_id = db.session.scalar(select(Site.id).where(Site.key == account.site_key))
    db.session.rollback()
    if site_id is None:
        log.warning("VENTANILLA_IMAP names the site %s, which is not there", account.site_key)
        return
    mailbox_id, problem = _known(site_id, account), ""
    try:
        with opened(account) as box:
            more = _take_over(box, site_id, mailbox_id)
    except _BROKEN as error:
        # imap-tools' own errors are ValueErrors of a kind; the class alone, since a message can hold the user's name.
        problem, more = type(error).__name__, False
        log.warning("the mailbox of %s could not be read: %s", account.site_key, problem)
    _note(mailbox_id, problem)
    if more:
        with write():
            current_app.extensions["ventanilla"].jobs.enqueue(FETCH, {"mailbox": account.name})


def _known(site_id: int, account: Account) -> int:
    found = db.session.scalar(select(Mailbox.id).where(Mailbox.name == account.name))
    db.session.rollback()
    if found is not None:
        return found
    with write():
        again = db.session.scalar(select(Mailbox.id).where(Mailbox.name == account.name))
        if again is not None:
            return again
        row = Mailbox(site_id=site_id, name=account.name)
        db.session.add(row)
        db.session.flush()
        return row.id


def _note(mailbox_id: int, problem: str) -> None:
    with write():
        row = db.session.get_one(Mailbox, mailbox_id, with_for_update=True)
        row.looked_at = now()
        row.error = problem
        row.failing_since = (row.failing_since or now()) if problem else None


def _take_over(box: BaseMailBox, site_id: int, mailbox_id: int) -> bool:
    """Take what is new, the oldest first; return whether time was up before the end."""
    status = box.folder.status(box.folder.get(), ["UIDVALIDITY", "UIDNEXT"])
    validity, following = int(status["UIDVALIDITY"]), int(status["UIDNEXT"])
    row = db.session.get_one(Mailbox, mailbox_id)
    begun, last, same = row.begun, row.last_uid, row.uidvalidity == validity
    db.session.rollback()
    if not same:
        # Numbered anew: what it holds is looked through again, and known by its Message-ID.
        last = 0
    ends_at = now() + RUN_FOR
    # At the very first look only what nobody has read: years of answered mail are not new petitions.
    wanted = f"UID {last + 1}:*" if begun else "UNSEEN"
    for uid in sorted(int(one) for one in box.uids(wanted) if int(one) > last):
        if now() > ends_at:
            return True
        _take(box, site_id, mailbox_id, validity, uid)
    with write():
        row = db.session.get_one(Mailbox, mailbox_id, with_for_update=True)
        row.uidvalidity, row.begun = validity, True
        row.last_uid = max(following - 1, row.last_uid if same else 0)
    return False


def _take(box: BaseMailBox, site_id: int, mailbox_id: int, validity: int, uid: int) -> None:
    answer = box.client.uid("FETCH", str(uid), "(RFC822.SIZE INTERNALDATE)")[1]
    facts = b" ".join(part if isinstance(part, bytes) else part[0] for part in answer if part)
    size = int(found[1]) if (found := re.search(rb"RFC822\.SIZE (\d+)", facts)) else 0
    cut = size > WHOLE_BYTES
    what = f"(BODY.PEEK[]<0.{BEGINNING_BYTES}>)" if cut else "(BODY.PEEK[])"
    fetched = box.client.uid("FETCH", str(uid), what)[1]
    raw = next((part[1] for part in fetched if isinstance(part, tuple)), None)
    if raw is None:
        return  # taken away by another client meanwhile
    at = _arrival(facts)
    if keep(site_id, mailbox_id, validity, uid, raw, size=size or len(raw), cut=cut, received_at=at):
        with suppress(IMAP4.error):  # a mailbox that may only be read is read all the same
            box.client.uid("STORE", str(uid), "+FLAGS", r"(\Seen)")


def _arrival(facts: bytes) -> datetime:
    """Return when the server took the message; now where it does not say, and never later than now."""
    found = re.search(rb'INTERNALDATE "([^"]+)"', facts)
    try:
        at = datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC) if found else now()
    except ValueError:
        at = now()
    return min(at, now())


def keep(
    site_id: int, mailbox_id: int, validity: int, uid: int, raw: bytes, *, size: int, cut: bool, received_at: datetime
) -> bool:
    """Put a message on disk and in the store, and queue its reading; False where it was here already."""
    storage = current_app.extensions["ventanilla"].storage
    digests, key = (digest_of(raw), bare_digest_of(raw)), _store(storage, raw)
    kept = False
    try:
        with write():
            kept = _add(site_id, mailbox_id, validity, uid, digests, key, size, cut, received_at)
    finally:
        if not kept:
            storage.delete(key)
    return True


def _add(
    site_id: int, mailbox_id: int, validity: int, uid: int, digests: tuple[str, str], key: str, size: int, cut: bool,
    at: datetime,
) -> bool:  # fmt: skip
    """Add the row and move the mailbox on, both or none; return whether the raw form is to stay."""
    digest, bare = digests
    # The lock of the mailbox is the turn: of two workers with the same message the second finds it taken.
    box = db.session.get_one(Mailbox, mailbox_id, with_for_update=True, populate_existing=True)
    here = select(IncomingMail.id).where(
        IncomingMail.mailbox_id == mailbox_id, IncomingMail.uidvalidity == validity, IncomingMail.uid == uid
    )
    if box.uidvalidity != validity:
        box.uidvalidity, box.last_uid = validity, 0
    box.last_uid = max(box.last_uid, uid)
    if db.session.scalar(here) is not None:
        return False
    # A server that numbers its mailbox anew is read from the start, mails of before an update too: those arrived then.
    same = (IncomingMail.digest == digest) | (IncomingMail.digest == bare) & (IncomingMail.received_at == at)
    double = db.session.scalar(select(IncomingMail.id).where(IncomingMail.site_id == site_id, same))
    row = IncomingMail(
        site_id=site_id, mailbox_id=mailbox_id, uidvalidity=validity, uid=uid, raw_key="" if double else key,
        size_bytes=size, cut=cut, digest=None if double else digest, received_at=at,
    )  # fmt: skip
    if double:
        row.state, row.source, row.source_id = DOUBLE, "mail", double
    db.session.add(row)
    db.session.flush()
    if not double:
        current_app.extensions["ventanilla"].jobs.enqueue(READ, {"mail": row.id}, dedupe=f"{READ}:{row.id}")
    return double is None


def _store(storage: Any, raw: bytes) -> str:
    storage.incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile(dir=storage.incoming, delete=False) as file:
        file.write(raw)
    path = Path(file.name)
    try:
        return str(storage.put(path))
    finally:
        path.unlink(missing_ok=True)


def mailboxes_of(site_id: int) -> list[Mailbox]:
    return list(db.session.scalars(select(Mailbox).where(Mailbox.site_id == site_id).order_by(Mailbox.id)))
