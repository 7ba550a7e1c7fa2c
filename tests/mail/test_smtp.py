"""Letters over a real SMTP server: taken, put off, refused, and the server away for a while."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.cases import drafts
from app.clock import now
from app.config import Settings
from app.db import db, write
from app.errors import Invalid
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


def test_an_answer_goes_to_who_asked_alone_and_to_each_reviewed_address_as_a_letter_of_its_own(
    app: Flask, host: HostPage, cast: Cast, post_office: PostOffice
) -> None:
    """Read to the byte as it came: one address in each To and each envelope, and nobody else in the head."""
    post_office.open()
    host.send("/pqr/cases", filing())
    ana, reviewed = cast.staff("ana"), ("veedor@example.org", "jefe@example.org")
    with pytest.raises(Invalid):
        drafts.save(ana, cast.tenjo, 1, drafts.Text("R", "T", "N", copies=("no es correo",)))
    drafts.save(ana, cast.tenjo, 1, drafts.Text("Resp", "Texto.", "Espere.", copies=(*reviewed, reviewed[0])))
    drafts.submit(ana, cast.tenjo, 1)
    drafts.review(cast.staff("rita"), cast.tenjo, 1, "", approve=True)
    run_jobs(app)
    before = len(post_office.contents)

    drafts.send(ana, cast.tenjo, 1)
    run_jobs(app)

    heads = [content.partition(b"\r\n\r\n")[0] for content in post_office.contents[before:]]
    told = [re.findall(rb"(?im)^(to|cc|bcc|resent-to):[ \t]*(.*?)\r?$", head) for head in heads]
    assert sorted(told) == sorted([(b"To", one.encode())] for one in ("luz@example.org", *reviewed))
    assert post_office.envelopes[before:] == [[line[0][1].decode()] for line in told]
    for letter in post_office.letters[before:]:
        files = [part.get_content_type() for part in letter.iter_attachments()]
        assert files == ["application/pdf"]
        # A copy has the text; who asked reads theirs behind the code, since that is the notice.
        assert ("Texto." in letter.get_body().get_content()) == (letter["To"] in reviewed)  # type: ignore[union-attr]


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
def test_a_server_that_is_down_gets_each_letter_once_as_soon_as_it_is_back(
    app: Flask, host: HostPage, post_office: PostOffice, sign_in: Any
) -> None:
    filed, desk = host.send("/pqr/cases", filing()), sign_in("admin")
    for waited in (0, 60, 120, 180, 300):
        with time_machine.travel(now().timestamp() + waited):
            run_jobs(app)
    waiting = mail_row()
    state, tries, error = waiting.state, waiting.attempts, waiting.last_error
    with time_machine.travel(now().timestamp() + 310):
        host.send("/pqr/cases", filing(subject="Mientras tanto"))
        run_jobs(app)
        down = [desk.get("/outbox?state=queued").text, desk.get("/").text]

    post_office.open()
    with time_machine.travel(now().timestamp() + 325):
        # The second is due; the first would wait for minutes still.
        run_jobs(app)
        there = len(post_office.letters)
    with time_machine.travel(now().timestamp() + 9000):
        run_jobs(app)

    assert filed.status_code == 201
    assert (state, tries, error) == ("queued", 5, "ConnectionRefusedError")
    assert all("2 correos no han podido salir (el servidor de correo no recibe" in page for page in down)
    assert there == len(post_office.letters) == 2 and "no ha podido salir" not in desk.get("/").text
    db.session.rollback()
    assert set(db.session.scalars(select(Mail.state))) == {"sent"}


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
