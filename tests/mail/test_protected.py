"""A mailbox behind STARTTLS at a real server: waited at by IDLE, read by a worker that dies, purged in time."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.clock import now
from app.db import db, write
from app.jobs import Job
from app.mail.intake import keeping, watching
from app.mail.intake.accounts import opened, parse_accounts
from app.mail.intake.fetching import FETCH
from app.mail.intake.models import IncomingMail
from app.mail.models import Mail
from app.uploads.storage import FileUnknown
from tests.conftest import Cast
from tests.mail.conftest import Inbox, PostOffice, letter
from tests.mail.dovecot import PROGRAM, Dovecot, dovecot
from tests.mail.test_killed_worker import leases_run_out, start_worker
from widgets.contact.models import ContactMessage


@pytest.fixture
def protected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dovecot]:
    """A server that takes no password without TLS, and whose certificate this process trusts."""
    if PROGRAM is None:
        pytest.skip("no Dovecot: install dovecot-imapd (make test does, as root)")
    with dovecot(tls=True) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        yield server


def until(happens: Callable[[], bool]) -> bool:
    for _ in range(600):
        db.session.rollback()
        if happens():
            return True
        time.sleep(0.05)
    return False


def _asked() -> bool:
    return db.session.scalar(select(Job.id).where(Job.kind == FETCH)) is not None


def test_behind_starttls_what_comes_wakes_the_reading_by_idle(
    app: Flask, cast: Cast, protected: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "IDLE_S", 1)
    (account,) = parse_accounts(protected.setting("watched"))
    with opened(account) as box:
        assert isinstance(box.client.sock, ssl.SSLSocket)
    stop = threading.Event()
    waiting = threading.Thread(target=watching.watch, args=(account, app, stop))
    waiting.start()
    try:
        # Again and again until one finds it waiting: what came before is for the look of each minute.
        def comes() -> bool:
            protected.deliver("watched", letter().as_bytes())
            time.sleep(0.1)
            return _asked()

        assert until(comes)
    finally:
        stop.set()
        waiting.join(20)

    assert not waiting.is_alive()


def test_a_certificate_that_nobody_vouches_for_gets_no_password(
    protected: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    (account,) = parse_accounts(protected.setting("nobody"))

    with pytest.raises(ssl.SSLCertVerificationError), opened(account):
        pass


@pytest.mark.drill
@pytest.mark.full
def test_killed_and_cut_off_at_random_it_loses_no_mail_and_doubles_none(
    app: Flask, cast: Cast, protected: Dovecot, post_office: PostOffice, rounds: int
) -> None:
    """kill -9 of the worker, the mailbox away, the way out away: each mail is one message and one letter of thanks."""
    settings = app.extensions["ventanilla"].settings
    env = {
        **os.environ,
        "VENTANILLA_INSTANCE": str(settings.instance),
        "VENTANILLA_DATABASE_URL": settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
        "VENTANILLA_SECRET_KEY": settings.secret_key,
        "VENTANILLA_MAIL": post_office.url,
        "VENTANILLA_IMAP": protected.setting("official"),
    }
    per_round = 20
    post_office.open()
    worker: subprocess.Popen[bytes] | None = None
    try:
        for number in range(rounds):
            protected.deliver(
                "official",
                *(
                    letter(f"{number}/{n}", From=f"p{number}x{n}@example.org", Subject=f"{number}/{n}").as_bytes()
                    for n in range(per_round)
                ),
            )
            leases_run_out()
            worker = start_worker(env)
            reached = number * per_round + number % per_round

            def so_far(least: int = reached) -> bool:
                return (db.session.scalar(select(func.count()).select_from(IncomingMail)) or 0) > least

            assert until(so_far)
            if number % 3 == 1:
                post_office.close()
                post_office.open()
            if number % 3 == 2:
                protected.close()
                protected.open()
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        leases_run_out()
        worker = start_worker(env)
        total = rounds * per_round

        def all_there() -> bool:
            with write():
                db.session.execute(Job.__table__.update().where(Job.state == "ready").values(run_at=now()))
            waits = select(func.count()).select_from(Mail).where(Mail.state != "sent")
            messages = db.session.scalar(select(func.count()).select_from(ContactMessage))
            return messages == total and not db.session.scalar(waits)

        assert until(lambda: until(all_there))
    finally:
        if worker is not None:
            worker.kill()
            worker.wait()

    said = Counter(db.session.scalars(select(ContactMessage.body)))
    assert set(said.values()) == {1} and len(said) == total
    assert {row.state for row in db.session.scalars(select(IncomingMail))} == {"thread"}
    thanked = Counter(str(one["Message-ID"]) for one in post_office.letters)
    assert set(thanked) == set(db.session.scalars(select(Mail.message_id))) and len(thanked) == total
    # What SMTP itself allows: a letter that was taken when its sender died is sent again under the same number.
    assert thanked.total() <= total + 2 * rounds


def test_raw_mails_are_purged_after_the_days_of_the_setting_and_what_waits_for_a_person_is_not(
    inbox: Inbox, app: Flask
) -> None:
    inbox.deliver(letter("Uno."), letter("Dos.", Precedence="bulk"))
    taken, held = inbox.fetch()
    with write():
        for row in db.session.scalars(select(IncomingMail)):
            row.kept_at = now() - timedelta(days=31)
        held = db.session.get_one(IncomingMail, held.id)
        held.state = "other"
    key, ventanilla = taken.raw_key, app.extensions["ventanilla"]
    keeping.forget_raw({})
    db.session.rollback()
    assert db.session.get_one(IncomingMail, taken.id).raw_key == key, "without a setting all is kept"

    ventanilla.settings = replace(ventanilla.settings, raw_mail_days=30)
    keeping.forget_raw({})

    db.session.rollback()
    assert [bool(row.raw_key) for row in db.session.scalars(select(IncomingMail).order_by(IncomingMail.id))] == [
        False, True,
    ]  # fmt: skip
    with pytest.raises(FileUnknown):
        ventanilla.storage.path(key)
    assert inbox.fetch()[-1].id == held.id, "its hash stays: it is not read again"
