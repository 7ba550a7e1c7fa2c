"""A real SMTP server in the test's own process."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select

from app.db import db, write
from app.mail.intake.accounts import parse_accounts
from app.mail.intake.fetching import FETCH, fetch
from app.mail.intake.models import IncomingMail
from tests.conftest import Cast
from tests.drills.served import free_port
from tests.mail.dovecot import PROGRAM, Dovecot, dovecot


@dataclass
class PostOffice:
    """Takes letters on a port that stays the same while it is closed and opened."""

    port: int = field(default_factory=free_port)
    letters: list[EmailMessage] = field(default_factory=list)
    # The same as they came, to the byte.
    contents: list[bytes] = field(default_factory=list)
    # To whom each was to be brought, whatever stands in it.
    envelopes: list[list[str]] = field(default_factory=list)
    # What to answer instead of taking a letter, in order; "" takes it.
    answers: list[str] = field(default_factory=list)
    at_data: Callable[[], None] | None = None
    controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.answers.pop(0) if self.answers else ""
        if answer:
            return answer
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.contents.append(envelope.content)
        self.envelopes.append(list(envelope.rcpt_tos))
        if self.at_data is not None:
            await asyncio.get_running_loop().run_in_executor(None, self.at_data)
        return "250 OK"

    def open(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def close(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    office = PostOffice()
    yield office
    office.close()


@pytest.fixture(scope="session")
def imap_server() -> Iterator[Dovecot]:
    if PROGRAM is None:
        pytest.skip("no Dovecot: install dovecot-imapd (make test does, as root)")
    with dovecot() as server:
        yield server


@dataclass
class Inbox:
    """The official mailbox of Tenjo at a real server, as `deliver` fills it and `fetch` reads it."""

    app: Flask
    server: Dovecot
    user: str

    def deliver(self, *mails: bytes | EmailMessage) -> None:
        self.server.deliver(self.user, *(mail if isinstance(mail, bytes) else mail.as_bytes() for mail in mails))

    def fetch(self) -> list[IncomingMail]:
        """Let the worker look at the mailbox and do all that follows; return what has come so far, oldest first."""
        jobs = self.app.extensions["ventanilla"].jobs
        with write():
            jobs.enqueue(FETCH)
        while jobs.run_due():
            pass
        db.session.rollback()
        return list(db.session.scalars(select(IncomingMail).order_by(IncomingMail.id)))

    def get(self, *mails: bytes | EmailMessage) -> IncomingMail:
        """Deliver mails, fetch, and return the last one as it was read."""
        self.deliver(*mails)
        return self.fetch()[-1]


@pytest.fixture
def inbox(app: Flask, cast: Cast, imap_server: Dovecot) -> Inbox:
    user = f"u{secrets.token_hex(6)}"
    ventanilla = app.extensions["ventanilla"]
    accounts = parse_accounts(imap_server.setting(user))
    ventanilla.settings = replace(ventanilla.settings, imap=accounts)
    ventanilla.jobs.register(FETCH, fetch)
    # What runs by the clock has nothing to do here, and would be done in each test.
    ventanilla.jobs.every.clear()
    return Inbox(app, imap_server, user)


def letter(body: str = "Hay un hueco en la calle 5.", **headers: str) -> EmailMessage:
    """A mail as a person writes it to the official address."""
    message = EmailMessage()
    given = {
        "From": "Luz Peña <luz@example.org>", "To": "contacto@tenjo.example", "Subject": "Hueco en la vía",
        "Message-ID": f"<{secrets.token_hex(8)}@example.org>",
    }  # fmt: skip
    for name, value in (given | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        message[name] = value
    message.set_content(body)
    return message
