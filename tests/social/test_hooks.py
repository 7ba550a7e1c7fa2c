"""What networks tell by themselves: signed, taken once, in whatever order it comes."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.clock import now
from app.db import db, write
from app.errors import Forbidden
from tests.conftest import Cast
from widgets.social.hearing import channels, hooks
from widgets.social.models import SocialChannel, SocialReport

SHAPES = Path(__file__).parent / "meta"
SECRET = "0123456789abcdef0123456789abcdef"


class Sender:
    """The other side of a channel."""

    def __init__(self, app: Flask, cast: Cast, provider: str) -> None:
        made = channels.add(cast.staff("comu"), cast.tenjo, provider, "Página", SECRET)
        self.client, self.path, self.made = app.test_client(), made.url.partition("//")[2].partition("/")[2], made

    def meta(self, told: Any, secret: str = SECRET) -> TestResponse:
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        signature = hmac.new(secret.encode(), body, sha256).hexdigest()
        return self.client.post(f"/{self.path}", data=body, headers={"X-Hub-Signature-256": f"sha256={signature}"})

    def signed(self, *messages: dict[str, Any], number: str = "1", at: datetime | None = None, secret: str = "",
               body: bytes = b"") -> TestResponse:  # fmt: skip
        """Send as a program that knows Standard Webhooks does."""
        body, moment = body or json.dumps({"messages": messages}).encode(), str(int((at or now()).timestamp()))
        key = base64.b64decode((secret or self.made.secret).removeprefix("whsec_"))
        made = base64.b64encode(hmac.new(key, f"{number}.{moment}.".encode() + body, sha256).digest()).decode()
        headers = {"webhook-id": number, "webhook-timestamp": moment, "webhook-signature": f"v1,b2xk v1,{made}"}
        return self.client.post(f"/{self.path}", data=body, headers=headers)


@pytest.fixture
def meta(app: Flask, cast: Cast) -> Sender:
    return Sender(app, cast, "meta")


@pytest.fixture
def program(app: Flask, cast: Cast) -> Sender:
    return Sender(app, cast, "signed")


def reports() -> list[SocialReport]:
    db.session.rollback()
    return list(db.session.scalars(db.select(SocialReport).order_by(SocialReport.id)))


def said(text: str = "Sin agua", number: str = "9", **more: Any) -> dict[str, Any]:
    return {"id": number, "network": "mastodon", "text": text, "said_at": "2026-11-03T10:00:00-05:00", **more}


def feed(verb: str, text: str = "Hueco", at: int = 1762186214) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((SHAPES / "facebook_comment.json").read_text())
    told["entry"][0]["changes"][0]["value"] |= {"verb": verb, "message": text, "created_time": at}
    return told


SEEN = {
    "facebook_comment": [("facebook", "comment", "Vecina de El Roble", "El alumbrado de la vereda")],
    "facebook_message": [("facebook", "message", "6543210987654321", "Mi recibo llegó")],
    "instagram_comment": [("instagram", "comment", "@vecino.tenjo", "¿Cuándo arreglan"),
                          ("instagram", "tag", "", "(Mensaje sin texto: mención)")],
    "instagram_message": [("instagram", "message", "998877665544332", "(Mensaje sin texto: imagen)")],
    "whatsapp_message": [("whatsapp", "message", "Rosa Pérez", "No hay agua"),
                         ("whatsapp", "message", "Rosa Pérez", "Así está la calle")],
    "whatsapp_status": [],
    "instagram_business_login": [("instagram", "comment", "@otra.vecina", "¿Y la calle 8?")],
    "whatsapp_kinds": [
        *(
            ("whatsapp", "message", "Rosa Pérez", text)
            for text in ("Sí, sigue", "Alumbrado", "Parque principal Calle 3", "Luis Ejemplo +57 310 555 0000")
        ),
        ("whatsapp", "message", "Sin número", "(Mensaje sin texto: documento)"),
        ("whatsapp", "message", "Rosa Pérez", "(Mensaje sin texto: de un tipo que la red no entrega)"),
        ("whatsapp", "message", "Rosa Pérez", "Ana Ejemplo 3105550001 ana@example.org"),
        ("whatsapp", "message", "Rosa Pérez", 'Sent {"barrio":"Centro"}'),
    ],
    "facebook_posts": [("facebook", "comment", "Vecina", "Así quedó la vía"),
                       ("facebook", "comment", "Vecina", "(Mensaje sin texto: foto)"),
                       ("facebook", "tag", "", "¿Quién responde"), ("facebook", "tag", "", "Lo mismo aquí")],
    "facebook_ratings": [("facebook", "comment", "Rosa Ejemplo", "No contestan el teléfono."),
                         ("facebook", "comment", "Luis Ejemplo", "(Mensaje sin texto: comentario)")],
    "messenger_kinds": [
        *(
            ("facebook", "message", "6543210987654321", text)
            for text in ("Una noticia", "4.87, -74.14", "(Mensaje sin texto: tarjeta)", "Sí",
                         "(Mensaje sin texto: de un tipo que la red no entrega)", "Pedir una cita")
        ),
        ("facebook", "message", "ref", "Empezar"),
    ],
    "instagram_kinds": [("instagram", "tag", "998877665544332", "(Mensaje sin texto: mención en una historia)"),
                        ("instagram", "message", "998877665544332", "¿Y el agua?"),
                        ("instagram", "message", "12334", "random_text"),
                        ("instagram", "comment", "@en.vivo", "¿Cuándo?")],
}  # fmt: skip


def test_each_shape_of_meta_becomes_reports_once(meta: Sender) -> None:
    for shape, seen in SEEN.items():
        body, before = (SHAPES / f"{shape}.json").read_bytes(), len(reports())

        first, second = meta.meta(body), meta.meta(body)

        assert (first.status_code, first.json, second.json) == (200, {"taken": len(seen)}, {"taken": 0}), shape
        found = reports()[before:]
        assert [(row.network, row.interaction, row.author) for row in found] == [one[:3] for one in seen]
        for row, one in zip(found, seen, strict=True):
            assert row.body.startswith(one[3]) and row.said_at.year == 2025
    assert db.session.scalar(db.select(SocialChannel.unread)) == 0
    later = {row.external_id: [one["what"] for one in row.later] for row in reports() if row.later}
    assert later == {
        "whatsapp:wamid.button": ["edited"], "whatsapp:wamid.list": ["removed"], "facebook:m_quick": ["edited"],
        "facebook:904801129604590_904802532937783": ["removed"], "instagram:ig_reply": ["removed"],
    }  # fmt: skip
    pictures = [[one["url"][-5:] for one in row.media] for row in reports() if row.author == "Vecina"]
    assert pictures == [["1.jpg", "2.jpg"], ["3.jpg"]]


def test_a_shape_that_nobody_knows_is_counted_and_the_rest_is_taken(meta: Sender) -> None:
    told = feed("add")
    told["entry"][0]["changes"] += [{"field": "feed", "value": {"item": "comment", "verb": "add"}}, "x", {}]

    assert meta.meta(told).json == {"taken": 1}
    assert meta.meta({"object": "threads"}).status_code == 200
    assert meta.meta({"object": "page", "entry": [7]}).status_code == 200
    assert db.session.scalar(db.select(SocialChannel.unread)) >= 3


def test_a_list_of_deliveries_a_talk_on_standby_and_a_shared_post_are_taken_too(meta: Sender) -> None:
    shared, talk = feed("add"), json.loads((SHAPES / "facebook_message.json").read_text())
    shared["entry"][0]["changes"][0]["value"] |= {"item": "share", "post_id": "1_77", "comment_id": None}
    talk["entry"][0]["standby"] = talk["entry"][0].pop("messaging")

    assert meta.meta([shared, talk]).json == {"taken": 2}
    assert [row.external_id.partition(":")[0] for row in reports() if row.external_id] == ["facebook"] * 2


def test_the_handshake_answers_who_knows_the_token(meta: Sender) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": meta.made.verify_token}

    right = meta.client.get(f"/{meta.path}", query_string=asked)
    wrong = meta.client.get(f"/{meta.path}", query_string={**asked, "hub.verify_token": "otro"})

    assert (right.status_code, right.text, right.mimetype) == (200, "1158201444", "text/plain")
    assert wrong.status_code == 403 and "1158201444" not in wrong.text


@pytest.mark.store
def test_a_bad_signature_takes_nothing_and_is_shown_to_the_site(meta: Sender, sign_in: Any) -> None:
    refused = meta.meta(feed("add"), secret="another secret of sixteen")
    unsigned = meta.client.post(f"/{meta.path}", json=feed("add"))

    assert (refused.status_code, unsigned.status_code, reports()) == (403, 403, [])
    assert "Último aviso con firma incorrecta" in sign_in("comu").get("/social/reports/channels").text


def test_the_store_holds_no_secret_that_could_sign(meta: Sender, program: Sender) -> None:
    rows = db.session.scalars(db.select(SocialChannel)).all()

    held = " ".join(f"{row.secret} {row.verify_token}" for row in rows)
    assert SECRET not in held and meta.made.verify_token not in held and program.made.secret not in held


def test_in_whatever_order_it_is_told_a_message_ends_alike(meta: Sender) -> None:
    told = [feed("add"), feed("edited", "Hueco grande", 1762186300), feed("edited", "Hueco enorme", 1762186400),
            feed("remove", at=1762186500)]  # fmt: skip
    for number, order in enumerate(permutations(told)):
        # Half of them in one delivery, some told twice.
        given = json.loads(json.dumps([*order, order[0]]))
        for one in given:
            one["entry"][0]["changes"][0]["value"]["comment_id"] = f"1_{number}"
        taken = sum(meta.meta(one).json["taken"] for one in ([given] if number % 2 else given))  # type: ignore[index]
        assert taken == 1

    ended = {(row.body, *sorted((one["what"], one.get("body", "")) for one in row.later)) for row in reports()}
    assert ended == {("Hueco", ("edited", "Hueco enorme"), ("edited", "Hueco grande"), ("removed", ""))}


def test_a_signed_program_tells_and_a_replay_is_refused(program: Sender) -> None:
    moment = now()
    first, replayed = program.signed(said(), at=moment), program.signed(said(), at=moment)
    retried = program.signed(said(), said("Otro", "10"), at=moment + timedelta(seconds=1))
    old = program.signed(said("Viejo", "11"), number="3", at=now() - timedelta(minutes=6))

    assert "ya llegó" in replayed.json["error"]["message"]  # type: ignore[index]
    assert (first.json, replayed.status_code, retried.json, old.status_code) == ({"taken": 1}, 409, {"taken": 1}, 409)
    assert [row.body for row in reports()] == ["Sin agua", "Otro"]
    assert reports()[0].said_at == datetime(2026, 11, 3, 15, tzinfo=UTC)


def test_a_bad_field_is_named_and_nothing_of_its_delivery_taken(program: Sender) -> None:
    for field, value in (("network", "orkut"), ("text", ""), ("said_at", "ayer"), ("link", "javascript:1"), ("y", 1)):
        answer = program.signed(said("Bueno", "1"), {**said(), field: value})

        assert answer.status_code == 422 and field in str(answer.json["error"]["fields"])  # type: ignore[index]
    assert reports() == []


def test_a_program_reads_what_is_wrong_with_its_delivery(program: Sender) -> None:
    bare = program.client.post(f"/{program.path}", data=b"{}", headers={"webhook-id": "1"})
    day = {"webhook-id": "1", "webhook-timestamp": "2026-11-28"}
    odd = program.client.post(f"/{program.path}", data=b"{}", headers=day)
    foreign = program.signed(said(), secret="whsec_" + "QUJD" * 8)
    old = program.signed(said(), at=now() - timedelta(minutes=6))
    answers = [(one.status_code, one.json["error"]["code"]) for one in (bare, odd, foreign, old)]  # type: ignore[index]

    assert answers == [(400, "header-missing"), (400, "header-missing"), (403, "bad-signature"), (409, "too-old")]
    assert "La firma no es de esta" in foreign.json["error"]["message"]  # type: ignore[index]
    assert "webhook-timestamp" in bare.text and str(int(now().timestamp()))[:8] in old.text and reports() == []


def test_hostile_bodies_are_refused_plainly(program: Sender) -> None:
    assert program.signed(body=b"[" * 100_000).status_code == 422
    assert "no es JSON" in program.signed(body=b"{").text
    assert program.signed(body=b"x" * (hooks.MAX_BYTES + 1)).status_code == 413
    assert program.signed(said("a\x00b\ud800")).status_code in {200, 422}
    assert program.client.post("/hooks/social/nobody", data=b"{}").status_code == 404


def test_a_channel_is_stopped_and_gets_another_secret(program: Sender, sign_in: Any, cast: Cast) -> None:
    desk = sign_in("admin")
    page = desk.post(f"/social/reports/channels/{program.made.id}/secret", {}).text
    fresh = page.split("whsec_")[1].split("<")[0]

    assert program.signed(said()).status_code == 403
    assert program.signed(said(), secret=f"whsec_{fresh}").json == {"taken": 1}
    assert f"whsec_{fresh}" not in desk.get("/social/reports/channels").text
    desk.post(f"/social/reports/channels/{program.made.id}/turn", {"on": "0"})
    assert program.signed(said(number="2"), number="7", secret=f"whsec_{fresh}").status_code == 404
    with pytest.raises(Forbidden):
        channels.add(cast.staff("ana"), cast.tenjo, "signed", "x", "")


def test_a_channel_is_made_in_the_console_and_a_mistake_is_named(sign_in: Any) -> None:
    desk = sign_in("comu")

    short = desk.post("/social/reports/channels", {"name": "Página", "provider": "meta", "secret": "corta"})
    made = desk.post("/social/reports/channels", {"name": "Página", "provider": "meta", "secret": SECRET})

    assert short.status_code == 422 and 'id="e-secret"' in short.text and 'value="Página"' in short.text
    assert made.status_code == 201 and "/hooks/social/" in made.text and SECRET not in made.text


def test_a_secret_that_cannot_be_opened_lets_nothing_pass(meta: Sender, sign_in: Any) -> None:
    with write():
        db.session.scalars(db.select(SocialChannel)).one().secret = "sealed by another key"

    assert meta.meta(feed("add"), secret="").status_code == 403 and reports() == []
    assert sign_in("comu").get("/social/reports/channels").status_code == 200
