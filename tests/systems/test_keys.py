"""Another system files with a key of the site, once for each idempotency key, and learns only of what it filed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases.models import Case
from app.db import db
from app.systems.models import SystemKey
from app.words import ROOT
from tests.conftest import PDF, Cast, filing


@dataclass
class Caller:
    """A program that calls with a key, from no page."""

    client: Any
    key: str
    site: str = "tenjo"

    def post(self, path: str, body: Any, idem: str = "i" * 16, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": idem, **headers}
        return self.client.post(f"/api/{self.site}/systems{path}", json=body, headers=sent)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/{self.site}/systems{path}", headers={"Authorization": f"Bearer {self.key}"})


def made(desk: Any, *scopes: str, name: str = "Orfeo") -> str:
    page = desk.post("/systems/keys", {"name": name, "scopes": list(scopes)}).text
    found = re.search(r"vent_[\w-]{30,}", page)
    assert found, page
    return found[0]


@pytest.fixture
def caller(app: Flask, sign_in: Any) -> Caller:
    return Caller(app.test_client(), made(sign_in("admin"), "cases.file", "cases.read"))


def cases() -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(Case)) or 0)


@pytest.mark.store
def test_a_system_files_once_for_a_key_of_its_own(caller: Caller, mails: Any) -> None:
    body = filing(received_at="2026-11-19T15:30:00-05:00")

    first, again = (caller.post("/pqr/cases", body) for _ in range(2))

    assert (first.status_code, first.json) == (201, again.json)
    assert cases() == 1
    case = db.session.scalars(select(Case)).one()
    assert (case.channel, case.radicated_on.isoformat()) == ("api", "2026-11-19")
    reused = caller.post("/pqr/cases", filing(subject="Otra"))
    assert reused.status_code == 422 and "Idempotency-Key" in reused.json["error"]["message"]
    assert [mail["To"] for mail in mails()] == ["luz@example.org"]
    state = caller.get(f"/pqr/cases/{first.json['radicado']}").json
    assert (state["state"], "luz" in str(state)) == ("radicated", False)


def test_a_file_goes_ahead_and_is_claimed(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.key}", "X-File-Name": "anexo.pdf"}
    receipt = caller.client.post("/api/tenjo/systems/uploads", data=PDF, headers=headers).json["receipt"]

    answer = caller.post("/pqr/cases", filing(files=[receipt]))

    assert [file["name"] for file in answer.json["files"]] == ["anexo.pdf"]


def test_the_store_holds_no_key(caller: Caller) -> None:
    row = db.session.scalars(select(SystemKey)).one()

    assert caller.key not in str(vars(row))
    assert caller.key.startswith(row.hint)


def test_what_opens_nothing_is_refused_alike(caller: Caller, sign_in: Any, app: Flask) -> None:
    foreign = Caller(app.test_client(), made(sign_in("olga"), "cases.file"))
    wrong = Caller(app.test_client(), "vent_nada")
    nothing = app.test_client().post("/api/tenjo/systems/pqr/cases", json=filing())

    answers = [foreign.post("/pqr/cases", filing()), wrong.post("/pqr/cases", filing()), nothing]
    sign_in("admin").post("/systems/keys/1/revoke", {})
    answers.append(caller.post("/pqr/cases", filing()))

    assert {(answer.status_code, answer.json["error"]["code"]) for answer in answers} == {(401, "key-refused")}
    assert cases() == 0


def test_guessing_is_stopped(app: Flask, cast: Cast) -> None:
    wrong = Caller(app.test_client(), "vent_nada")

    assert {wrong.get("/pqr/cases/1").status_code for _ in range(20)} == {401}
    assert wrong.get("/pqr/cases/1").status_code == 429


def test_a_key_does_only_what_it_was_made_for(app: Flask, sign_in: Any, caller: Caller) -> None:
    number = caller.post("/pqr/cases", filing()).json["radicado"]
    desk = sign_in("admin")
    reader = Caller(app.test_client(), made(desk, "cases.read", name="Tablero"))
    writer = Caller(app.test_client(), made(desk, "cases.file", name="Línea 195"))

    refused = reader.post("/pqr/cases", filing())
    assert refused.status_code == 403 and "cases.file" in refused.json["error"]["message"]
    assert writer.get(f"/pqr/cases/{number}").status_code == 403
    # Of another system's case there is nothing to learn.
    assert reader.get(f"/pqr/cases/{number}").status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"received_at": "2099-01-01T00:00:00Z"}, "received_at"),
        ({"received_at": "2026-11-19T15:30:00"}, "received_at"),
        ({"kind": "poema"}, "kind"),
        ({"email": "", "name": ""}, "name"),
        ({"surprise": "1"}, "surprise"),
        ({"files": ["de nadie"]}, "files"),
    ],
)
def test_bad_input_names_its_field(caller: Caller, changed: dict[str, Any], field: str) -> None:
    answer = caller.post("/pqr/cases", filing(**changed))

    assert answer.status_code == 422
    assert field in answer.json["error"]["fields"]
    assert cases() == 0


def test_a_key_needs_a_name_and_a_use(sign_in: Any) -> None:
    answer = sign_in("admin").post("/systems/keys", {"name": " "})

    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert 'id="scopes-error"' in answer.text


def test_the_example_of_the_documentation_files_a_petition(caller: Caller) -> None:
    """docs/systems.md as it stands there: its headers, its body, and the check of what was filed."""
    text = (ROOT / "docs" / "systems.md").read_text("utf-8")
    shown = re.search(r"curl -X POST https://HOST/api/SITE(\S+) (.*?)'\n\n", text, re.S)
    assert shown
    headers = dict(re.findall(r'-H "([\w-]+): ([^"]+)"', shown[2])) | {"Authorization": f"Bearer {caller.key}"}
    body = json.loads(shown[2].partition("-d '")[2])

    filed = caller.client.post(f"/api/tenjo{shown[1]}", json=body, headers=headers)

    assert filed.status_code == 201, filed.json
    assert caller.get(f"/pqr/cases/{filed.json['radicado']}").json["state"] == "radicated"
