"""The worker dies in the middle of a call to another system, which is slow, drips, refuses or is down meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.clock import now
from app.db import db, write
from app.jobs import Job
from app.systems import addresses
from app.systems.models import SENT, SystemHook, SystemSend
from tests.conftest import Cast, HostPage, filing
from tests.far_side import Quiet, standing
from tests.mail.test_killed_worker import start_worker


class Far:
    """A receiver that behaves as it is told: "slow", "drip", "refuse", "lead-away" or well."""

    def __init__(self) -> None:
        self.behaves, self.began, self.ends, self.url = "well", threading.Event(), threading.Event(), ""
        self.heard: list[str] = []

    @contextmanager
    def standing(self) -> Iterator[None]:
        far = self

        class Handler(Quiet):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                far.heard.append(self.headers["webhook-id"])
                how = far.behaves
                far.began.set()
                if how == "drip":
                    for letter in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
                        self.wfile.write(bytes([letter]))
                        if far.ends.wait(0.5):
                            return
                    return
                if how == "slow":
                    far.ends.wait(30)
                self.send_response({"refuse": 500, "lead-away": 302}.get(how, 200))
                self.send_header("Location", far.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def handle(self) -> None:
                with suppress(OSError):  # the caller was killed
                    super().handle()

        with standing(Handler) as address:
            far.url = f"{address}/avisos"
            yield


def everything_is_due() -> None:
    """Let leases, turns and pauses pass, without waiting them out."""
    with write():
        past = now() - timedelta(seconds=1)
        db.session.execute(update(Job).where(Job.state == "leased").values(leased_until=past))
        db.session.execute(update(Job).where(Job.state == "ready").values(run_at=past))
        db.session.execute(update(SystemHook).values(busy_until=None, resume_at=None))
        db.session.execute(update(SystemSend).values(try_at=None))


@pytest.mark.drill
@pytest.mark.full
def test_killed_in_the_middle_of_calls_it_tells_everything_and_floods_nobody(
    app: Flask, cast: Cast, host: HostPage
) -> None:
    app.extensions["ventanilla"].gate.filings.count = lambda *_: 0  # type: ignore[method-assign]
    far, near = Far(), Far()
    with far.standing(), near.standing():
        allowed = [one.url.split("/")[2] for one in (far, near)]
        ventanilla = app.extensions["ventanilla"]
        ventanilla.settings = settings = replace(ventanilla.settings, crawl_allow=frozenset(allowed))
        for one in (far, near):
            addresses.add(cast.staff("admin"), cast.tenjo, one.url)
        env = {
            **os.environ,
            "VENTANILLA_INSTANCE": str(settings.instance),
            "VENTANILLA_DATABASE_URL": settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
            "VENTANILLA_SECRET_KEY": settings.secret_key,
            # Only a demo may call this machine.
            "VENTANILLA_DEMO": "1",
            "VENTANILLA_CRAWL_ALLOW": ",".join(allowed),
            "VENTANILLA_MAIL": settings.mail,
        }
        ways = ("slow", "drip", "refuse", "lead-away", "slow", "drip")
        worker: subprocess.Popen[bytes] | None = None
        try:
            for number, far.behaves in enumerate(ways):
                for step in range(5):
                    assert host.send("/pqr/cases", filing(subject=f"{number}/{step}")).status_code == 201
                everything_is_due()
                far.began.clear(), far.ends.clear()
                worker = start_worker(env)
                assert far.began.wait(60)
                # The good one has all of its own while the other is still in the middle of its call.
                assert until(lambda told=5 * (number + 1): len(set(near.heard)) == told)  # type: ignore[misc]
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                far.ends.set()
            far.behaves = "well"
            worker = start_worker(env)

            def all_told() -> bool:
                everything_is_due()
                return set(db.session.scalars(select(SystemSend.state))) == {SENT}

            assert until(all_told)
        finally:
            if worker is not None:
                worker.kill()
                worker.wait()

    numbers = set(db.session.scalars(select(SystemSend.number)))
    assert len(numbers) == 2 * 5 * len(ways)
    assert set(far.heard) | set(near.heard) == numbers
    again = (Counter(far.heard) + Counter(near.heard)).total() - len(numbers)
    # One that was under way at a kill, and those that were refused on purpose before it.
    assert again <= 2 * len(ways)


def until(true: object, most_s: float = 60) -> bool:
    end = time.monotonic() + most_s
    while not true():  # type: ignore[operator]
        db.session.rollback()
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
