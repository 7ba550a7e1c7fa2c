"""The gate in front of every public address: who may call, how often, and that nothing is done twice."""

from __future__ import annotations

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, func, select

from app.cases.models import Case
from app.db import db
from app.sites.service import publish_rules
from tests.conftest import ORIGIN, PDF, Cast, HostPage, filing


def code_of(answer: Any) -> str:
    return str(answer.json["error"]["code"])


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "https://www.tenjo.example.evil.example", "http://www.tenjo.example",
     "https://www.tenjo.example:8443", "https://www.otra.example"],
)  # fmt: skip
def test_it_refuses_a_foreign_origin(host: HostPage, origin: str) -> None:
    host.origin = origin

    answer = host.get("/boot?w=pqr")

    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_it_refuses_a_submission_without_an_origin(app: Flask, cast: Cast) -> None:
    answer = app.test_client().post("/api/tenjo/token", json={})

    assert answer.status_code == 403


def test_it_knows_no_other_site(host: HostPage) -> None:
    host.site = "nowhere"

    assert host.get("/boot").status_code == 404


def test_it_echoes_the_exact_origin_and_says_that_it_varies(host: HostPage) -> None:
    answer = host.get("/boot?w=pqr")

    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_all_widgets_of_a_page_are_told_of_by_as_few_questions_as_one(host: HostPage, cast: Cast, app: Flask) -> None:
    for widget in ("pqr", "contact", "survey"):
        publish_rules(cast.tenjo, widget, f"Antes de {widget}.", "", "system")
        publish_rules(cast.tenjo, widget, f"De {widget}.", "", "system")
    publish_rules(cast.other, "pqr", "De otra parte.", "", "system")
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    widgets = host.get("/boot?w=pqr,contact,survey,social").json["widgets"]  # type: ignore[index]

    told = {name: (about["rules"] or {}).get("text") for name, about in widgets.items()}
    assert told == {"pqr": "De pqr.", "contact": "De contact.", "survey": "De survey.", "social": None}
    assert sum("rules_of_use" in statement for statement in asked) == 1


def test_a_preflight_is_answered_before_any_token_is_asked_for(app: Flask, cast: Cast) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}

    answer = app.test_client().options("/api/tenjo/pqr/cases", headers=headers)

    assert answer.status_code == 204
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]


def test_a_token_of_another_site_is_refused(host: HostPage, app: Flask) -> None:
    foreign = HostPage(app.test_client(), "other", "https://www.otra.example").token()

    answer = host.send("/pqr/cases", filing(), token=foreign)

    assert (answer.status_code, code_of(answer)) == (403, "token-foreign")


def test_an_expired_token_asks_for_a_new_one(host: HostPage) -> None:
    with time_machine.travel("2026-11-24T15:00:00Z", tick=False) as clock:
        token = host.token()
        clock.shift(3 * 3600)

        answer = host.send("/pqr/cases", filing(), token=token)

    assert (answer.status_code, code_of(answer)) == (401, "token-expired")


@pytest.mark.store
def test_a_token_serves_once(host: HostPage) -> None:
    token = host.token()
    host.send("/pqr/cases", filing(), token=token)

    answer = host.send("/pqr/cases", filing(), token=token)

    assert code_of(answer) == "token-expired"


def test_only_json_is_taken(host: HostPage) -> None:
    answer = host.client.post("/api/tenjo/pqr/cases", data="kind=queja", headers=host.headers())

    assert (answer.status_code, code_of(answer)) == (415, "wrong-type")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000])
def test_malformed_json_is_a_clear_error(host: HostPage, body: bytes) -> None:
    headers = host.headers(**{"Idempotency-Key": "k" * 20, "X-Ventanilla-Token": host.token()})

    answer = host.client.post("/api/tenjo/pqr/cases", data=body, content_type="application/json", headers=headers)

    assert (answer.status_code, code_of(answer)) == (400, "bad-json")


def test_an_unknown_field_is_named(host: HostPage) -> None:
    answer = host.send("/pqr/cases", filing(role="administrator"))

    assert (answer.status_code, list(answer.json["error"]["fields"])) == (422, ["role"])  # type: ignore[index]


def test_a_body_too_large_is_refused(host: HostPage) -> None:
    answer = host.send("/pqr/cases", filing(body="x" * 2_200_000))

    assert (answer.status_code, code_of(answer)) == (413, "too-large")


def test_the_sixth_filing_of_a_network_costs_work_and_is_then_taken(host: HostPage, app: Flask) -> None:
    from altcha import v2 as altcha

    for turn in range(5):
        assert host.send("/pqr/cases", filing(), key=f"{turn:032d}").status_code == 201

    asked = host.send("/pqr/cases", filing())
    challenge = altcha.Challenge.from_dict(asked.json["error"]["challenge"])  # type: ignore[index]
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    proof = altcha.Payload(challenge, solution).to_base64()
    taken = host.send("/pqr/cases", filing(), **{"X-Ventanilla-Proof": proof})
    again = host.send("/pqr/cases", filing(), **{"X-Ventanilla-Proof": proof})

    under_old_key = host.send("/pqr/cases", filing(subject="Otra cosa"), key="0" * 32)
    retried = host.send("/pqr/cases", filing(), key="0" * 32)

    assert (asked.status_code, under_old_key.status_code, retried.status_code) == (428, 428, 201)
    assert taken.status_code == 201
    assert again.status_code != 201


def test_a_flood_from_everywhere_costs_each_device_work_and_refuses_nobody(host: HostPage, app: Flask) -> None:
    gate = app.extensions["ventanilla"].gate
    for _ in range(gate.settings.site_filings - 1):
        gate.filings.hit("tenjo", 600)

    taken, asked = host.send("/pqr/cases", filing()), host.send("/pqr/cases", filing())
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', app.test_client().get("/tenjo/pqr").text))
    without_script = app.test_client().post("/tenjo/pqr", data={**form, **filing(electronic_consent="1")})

    assert (taken.status_code, asked.status_code, code_of(asked)) == (201, 428, "proof-needed")
    assert without_script.status_code == 200
    assert [case.marks for case in db.session.scalars(select(Case).order_by(Case.id))] == [["fast"], ["flood"]]


def test_the_honeypot_marks_and_never_refuses(host: HostPage) -> None:
    answer = host.send("/pqr/cases", filing(website="https://spam.example"))

    assert answer.status_code == 201
    assert "honeypot" in db.session.scalars(select(Case.marks)).one()


@pytest.mark.store
def test_the_same_key_many_times_at_once_gives_one_case(host: HostPage, app: Flask) -> None:
    key = secrets.token_hex(16)
    tokens = [host.token() for _ in range(12)]

    def send(token: str) -> int:
        with app.app_context():
            return HostPage(app.test_client()).send("/pqr/cases", filing(), key=key, token=token).status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(send, tokens))

    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Case)) == 1
    assert set(statuses) <= {201, 409}
    assert 201 in statuses


def test_guessed_codes_are_slowed_and_then_refused(host: HostPage) -> None:
    said = host.send("/pqr/cases", filing()).json
    assert said is not None

    statuses = [
        host.ask("/cases/track", {"radicado": said["radicado"], "code": "AB2CD3EF"}).status_code for _ in range(40)
    ]

    assert statuses[:10] == [404] * 10
    assert statuses.count(429) > 20


def test_a_wrong_code_and_an_unknown_radicado_look_the_same(host: HostPage) -> None:
    said = host.send("/pqr/cases", filing()).json
    assert said is not None

    wrong = host.ask("/cases/track", {"radicado": said["radicado"], "code": "AB2CD3EF"})
    unknown = host.ask("/cases/track", {"radicado": "2026-100-999999-4", "code": "AB2CD3EF"})

    assert wrong.status_code == unknown.status_code == 404
    assert wrong.json == unknown.json


def test_a_case_of_another_site_cannot_be_opened_with_its_code(host: HostPage, app: Flask) -> None:
    said = host.send("/pqr/cases", filing()).json
    assert said is not None
    other = HostPage(app.test_client(), "other", "https://www.otra.example")

    answer = other.ask("/cases/track", {"radicado": said["radicado"], "code": said["code"]})

    assert answer.status_code == 404


@pytest.mark.store
def test_a_receipt_of_another_site_cannot_be_claimed(host: HostPage, app: Flask) -> None:
    other = HostPage(app.test_client(), "other", "https://www.otra.example")
    receipt = other.upload("nota.pdf", PDF).json["receipt"]  # type: ignore[index]

    answer = host.send("/pqr/cases", filing(files=[receipt]))

    assert (answer.status_code, list(answer.json["error"]["fields"])) == (422, ["files"])  # type: ignore[index]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": ""}, "kind"), ({"kind": "cualquiera"}, "kind"), ({"subject": "  "}, "subject"),
        ({"body": "\x00"}, "body"),
        ({"subject": "x" * 201}, "subject"), ({"body": "x" * 50_001}, "body"), ({"email": "no es un correo"}, "email"),
        ({"name": 7}, "name"), ({"kind": None}, "kind"), ({"files": ["x"] * 41}, "files"), ({"files": "x"}, "files"),
        ({"electronic_consent": "quizás"}, "electronic_consent"), ({"characterisation": []}, "characterisation"),
    ],
)  # fmt: skip
def test_bad_input_names_its_field(host: HostPage, changes: dict[str, Any], field: str) -> None:
    answer = host.send("/pqr/cases", filing(**changes))

    assert answer.status_code == 422
    assert [name.split(".")[0] for name in answer.json["error"]["fields"]] == [field]  # type: ignore[index]
    assert db.session.scalar(select(func.count()).select_from(Case)) == 0


def test_strange_characters_are_cleaned_and_emoji_stay(host: HostPage) -> None:
    host.send("/pqr/cases", filing(subject="Hola\u202e \x07 mundo 🙂", body="uno\r\ndos"))

    case = db.session.scalars(select(Case)).one()
    assert (case.subject, case.body) == ("Hola mundo 🙂", "uno\ndos")


def test_who_is_refused_is_not_counted_and_who_wrote_waits_for_nobody_who_reads(
    host: HostPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1000.0
    monkeypatch.setattr("app.embed.limits.monotonic", lambda: moment)
    monkeypatch.setattr("app.embed.gate.CALLS_PER_MINUTE", 5)

    def read() -> tuple[int, str | None]:
        answer = host.get("/boot?w=pqr")
        return answer.status_code, answer.headers.get("Retry-After")

    first = [read() for _ in range(5)]
    moment += 20
    crowd = [read() for _ in range(50)]
    written = host.send("/pqr/cases", filing()).status_code
    moment += 41

    assert [status for status, _ in first] == [200] * 5
    assert set(crowd) == {(429, "41")}
    assert written == 201
    assert read()[0] == 200
