"""R12: a disk without room is the system's failure, said as such; nothing half-written stays, and it passes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text

from app import audit
from app.audit import AuditEntry
from app.cases.models import Case, CaseClock, CaseEvent, CaseParty
from app.db import db
from app.embed.models import IdempotentAnswer
from app.mail.models import Mail
from app.sites.service import all_sites
from tests.conftest import HostPage, filing
from tests.drills.served import Filer, Served, a_case

pytestmark = pytest.mark.drill


def pages(limit: int) -> None:
    """Let the store grow no further than this many pages, on this connection and on every one to come."""
    db.session.remove()
    db.engine.dispose()

    @event.listens_for(db.engine, "connect")
    def _limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={limit}")


def counts() -> dict[str, int]:
    tables = (Case, CaseParty, CaseClock, Mail, IdempotentAnswer)
    found = {table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
    found["case_events"] = (db.session.scalar(select(func.count()).select_from(CaseEvent)) or 0) // 2
    filed = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "case.filed")
    found["audit"] = db.session.scalar(filed) or 0
    return found


def test_a_full_store_is_told_as_the_systems_failure_and_recovers(app: Flask, host: HostPage) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("only by make drills: SQLite's own limit of pages")
    app.config["RAISE_BUGS"] = False
    app.extensions["ventanilla"].gate.filings.count = lambda *_: 0  # many filings from one network, no proofs
    size = int(db.session.scalar(text("PRAGMA page_count")) or 0)
    pages(size + 40)
    answers = []
    while not answers or answers[-1].status_code == 201 and len(answers) < 500:
        key = f"{len(answers):032d}"
        answers.append(host.send("/pqr/cases", filing(subject=f"Caso {key}"), key=key))
    refused = answers[-1]
    taken = len(answers) - 1

    assert taken > 0
    assert (refused.status_code, refused.json["error"]["code"]) == (503, "unavailable")  # type: ignore[index]
    assert int(refused.headers["Retry-After"]) > 0
    assert set(counts().values()) == {taken}, counts()

    pages(size + 4000)
    again = host.send("/pqr/cases", filing(subject=f"Caso {key}"), key=key)

    assert again.status_code == 201
    assert set(counts().values()) == {taken + 1}
    assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"
    assert all(audit.verify(site.id)[1] == "" for site in all_sites())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("only by make drills, as root: a small disk cannot be mounted")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.full
def test_a_served_installation_outlives_a_full_disk(small_disk: Path) -> None:
    served = Served(small_disk / "instance", VENTANILLA_WORKER="none").create().start()
    try:
        with Filer(served.port) as filer:
            status, number = 201, 0
            while status == 201:
                number += 1
                status, said = filer.file(f"{number:032d}", a_case(number))
            assert (status, said["error"]["code"]) == (503, "unavailable")
            assert served.get("/ready") == 503
            subprocess.run(["mount", "-o", "remount,size=400m", str(small_disk)], check=True)
            status, said = filer.file(f"{number:032d}", a_case(number))
        assert status == 201
        assert said["radicado"].split("-")[2] == f"{number:06d}"
        assert "all hold" in served.command("audit", "verify")
    finally:
        served.stop()
