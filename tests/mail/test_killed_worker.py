"""R16: the worker dies while it sends; every letter arrives, and a second copy is known by its Message-ID."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.clock import now
from app.db import db, write
from app.jobs import Job
from app.mail.models import Mail
from tests.conftest import Cast, HostPage, filing
from tests.drills.served import ROOT
from tests.mail.conftest import PostOffice

pytestmark = pytest.mark.drill


def start_worker(env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "app.cli", "worker"], cwd=ROOT, env=env)


def leases_run_out() -> None:
    """Let the time of a dead worker's lease pass, without waiting it out."""
    with write():
        past = now() - timedelta(seconds=1)
        db.session.execute(update(Job).where(Job.state == "leased").values(leased_until=past))
        db.session.execute(update(Job).where(Job.state == "ready").values(run_at=past))


def test_a_worker_killed_in_the_middle_of_sending_loses_no_letter(
    app: Flask,
    cast: Cast,
    host: HostPage,
    post_office: PostOffice,
    rounds: int,
) -> None:
    app.extensions["ventanilla"].gate.filings.count = lambda *_: 0  # type: ignore[method-assign]
    for number in range(rounds):
        assert host.send("/pqr/cases", filing(subject=f"Caso {number}")).status_code == 201
    settings = app.extensions["ventanilla"].settings
    env = {
        **os.environ,
        "VENTANILLA_INSTANCE": str(settings.instance),
        "VENTANILLA_DATABASE_URL": settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
        "VENTANILLA_SECRET_KEY": settings.secret_key,
        "VENTANILLA_MAIL": post_office.url,
    }
    workers: list[subprocess.Popen[bytes]] = []

    def die() -> None:
        # The server has the letter; the worker is killed before it can write that down.
        if len(workers) <= rounds and workers[-1].poll() is None:
            workers[-1].send_signal(signal.SIGKILL)
            workers[-1].wait()

    post_office.at_data = die
    post_office.open()
    for _ in range(rounds):
        leases_run_out()
        workers.append(start_worker(env))
        workers[-1].wait(60)
    post_office.at_data = None
    leases_run_out()
    workers.append(start_worker(env))
    try:
        for _ in range(600):
            db.session.rollback()
            if not db.session.scalar(select(func.count()).select_from(Mail).where(Mail.state != "sent")):
                break
            time.sleep(0.1)
    finally:
        workers[-1].kill()
        workers[-1].wait()

    arrived = Counter(str(letter["Message-ID"]) for letter in post_office.letters)
    known = set(db.session.scalars(select(Mail.message_id)))
    assert len(known) == rounds
    assert set(arrived) == known, "a letter was lost"
    assert arrived.total() <= 2 * rounds, "more copies than kills"
    assert set(db.session.scalars(select(Job.state).where(Job.kind == "mail.deliver"))) == {"done"}
