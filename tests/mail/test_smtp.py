"""Letters over a real SMTP server: taken, put off, refused, and the server away for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.clock import now
from app.config import Settings
from app.db import db, write
from app.jobs import Job
from app.mail import outbox
from app.mail.models import Mail
from app.mail.transport import make_transport
from tests.conftest import Cast, HostPage, filing
from tests.mail.conftest import PostOffice


@pytest.fixture
def settings(settings: Settings, post_office: PostOffice) -> Settings:
    return replace(settings, mail=post_office.url)


def run_jobs(app: Flask) -> None:
    while app.extensions["ventanilla"].jobs.run_due():
        pass


def mail_row() -> Mail:
    db.session.rollback()
    return db.session.scalars(select(Mail)).one()


def test_a_letter_goes_from_the_official_address_and_asks_machines_not_to_answer(
    app: Flask, host: HostPage, post_office: PostOffice
) -> None:
    post_office.open()
    host.send("/pqr/cases", filing())

    run_jobs(app)

    [letter] = post_office.letters
    assert "contacto@tenjo.example" in letter["From"]
    assert (letter["To"], letter["Auto-Submitted"]) == ("luz@example.org", "auto-generated")
    assert mail_row().state == "sent"


def test_a_domain_of_other_letters_is_written_as_every_server_takes_it(
    app: Flask, host: HostPage, post_office: PostOffice
) -> None:
    post_office.open()
    host.send("/pqr/cases", filing(email="luz@niñez.example"))

    run_jobs(app)

    [letter] = post_office.letters
    assert (letter["To"], post_office.contents[0].isascii()) == ("luz@xn--niez-hqa.example", True)
    assert mail_row().to_address == "luz@niñez.example"


@pytest.mark.store
def test_a_server_that_is_down_gets_the_letter_when_it_is_back_and_only_once(
    app: Flask, host: HostPage, post_office: PostOffice
) -> None:
    filed = host.send("/pqr/cases", filing())
    run_jobs(app)
    waiting = mail_row()
    state, tries, error = waiting.state, waiting.attempts, waiting.last_error

    post_office.open()
    with time_machine.travel(now().timestamp() + 60):
        run_jobs(app)
    with time_machine.travel(now().timestamp() + 9000):
        run_jobs(app)

    assert filed.status_code == 201
    assert (state, tries, error) == ("queued", 1, "ConnectionRefusedError")
    assert len(post_office.letters) == 1
    assert mail_row().state == "sent"


def test_a_server_that_says_later_is_asked_again_and_one_that_says_no_is_not(
    app: Flask, host: HostPage, post_office: PostOffice
) -> None:
    post_office.open()
    post_office.answers = ["451 try again", "550 no such mailbox"]
    host.send("/pqr/cases", filing())

    run_jobs(app)
    put_off = mail_row().state
    with time_machine.travel(now().timestamp() + 60):
        run_jobs(app)
    with time_machine.travel(now().timestamp() + 9000):
        run_jobs(app)

    assert put_off == "queued"
    assert (mail_row().state, mail_row().attempts, post_office.letters) == ("failed", 2, [])
    assert db.session.scalar(select(Job.state).where(Job.kind == "mail.deliver")) == "done"


def test_a_week_of_silence_ends_in_the_list_of_dead_letters_and_not_before(
    app: Flask, host: HostPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import jobs

    monkeypatch.setattr(jobs, "MAX_ATTEMPTS", 3)
    host.send("/pqr/cases", filing())
    states = []
    for hours in range(4):
        with time_machine.travel(now().timestamp() + hours * 7200):
            run_jobs(app)
            states.append(db.session.scalar(select(Job.state).where(Job.kind == "mail.deliver")))

    assert states == ["ready", "ready", "dead", "dead"]
    assert [job.kind for job in jobs.dead_letters()] == ["mail.deliver"]


@pytest.mark.parametrize("text", ["Asunto\r\nBcc: otro@example.org", "Asunto\nX-Spam: no"])
def test_no_header_can_be_smuggled_in_by_a_subject_or_a_name(
    app: Flask, host: HostPage, post_office: PostOffice, text: str
) -> None:
    post_office.open()
    host.send("/contact/messages", {
        "name": text, "email": "luz@example.org", "subject": text, "body": "Hola", "notice_version": 1
    })  # fmt: skip

    run_jobs(app)

    for letter in post_office.letters:
        assert letter["Bcc"] is None and letter["X-Spam"] is None
        assert letter.get_all("To") == ["luz@example.org"]


def test_the_secret_of_a_letter_is_gone_from_the_store_once_it_was_sent(
    app: Flask, host: HostPage, post_office: PostOffice
) -> None:
    post_office.open()
    said: Any = host.send("/pqr/cases", filing()).json
    before = mail_row().secret

    run_jobs(app)

    assert before and said["code"] not in before
    assert said["code"] in post_office.letters[0].get_content()
    assert mail_row().secret == ""
    assert said["code"] not in mail_row().text


def test_a_letter_that_never_arrives_loses_its_secret_after_a_month_and_goes_no_more(
    app: Flask, host: HostPage, cast: Cast
) -> None:
    host.send("/pqr/cases", filing())
    with write():
        mail_row().state = "failed"
    outbox.forget_secrets({})
    kept = mail_row().secret

    with time_machine.travel(now() + timedelta(days=31)):
        outbox.forget_secrets({})

    assert kept and mail_row().secret == ""
    with pytest.raises(outbox.SecretGone):
        outbox.send_again(cast.tenjo, mail_row().id, "system")


def test_every_kind_of_transport_is_made_from_its_setting() -> None:
    made = [type(make_transport(setting)).__name__ for setting in ("smtp://h:25", "smtps://h", "maildir:/x", "none")]

    assert made == ["Smtp", "Smtp", "MaildirBox", "Nowhere"]
