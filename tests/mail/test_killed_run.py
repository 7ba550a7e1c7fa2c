"""A digest to thousands while the worker dies twice: nobody is left out, a second copy is known by its Message-ID."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, insert, select, update

from app.clock import now
from app.content.service import set_state
from app.db import db, table, write
from app.jobs import Job
from app.mail.models import Mail
from app.sites.service import choose_widget
from tests.conftest import Cast
from tests.content.conftest import Press
from tests.mail.conftest import PostOffice
from tests.mail.test_killed_worker import leases_run_out, start_worker
from widgets.subscribe import mailing, service
from widgets.subscribe.models import Delivery, Run, Subscriber

# In make test tests/subscribe/test_sending.py kills one between its batches.
pytestmark = [pytest.mark.drill, pytest.mark.full]
DOMAINS = ("gmail.com", "gmail.com", "hotmail.com", "outlook.com", "yahoo.com", *(f"d{n}.example" for n in range(5)))


def subscribe_many(site_id: int, count: int) -> None:
    moment = now()
    rows = [
        {
            "site_id": site_id, "email": f"p{n}@{domain}", "email_key": f"p{n}@{domain}", "domain": domain,
            "state": "active", "frequency": "daily", "all_topics": True, "lang": "es", "notice_version": 1,
            "version": 1, "asked_at": moment, "confirmed_at": moment, "mailed_today": 0, "reason": "",
        }
        for n in range(count)
        for domain in (DOMAINS[n % len(DOMAINS)],)
    ]  # fmt: skip
    with write():
        db.session.execute(insert(table(Subscriber)), rows)


def test_a_digest_survives_two_deaths_of_the_worker(app: Flask, cast: Cast, post_office: PostOffice) -> None:
    count = 10_000
    press = Press(app, cast.staff("comu"), cast.tenjo)
    with time_machine.travel(now() - timedelta(hours=2), tick=True):
        made = press.write("Feria")
        set_state(press.staff, press.site, made, "published")
    choose_widget(cast.tenjo, "subscribe", "system", options={"hour": 0})
    subscribe_many(cast.tenjo, count)
    mailing.plan_digests({})
    settings = app.extensions["ventanilla"].settings
    env = {
        **os.environ,
        "VENTANILLA_INSTANCE": str(settings.instance),
        "VENTANILLA_DATABASE_URL": settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
        "VENTANILLA_SECRET_KEY": settings.secret_key,
        "VENTANILLA_MAIL": post_office.url,
    }
    workers: list[subprocess.Popen[bytes]] = []
    deaths = [count // 3, 2 * count // 3]
    dies = len(deaths)

    def die() -> None:
        # The server has the letter; the worker is killed before it can write that down.
        if deaths and len(post_office.letters) >= deaths[0]:
            deaths.pop(0)
            workers[-1].send_signal(signal.SIGKILL)
            workers[-1].wait()

    post_office.at_data = die
    post_office.open()
    try:
        # No claim on time: there somebody should look.
        until = time.monotonic() + 3600
        while time.monotonic() < until:
            if not workers or workers[-1].poll() is not None:
                leases_run_out()
                workers.append(start_worker(env))
            # The pauses between batches are for providers, and not for those who wait for a test.
            no_pauses()
            db.session.rollback()
            # Another site has a run of its own where the hour of its digests has come.
            state = db.session.scalar(select(Run.state).where(Run.frequency == "daily", Run.site_id == cast.tenjo))
            unsent = select(func.count()).select_from(Mail).where(Mail.state != "sent")
            if state == "done" and not db.session.scalar(unsent):
                break
            time.sleep(1.0)
    finally:
        workers[-1].kill()
        workers[-1].wait()

    arrived = Counter(str(letter["Message-ID"]) for letter in post_office.letters)
    people = Counter(str(letter["To"]) for letter in post_office.letters)
    assert len(workers) == dies + 1 and deaths == []
    assert len(people) == len(arrived) == count, "somebody was left out, or got two different letters"
    assert set(arrived) == set(db.session.scalars(select(Mail.message_id)))
    assert arrived.total() <= count + dies, "more copies than deaths"
    assert [run.sent for run in service.runs(cast.tenjo) if run.run.frequency == "daily"] == [count]
    assert set(db.session.scalars(select(Delivery.state))) == {"queued"}


def no_pauses() -> None:
    with write():
        db.session.execute(update(Job).where(Job.state == "ready", Job.kind == mailing.SEND).values(run_at=now()))
