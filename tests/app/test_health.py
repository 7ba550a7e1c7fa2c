"""What a monitor is told, and what the log is not."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from app import health
from app.console.models import User
from app.db import after_commit, db, write
from app.sites.models import Site
from tests.conftest import Cast, HostPage, filing


def test_it_is_ready_when_store_disk_and_migrations_are(app: Flask) -> None:
    answer = app.test_client().get("/ready")

    assert (answer.status_code, answer.json["status"]) == (200, "ok")  # type: ignore[index]


def test_it_is_not_ready_with_a_full_disk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 2**62)

    answer = app.test_client().get("/ready")

    assert answer.status_code == 503
    assert answer.json["checks"]["disk"].startswith("failed")  # type: ignore[index]


def test_it_is_not_ready_behind_the_code(app: Flask) -> None:
    from app import migrate

    migrate.downgrade("0001")
    answer = app.test_client().get("/ready")

    assert answer.status_code == 503
    assert "db upgrade" in answer.json["checks"]["migrations"]  # type: ignore[index]


def test_it_is_alive_without_looking_at_the_store(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "checks", lambda: 1 / 0)

    assert app.test_client().get("/health").json == {"status": "ok"}


def test_no_address_of_a_filer_reaches_the_log(host: HostPage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    filed = host.send("/pqr/cases", filing(identity="anonymous"))

    assert filed.status_code == 201
    assert "/api/<site_key>/pqr/cases 201" in caplog.text
    assert "127.0.0.1" not in caplog.text
    assert "Alumbrado" not in caplog.text


def test_no_message_of_an_exception_reaches_the_log(app: Flask, cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    """It may hold what a person typed: in the parameters of a statement, in the refusal of a mail server."""
    caplog.set_level(logging.DEBUG)
    jobs, typed = app.extensions["ventanilla"].jobs, "luz@example.org"

    def fail(_payload: object = None) -> None:
        raise ValueError(typed)

    jobs.register("fails", fail)
    with write():
        jobs.enqueue("fails")
        after_commit(fail)
    while jobs.run_due():
        pass
    with pytest.raises(IntegrityError) as refused, write():
        db.session.execute(insert(User).values(email=typed, fs_uniquifier=None, name="Luz Marina"))

    assert "job" in caplog.text and "after the commit" in caplog.text and "ValueError" in caplog.text
    assert "luz@" not in caplog.text and "luz@" not in str(refused.value)


@pytest.mark.store
def test_nobody_waits_for_ever_for_a_row_that_a_stopped_session_holds(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("told on PostgreSQL: SQLite has one writer, whose wait is bounded by its driver")
    monkeypatch.setattr("app.db.LOCK_WAIT_S", 1)
    db.session.remove()
    db.engine.dispose()
    row = select(Site.id).where(Site.id == cast.tenjo).with_for_update()

    with db.engine.connect() as holder, holder.begin():
        holder.execute(row)
        with pytest.raises(OperationalError, match="lock timeout"), write():
            db.session.execute(row)
    with write():
        assert db.session.scalar(row) == cast.tenjo
