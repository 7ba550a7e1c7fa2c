"""What a monitor is told, and what the log is not."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from app import health
from tests.conftest import HostPage, filing


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
