"""R1, R2: the server dies at any moment under load, and nobody loses or doubles a radicado."""

from __future__ import annotations

import random
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPException

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app import audit
from app.cases.models import Case, CaseClock, CaseEvent, CaseParty
from app.db import db
from app.embed.models import IdempotentAnswer
from app.mail.models import Mail
from app.sites.service import all_sites
from tests.drills.served import Filer, Served, a_case

pytestmark = pytest.mark.drill

CLIENTS = 8


@dataclass
class Person:
    """Someone who files, and sends again under the same key until an answer comes."""

    port: int
    acknowledged: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    doubtful: tuple[str, str] | None = None

    def live(self, stop: threading.Event) -> None:
        """File until told to stop; what got no answer is kept, and is the first thing sent next time."""
        filer = Filer(self.port)
        while not stop.is_set():
            key, subject = self.doubtful or (secrets.token_hex(16), secrets.token_hex(4))
            self.doubtful = (key, subject)
            try:
                status, said = filer.file(key, a_case(subject))
            except (OSError, HTTPException, ValueError):
                filer.hang_up()
                time.sleep(0.05)
                continue
            if status == 201:
                self.acknowledged[subject] = said["radicado"]
                self.doubtful = None
            elif status != 409:
                self.problems.append(f"{status}: {said}")
                self.doubtful = None
        filer.hang_up()


def live_and(people: list[Person], act: object) -> None:
    """Let everybody file while `act` happens, and some moments longer."""
    stop = threading.Event()
    threads = [threading.Thread(target=person.live, args=(stop,)) for person in people]
    for thread in threads:
        thread.start()
    try:
        act()  # type: ignore[operator]
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _count(people: list[Person]) -> int:
    return sum(len(person.acknowledged) for person in people)


def test_no_acknowledged_radicado_is_lost_or_doubled_when_the_server_is_killed(
    served: Served, app: Flask, rounds: int
) -> None:
    chance = random.Random(1)
    people = [Person(served.port) for _ in range(CLIENTS)]

    def until(more: int) -> None:
        """Wait for this many acknowledgements: a second of a busy machine may hold none."""
        enough, patience = _count(people) + more, time.monotonic() + 60
        while _count(people) < enough and time.monotonic() < patience:
            time.sleep(0.005)

    def worst() -> None:
        # At the first breath of the server too, and anywhere between two answers.
        until(chance.choice((0, 2, 4, 8)))
        time.sleep(chance.uniform(0, 0.3))
        served.kill()

    for _ in range(rounds):
        served.start()
        live_and(people, worst)
    served.start()
    live_and(people, lambda: until(2 * CLIENTS))
    served.stop()

    acknowledged = {subject: radicado for person in people for subject, radicado in person.acknowledged.items()}
    assert [problem for person in people for problem in person.problems] == []
    assert len(acknowledged) > 2 * rounds
    rows = db.session.execute(select(Case.subject, Case.radicado, Case.sequence)).all()
    stored = {subject.removeprefix("Alumbrado "): radicado for subject, radicado, _ in rows}
    assert len(stored) == len(rows), "a submission became two cases"
    assert acknowledged.items() <= stored.items()
    assert {sequence for _, _, sequence in rows} == set(range(1, len(rows) + 1)), "a number was lost or doubled"
    # Nothing half-written: each case has its party, clock, two events, letter and stored answer, or does not exist.
    for table in (CaseParty, CaseClock, Mail, IdempotentAnswer):
        assert db.session.scalar(select(func.count()).select_from(table)) == len(rows), table.__tablename__
    assert db.session.scalar(select(func.count()).select_from(CaseEvent)) == 2 * len(rows)
    assert audit.verify(all_sites()[0].id)[1] == ""
    if db.engine.dialect.name == "sqlite":
        assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"


@pytest.mark.store
def test_a_hundred_sendings_of_one_submission_are_one_case(served: Served, app: Flask) -> None:
    served.start()
    key, answers, start = "k" * 32, [], threading.Barrier(100, timeout=120)
    # One after the other: a store that has just lost its server may still count the connections of the old one.
    with Filer(served.port) as first:
        tokens = [first.token() for _ in range(100)]

    def send() -> None:
        filer = Filer(served.port)
        token = tokens.pop()
        start.wait()
        status, said = filer.file(key, a_case("uno"), token)
        for _ in range(100):
            if status != 409:
                break
            time.sleep(0.05)
            status, said = filer.file(key, a_case("uno"), token)
        answers.append((status, said.get("radicado"), said.get("code")))
        filer.hang_up()

    threads = [threading.Thread(target=send) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    served.kill()
    served.start()
    with Filer(served.port) as filer:
        again = filer.file(key, a_case("uno"))
        other = filer.file(key, a_case("otro"))

    assert len(set(answers)) == 1 and len(answers) == 100
    assert answers[0][0] == 201
    assert (again[0], again[1]["radicado"], again[1]["code"]) == answers[0]
    assert (other[0], other[1]["error"]["code"]) == (422, "key-reused")
    assert db.session.scalar(select(func.count()).select_from(Case)) == 1
