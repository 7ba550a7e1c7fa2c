"""Other systems are told what happens to cases: signed, each once, and again where they did not answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.cases.answering import Answer, answer
from app.config import Settings
from app.db import db
from app.systems import hooks
from app.systems.models import SystemHook, SystemSend
from tests.conftest import Cast, HostPage, filing


@dataclass
class Receiver:
    """A real server that takes what it is told, or refuses it."""

    status: int = 200
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    here = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.heard.append((dict(self.headers), body))
            self.send_response(here.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    here.url = f"http://127.0.0.1:{server.server_port}/avisos"
    yield here
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def settings(settings: Settings, receiver: Receiver) -> Settings:
    return replace(settings, crawl_allow=frozenset({receiver.url.split("/")[2]}))


@pytest.fixture
def secret(sign_in: Any, receiver: Receiver) -> str:
    page = sign_in("admin").post("/systems/hooks", {"url": receiver.url}).text
    found = re.search(r'v-long">([\w-]{43})<', page)
    assert found, page
    return found[1]


def work(app: Flask) -> None:
    hooks.plan({})
    while app.extensions["ventanilla"].jobs.run_due():
        pass


def states() -> list[tuple[str, int, str]]:
    db.session.rollback()
    rows = db.session.scalars(select(SystemSend).order_by(SystemSend.id))
    return [(row.state, row.attempts, row.problem) for row in rows]


@pytest.mark.store
def test_each_step_is_told_once_signed_and_without_the_person(
    app: Flask, host: HostPage, cast: Cast, receiver: Receiver, secret: str
) -> None:
    assert host.send("/pqr/cases", filing()).status_code == 201
    work(app)
    answer(cast.staff("ana"), cast.tenjo, 1, Answer("Asunto", "Texto", "Espere"))
    work(app)
    work(app)

    assert [json.loads(body)["event"] for _, body in receiver.heard] == ["radicated", "answered"]
    for headers, body in receiver.heard:
        signed = hooks.signature(secret.encode(), headers["X-Ventanilla-Timestamp"], body)
        assert headers["X-Ventanilla-Signature"] == signed
        assert b"Luz" not in body
        assert b"example.org" not in body
    assert secret not in str(vars(db.session.scalars(select(SystemHook)).one()))
    assert states() == [("sent", 1, ""), ("sent", 1, "")]


def test_who_does_not_answer_is_told_again_later(
    app: Flask, host: HostPage, receiver: Receiver, secret: str, sign_in: Any
) -> None:
    receiver.status = 503
    host.send("/pqr/cases", filing())
    work(app)
    assert states() == [("queued", 1, "503")]

    receiver.status = 204
    with time_machine.travel(hooks.now() + hooks.timedelta(minutes=1)):
        work(app)

    assert states() == [("sent", 2, "")]
    assert len({headers["X-Ventanilla-Delivery"] for headers, _ in receiver.heard}) == 1


def test_what_failed_for_good_is_shown_and_sent_again_by_hand(
    app: Flask, host: HostPage, receiver: Receiver, secret: str, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "MOST_TRIES", 1)
    receiver.status = 302
    host.send("/pqr/cases", filing())
    work(app)
    desk = sign_in("admin")
    assert "Falló" in desk.get("/systems").text

    receiver.status = 200
    assert desk.post("/systems/sends/1/again", {}).status_code == 302
    work(app)

    assert states() == [("sent", 1, "")]


def test_a_stopped_address_and_another_site_hear_nothing(
    app: Flask, host: HostPage, receiver: Receiver, secret: str, sign_in: Any
) -> None:
    HostPage(app.test_client(), "other", "https://www.otra.example").send("/pqr/cases", filing())
    sign_in("admin").post("/systems/hooks/1/stop", {})
    host.send("/pqr/cases", filing())
    work(app)

    assert receiver.heard == []


@pytest.mark.parametrize("url", ["", "http://www.example.org/x", "ftp://a.example", "https://", "javascript:alert(1)"])
def test_a_bad_address_is_refused_and_kept(sign_in: Any, url: str) -> None:
    answered = sign_in("admin").post("/systems/hooks", {"url": url})

    assert answered.status_code == 422
    assert 'id="url-error"' in answered.text


def test_no_address_leads_into_our_own_network(
    app: Flask, host: HostPage, cast: Cast, receiver: Receiver, sign_in: Any
) -> None:
    assert sign_in("admin").post("/systems/hooks", {"url": "https://127.0.0.1:9/"}).status_code in (200, 422)
    host.send("/pqr/cases", filing())
    work(app)

    assert receiver.heard == []
    assert {state for state, _, _ in states()} <= {"queued"}
