"""Other systems are told what happens to cases: signed, each once, and again where they did not answer."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app.cases.answering import Answer, answer
from app.clock import now
from app.config import Settings
from app.db import db, write
from app.jobs import LANES, Job
from app.systems import addresses, examples, sending, signing, telling
from app.systems.models import SystemHook, SystemSend
from tests.conftest import Cast, HostPage, filing
from tests.far_side import Quiet, standing
from widgets.social import posts


@dataclass
class Receiver:
    """A real server that takes what it is told, or refuses it."""

    status: int = 200
    location: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    here = Receiver()

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.heard.append((dict(self.headers), body))
            self.send_response(here.status)
            self.send_header("Content-Length", "0")
            if here.location:
                self.send_header("Location", here.location)
            self.end_headers()

    with standing(Handler) as address:
        here.url = f"{address}/avisos"
        yield here


@pytest.fixture
def settings(settings: Settings, receiver: Receiver) -> Settings:
    return replace(settings, crawl_allow=frozenset({receiver.url.split("/")[2]}))


@pytest.fixture
def secret(sign_in: Any, receiver: Receiver) -> str:
    page = sign_in("admin").post("/systems/hooks", {"url": receiver.url}).text
    found = re.search(r"whsec_[\w+/=]{32}", page)
    assert found, page
    return found[0]


def work(app: Flask) -> None:
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

    assert [json.loads(body)["type"] for _, body in receiver.heard] == ["case.radicated", "case.answered"]
    for headers, body in receiver.heard:
        assert signing.is_signed(secret, headers, body)
        assert not signing.is_signed(secret, headers, body + b" ")
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
    with time_machine.travel(now() + timedelta(minutes=1)):
        work(app)

    assert states() == [("sent", 2, "")]
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 1


def test_what_failed_for_good_is_shown_and_sent_again_by_hand(
    app: Flask, host: HostPage, receiver: Receiver, secret: str, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "GIVEN_UP_AFTER", timedelta(0))
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
    assert {(state, problem) for state, _, problem in states()} <= {("queued", "fetch-refused")}


def test_the_examples_on_the_page_know_what_is_ours(sign_in: Any, receiver: Receiver, secret: str, app: Flask) -> None:
    """Each is run as it is shown, on a real request; the Node and PHP ones where those are installed."""
    desk = sign_in("admin")
    assert desk.post("/systems/hooks/1/test", {}).status_code == 302
    work(app)
    (headers, body), shown = receiver.heard[0], html.unescape(desk.get("/systems/hooks/1").text)
    headers = {name.lower(): value for name, value in headers.items()}

    for name, text in examples.all_of_them().items():
        assert text in shown
        for told, right in ((body, True), (body + b" ", False)):
            assert _ask(name, text, secret, headers, told) in (right, None), name
    old = headers | {"webhook-timestamp": "1700000000"}
    assert [_ask(name, text, secret, old, body) for name, text in examples.all_of_them().items()][0] is False
    assert json.loads(body)["type"] == "test"


def _ask(name: str, text: str, secret: str, headers: dict[str, str], body: bytes) -> bool | None:
    """Return what an example says, None where its language is not installed."""
    if name == "Python":
        space: dict[str, Any] = {}
        exec(text, space)  # noqa: S102 - our own example
        return bool(space["es_de_ventanilla"](secret, headers, body))
    ways = {
        "Node": (
            "node", ["--input-type=module", "-e"],
            "process.stdout.write(String(esDeVentanilla(%s, %s, Buffer.from(%s))))",
        ),  # fmt: skip
        "PHP": ("php", ["-r"], "echo json_encode(es_de_ventanilla(%s, json_decode(%s, true), %s));"),
    }
    program, arguments, call = ways[name]
    if shutil.which(program) is None:
        return None
    said = json.dumps(json.dumps(headers)) if name == "PHP" else json.dumps(headers)
    code = f"{text.removeprefix('<?php')}\n{call % (json.dumps(secret), said, json.dumps(body.decode()))}"
    ran = subprocess.run([program, *arguments, code], capture_output=True, text=True, check=True)  # noqa: S603
    return ran.stdout == "true"


@pytest.mark.store
def test_a_worker_killed_after_the_call_tells_it_again_under_the_same_number(
    app: Flask, host: HostPage, receiver: Receiver, secret: str
) -> None:
    host.send("/pqr/cases", filing())
    jobs = app.extensions["ventanilla"].jobs
    while (leased := jobs._lease())[1] != telling.SEND:
        jobs._run(*leased)
    sending.send(leased[2])  # and then nothing: neither the record nor the end of the job

    with time_machine.travel(now() + timedelta(minutes=3)):
        work(app)

    assert states() == [("sent", 1, "")]
    (first, words), (again, same) = receiver.heard
    assert (first["webhook-id"], words) == (again["webhook-id"], same)
    assert signing.is_signed(secret, again, same)


def test_what_an_older_version_queued_is_told_after_the_update(
    app: Flask, host: HostPage, receiver: Receiver, secret: str
) -> None:
    host.send("/pqr/cases", filing())
    with write():
        db.session.execute(update(Job).where(Job.kind == telling.SEND).values(payload={"send": 1}))

    work(app)

    assert (states(), len(receiver.heard)) == ([("sent", 1, "")], 1)


def test_an_address_that_is_gone_is_told_nothing_more(
    app: Flask, host: HostPage, receiver: Receiver, secret: str, sign_in: Any
) -> None:
    receiver.status = 410
    host.send("/pqr/cases", filing())
    work(app)
    host.send("/pqr/cases", filing(), key="z" * 20)
    work(app)

    assert (states(), len(receiver.heard)) == ([("failed", 1, "410")], 1)
    desk = sign_in("admin")
    assert "respondió 410" in desk.get("/systems/hooks/1").text
    receiver.status = 200
    desk.post("/systems/hooks/1/resume", {})
    desk.post("/systems/sends/1/again", {})
    work(app)
    assert states() == [("sent", 1, "")]


def test_a_redirect_is_not_followed_and_one_that_is_down_is_not_dialled_for_each(
    app: Flask, host: HostPage, receiver: Receiver, secret: str
) -> None:
    receiver.status, receiver.location = 307, receiver.url
    for key in ("a" * 20, "b" * 20, "c" * 20):
        host.send("/pqr/cases", filing(), key=key)
    work(app)

    assert len(receiver.heard) == 1
    assert sorted(states()) == [("queued", 0, ""), ("queued", 0, ""), ("queued", 1, "fetch-too-many-redirects")]
    receiver.status, receiver.location = 200, ""
    with time_machine.travel(now() + timedelta(minutes=1)):
        work(app)
    assert {state for state, *_ in states()} == {"sent"}


def test_a_new_secret_signs_what_comes_after_it(app: Flask, receiver: Receiver, secret: str, sign_in: Any) -> None:
    desk = sign_in("admin")
    fresh = re.search(r"whsec_[\w+/=]{32}", desk.post("/systems/hooks/1/secret", {}).text)
    desk.post("/systems/hooks/1/test", {})
    work(app)

    assert fresh and signing.is_signed(fresh[0], *receiver.heard[0])
    assert not signing.is_signed(secret, *receiver.heard[0])


def test_administrators_are_written_to_once_that_an_address_fails_for_good(
    app: Flask, host: HostPage, receiver: Receiver, secret: str, mails: Any
) -> None:
    def warned() -> list[Any]:
        return [one for one in mails() if "sistema" in str(one["Subject"])]

    app.extensions["ventanilla"].jobs.every.clear()
    receiver.status = 500
    for key in ("a" * 20, "b" * 20):
        host.send("/pqr/cases", filing(), key=key)
    work(app)
    assert not warned()
    for days in (8, 9):
        with time_machine.travel(now() + timedelta(days=days)):
            work(app)
    receiver.status = 200
    host.send("/pqr/cases", filing(), key="c" * 20)
    with time_machine.travel(now() + timedelta(days=10)):
        work(app)
    for key in ("d" * 20, "e" * 20):
        receiver.status = 410
        host.send("/pqr/cases", filing(), key=key)
        with time_machine.travel(now() + timedelta(days=10)):
            work(app)
        with write():
            # Turned on again and failing as before: whoever was warned of that hears that it is gone all the same.
            db.session.execute(update(SystemHook).values(active=True))

    assert [(state, problem) for state, _, problem in states()] == [
        ("failed", "500"), ("failed", "500"), ("sent", ""), ("failed", "410"), ("failed", "410")
    ]  # fmt: skip
    assert [str(one["Subject"]) for one in warned()] == [
        "Un sistema no recibe avisos desde hace una semana", *["Un sistema ya no recibe avisos"] * 2
    ]  # fmt: skip
    text = warned()[0].get_content()
    assert "127.0.0.1" in text and "/console/tenjo/systems/hooks/1" in text and "/avisos" not in text
    assert warned()[0]["To"] == "admin@tenjo.example"


def test_slow_addresses_and_feeds_hold_up_neither_another_nor_a_letter(
    app: Flask, cast: Cast, host: HostPage, sign_in: Any, settings: Settings
) -> None:
    """Two addresses answer once both are called and the letter of thanks has left; feeds for every lane, after them."""
    ventanilla = app.extensions["ventanilla"]
    called, left = [threading.Event(), threading.Event()], threading.Event()
    met: list[bool] = []

    class Waits(Quiet):
        def do_POST(self) -> None:
            called[int(self.path[1:])].set()
            self.do_GET()

        def do_GET(self) -> None:
            met.append(called[0].wait(9) and called[1].wait(9) and left.wait(9))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    class Leaves:
        def send(self, *_args: object) -> None:
            left.set()

    with ExitStack() as held:
        urls = [f"{held.enter_context(standing(Waits))}/{number}" for number in range(2)]
        feeds = [f"{held.enter_context(standing(Waits))}/feed" for _ in range(max(LANES.values()))]
        ventanilla.settings = replace(settings, crawl_allow=frozenset(url.split("/")[2] for url in urls + feeds))
        ventanilla.transport = Leaves()
        ventanilla.jobs.every.clear()
        with write():
            posts.read_soon(cast.tenjo, feeds)
        for url in urls:
            addresses.add(cast.staff("admin"), cast.tenjo, url)
        host.send("/pqr/cases", filing())
        worker = ventanilla.jobs.start_thread(app)
        while len(met) < 2 + len(feeds) and worker.is_alive():
            called[0].wait(0.01)
        ventanilla.jobs.stop.set()
        worker.join()

    assert met == [True] * (2 + len(feeds))
