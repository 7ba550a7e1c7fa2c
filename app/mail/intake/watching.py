"""Wait at a mailbox by IDLE, where the server has it, and wake the job that reads it: never the truth, only earlier."""

from __future__ import annotations

import logging
import threading
from imaplib import IMAP4

from flask import Flask, current_app

from app.db import db, write
from app.mail.intake.accounts import Account, MailboxMissing, Unprotected, opened
from app.mail.intake.fetching import FETCH

log = logging.getLogger("ventanilla.mail")

# Servers end an IDLE after half an hour; a short one notices a dead line, and a stop, soon.
IDLE_S = 60
AGAIN_S = 60


def watch(account: Account, app: Flask, stop: threading.Event) -> None:
    """Wake the reading of a mailbox whenever something comes, until `stop`; without IDLE the minute's look is all."""
    while not stop.is_set():
        try:
            if not _idle(account, app, stop):
                return
        except (OSError, IMAP4.error, MailboxMissing, Unprotected, ValueError) as error:
            log.debug("no IDLE at the mailbox of %s: %s", account.site_key, type(error).__name__)
        stop.wait(AGAIN_S)


def _idle(account: Account, app: Flask, stop: threading.Event) -> bool:
    with opened(account) as box:
        # Asked again: many servers tell what they can only to who has signed in.
        if b"IDLE" not in b" ".join(box.client.capability()[1]).upper().split():
            return False
        while not stop.is_set():
            if box.idle.wait(timeout=IDLE_S):
                with app.app_context():
                    wake(account.name)
                    db.session.remove()
    return True


def wake(name: str) -> None:
    """Queue a look at one mailbox."""
    with write():
        current_app.extensions["ventanilla"].jobs.enqueue(FETCH, {"mailbox": name})
