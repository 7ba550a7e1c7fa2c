"""What hangs on a message is fetched where the entity gave a token, by the policy for every file; else it is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.config import Settings
from app.db import db
from tests.app.uploads_made import image
from tests.conftest import Cast
from tests.far_side import Quiet, standing
from tests.social.test_hooks import Sender
from widgets.social.hearing import channels, media
from widgets.social.models import SocialChannel, SocialReport
from widgets.social.register import reports

TOKEN = "EAAG" + "x" * 40


class Graph:
    """A real server in the place of Meta's: numbers lead to addresses, and both want the token."""

    url = ""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.gives: dict[str, tuple[int, bytes]] = {"/photo": (200, image("PNG"))}

    def answer(self, path: str) -> tuple[int, bytes]:
        if path in self.gives:
            return self.gives[path]
        return 200, json.dumps({"url": f"{self.url}/photo", "mime_type": "image/png"}).encode()


@pytest.fixture
def graph() -> Iterator[Graph]:
    here = Graph()

    class Handler(Quiet):
        def do_GET(self) -> None:
            here.asked.append((self.path, self.headers["Authorization"]))
            status, body = here.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with standing(Handler) as address:
        here.url = address
        yield here


@pytest.fixture
def settings(settings: Settings, graph: Graph) -> Settings:
    return replace(settings, crawl_allow=frozenset({graph.url.partition("//")[2]}))


@pytest.fixture
def meta(app: Flask, cast: Cast, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Sender:
    monkeypatch.setattr(media, "GRAPH", graph.url)
    monkeypatch.setattr(media, "HOSTS", ("127.0.0.1",))
    return Sender(app, cast, "meta")


def told(**part: str) -> dict[str, Any]:
    message = {"from": "573105551212", "id": "wamid.1", "timestamp": "1762186220", "type": "image", "image": part}
    change = {"field": "messages", "value": {"messages": [message]}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def work(app: Flask) -> SocialReport:
    while app.extensions["ventanilla"].jobs.run_due():
        pass
    db.session.rollback()
    return db.session.scalars(db.select(SocialReport)).one()


def test_the_token_is_never_sent_in_the_clear(
    app: Flask, meta: Sender, graph: Graph, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    really = media.fetch

    def fetch(url: str, **options: Any) -> Any:
        asked.append(url)
        return really(url, **options)

    monkeypatch.setattr(media, "fetch", fetch)
    monkeypatch.setattr(media, "HOSTS", ("127.0.0.1", "fbsbx.com"))
    graph.gives["/1003383421387256"] = (200, json.dumps({"url": "http://lookaside.fbsbx.com/photo"}).encode())
    sign_in("comu").post("/social/reports/channels/1/token", {"token": TOKEN})

    meta.meta(told(id="1003383421387256"))

    assert [one["why"] for one in work(app).media] == ["social.hooks.foreign"]
    assert asked == [f"{graph.url}/1003383421387256"]


@pytest.mark.store
def test_a_picture_is_brought_with_the_token_and_goes_on_to_the_case(
    app: Flask, cast: Cast, meta: Sender, graph: Graph, sign_in: Any
) -> None:
    desk = sign_in("comu")
    desk.post("/social/reports/channels/1/token", {"token": TOKEN})
    assert TOKEN not in str(vars(db.session.scalars(db.select(SocialChannel)).one()))

    meta.meta(told(id="1003383421387256", caption="Así está la calle"))
    row = work(app)

    assert graph.asked == [(path, f"Bearer {TOKEN}") for path in ("/1003383421387256", "/photo")]
    assert [one["state"] for one in row.media] == ["kept"]
    page = desk.get(f"/social/reports/{row.id}").text
    assert "image.png" in page and "Adjunto en la red" not in page
    filed = reports.radicate(cast.staff("ana"), cast.tenjo, row.id, "peticion_general")
    assert [file.name for file in filed.files] == ["image.png"]


def test_without_a_token_it_stays_at_the_network_with_its_place(
    app: Flask, cast: Cast, meta: Sender, graph: Graph, sign_in: Any
) -> None:
    meta.meta(told(url="https://lookaside.fbsbx.com/a", caption="Calle"))

    row = work(app)

    assert ([one["state"] for one in row.media], graph.asked) == (["network"], [])
    page = sign_in("comu").get(f"/social/reports/{row.id}").text
    assert "Adjunto en la red: imagen" in page and 'href="https://lookaside.fbsbx.com/a"' in page


@pytest.mark.parametrize(
    ("gives", "part", "said"),
    [
        ((200, b"MZ\x90\x00 a program"), {"id": "1"}, "Adjunto que no se recibió: imagen"),
        ((404, b""), {"id": "1"}, "la red no lo entregó"),
        ((200, b""), {"url": "https://elsewhere.example/a.png"}, "no está en un servidor de Meta"),
    ],
)
def test_what_is_not_taken_is_named_with_the_reason(
    app: Flask, cast: Cast, meta: Sender, graph: Graph, sign_in: Any, gives: Any, part: dict[str, str], said: str
) -> None:
    channels.keep_token(cast.staff("comu"), cast.tenjo, 1, TOKEN)
    graph.gives["/photo"] = gives
    meta.meta(told(**part))

    row = work(app)

    assert said in sign_in("comu").get(f"/social/reports/{row.id}").text


def test_a_network_that_is_down_is_asked_again(app: Flask, cast: Cast, meta: Sender, graph: Graph) -> None:
    channels.keep_token(cast.staff("comu"), cast.tenjo, 1, TOKEN)
    graph.gives["/photo"] = (503, b"")
    meta.meta(told(id="1"))

    assert work(app).media[0]["state"] == "network"

    graph.gives["/photo"] = (200, image("PNG"))
    media.bring({"report": 1, "channel": 1})
    assert work(app).media[0]["state"] == "kept"


def test_a_bad_token_is_named(sign_in: Any, meta: Sender) -> None:
    answer = sign_in("comu").post("/social/reports/channels/1/token", {"token": "con espacios y más de veinte letras"})

    assert answer.status_code == 422 and 'id="e-token-1"' in answer.text
