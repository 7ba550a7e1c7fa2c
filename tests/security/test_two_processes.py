"""Two real processes on one PostgreSQL: what arrives at both is done once, counted once and chained in order."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from app import audit
from app.cases.models import Case, CaseCounter
from app.config import Settings
from app.db import db
from tests.conftest import ORIGIN, Cast, HostPage, filing


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def post(base: str, path: str, body: Any, **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{base}/api/tenjo{path}", data=json.dumps(body).encode(), method="POST",
        headers={"Origin": ORIGIN, "Content-Type": "application/json", **headers},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def _answers(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/health", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def pair(settings: Settings, cast: Cast) -> Iterator[list[str]]:
    """The addresses of two gunicorn processes on the store of this test."""
    if settings.sqlite:
        pytest.skip(reason="only by make drills")
    started, bases = [], []
    for _ in range(2):
        port = _free_port()
        env = os.environ | {
            "VENTANILLA_INSTANCE": str(settings.instance), "VENTANILLA_DATABASE_URL": settings.database_url,
            "VENTANILLA_SECRET_KEY": settings.secret_key, "VENTANILLA_BIND": f"127.0.0.1:{port}",
            "VENTANILLA_WORKER": "none", "VENTANILLA_MAIL": settings.mail,
        }  # fmt: skip
        command = [sys.executable, "-m", "gunicorn", "-c", "docs/deploy/gunicorn.conf.py", "wsgi:app"]
        started.append(subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL))
        bases.append(f"http://127.0.0.1:{port}")
    for base in bases:
        for _ in range(300):
            if _answers(base):
                break
            time.sleep(0.1)
    yield bases
    for process in started:
        process.terminate()
    for process in started:
        process.wait(30)


@pytest.mark.store
def test_the_same_submission_at_two_processes_is_one_case_and_one_answer(pair: list[str], host: HostPage) -> None:
    from tests.conftest import PDF

    for _ in range(5):
        body = filing(files=[host.upload("a.pdf", PDF).json["receipt"]])  # type: ignore[index]
        key = secrets.token_hex(16)
        sends = [(base, post(base, "/token", {})[1]["token"]) for base in pair]

        with ThreadPoolExecutor(2) as pool:
            both = list(
                pool.map(
                    lambda one, body=body, key=key: post(  # type: ignore[misc]
                        one[0], "/pqr/cases", body, **{"Idempotency-Key": key, "X-Ventanilla-Token": one[1]}
                    ),
                    sends,
                )
            )

        assert [status for status, _ in both] == [201, 201], both
        assert both[0][1] == both[1][1]
        # The network of these tests files as often as it likes.
        assert db.session.scalar(select(func.count()).select_from(Case)) == db.session.scalar(select(CaseCounter.last))
        db.session.rollback()


@pytest.mark.store
def test_many_at_once_at_two_processes_get_numbers_without_gap_and_one_chain(pair: list[str], cast: Cast) -> None:
    def send(number: int) -> int:
        base = pair[number % 2]
        token = post(base, "/token", {})[1]["token"]
        body = filing(subject=f"Asunto {number}")
        return post(
            base, "/pqr/cases", body, **{"Idempotency-Key": secrets.token_hex(16), "X-Ventanilla-Token": token}
        )[0]

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(10)))

    numbers = sorted(db.session.scalars(select(Case.sequence).where(Case.site_id == cast.tenjo)))
    taken = statuses.count(201)
    assert set(statuses) <= {201, 428} and taken >= 5, statuses
    assert numbers == list(range(1, taken + 1))
    assert audit.verify(cast.tenjo)[1] == ""


@pytest.mark.store
def test_a_spent_token_at_the_other_process_asks_for_a_new_one(pair: list[str]) -> None:
    token = post(pair[0], "/token", {})[1]["token"]

    with ThreadPoolExecutor(2) as pool:
        both = list(
            pool.map(
                lambda base: post(
                    base,
                    "/pqr/cases",
                    filing(),
                    **{"Idempotency-Key": secrets.token_hex(16), "X-Ventanilla-Token": token},
                )[0],  # fmt: skip
                pair,
            )
        )

    assert sorted(both) == [201, 401]
