"""Staff take down what people say aloud or bring on paper, with the constancia of Decreto 1166 de 2016."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.cases.effect import note_access
from app.cases.models import Case, CaseClock
from app.db import db
from tests.conftest import PDF, Cast, HostPage
from tests.documents.reading import read


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    # Friday 20 November 2026, 10:00 in Bogotá.
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True) as clock:
        yield clock


def said(**changes: Any) -> dict[str, Any]:
    return {
        "channel": "in_person", "received_at": "2026-11-19T15:30", "kind": "peticion_particular",
        "identity": "identified", "person_type": "person", "name": "Luz Marina Peña", "document_type": "CC",
        "document_number": "52345678", "answer_channel": "postal", "address": "Vereda Chitasugá, finca 3",
        "subject": "Poste caído", "body": "Dice que el poste cayó el martes.", "key": "k" * 32, **changes,
    }  # fmt: skip


def the_case() -> Case:
    db.session.rollback()
    return db.session.scalars(select(Case)).one()


@pytest.mark.store
def test_a_spoken_petition_is_filed_with_all_that_its_constancia_must_hold(
    sign_in: Any, host: HostPage, mails: Any
) -> None:
    desk = sign_in("ana")

    page = desk.post("/counter", said(language="Nasa yuwe", copy="printed")).text

    case = the_case()
    # Said on Thursday before closing: that day is the filing day, whenever it was typed in.
    assert (case.channel, str(case.radicated_on), case.source) == ("in_person", "2026-11-19", "pqr")
    code = re.search(r"v-code\">([A-Z0-9-]+)<", page)
    assert code and case.radicado in page
    mails()
    tracked = host.ask("/cases/track", {"radicado": case.radicado, "code": code[1]}).json
    assert tracked is not None
    with host.ask(
        "/cases/file", {"radicado": case.radicado, "code": code[1], "token": tracked["files"][0]["token"]}
    ) as file:
        paper = read(file.data)
    assert paper.ua
    for part in (
        case.radicado, "VERBAL", "jueves 19 de noviembre de 2026", "Luz Marina Peña", "CC 52345678", "Chitasugá",
        "Poste caído", "Dice que el poste cayó el martes.", "Ninguno.", "Ana, Profesional", "Nasa yuwe",
        "pidió copia impresa",
    ):  # fmt: skip
        assert part in paper.text, part
    sheet = desk.get(f"/cases/{case.id}").text
    link = re.search(r'href="/console/tenjo(/cases/\d+/files/\d+)">Constancia', sheet)
    assert "Fue verbal" in sheet and link
    with desk.get(link[1]) as file:
        assert file.mimetype == "application/pdf"


def test_the_slip_gives_the_code_and_only_to_who_has_just_filed(sign_in: Any) -> None:
    desk = sign_in("ana")
    page = desk.post("/counter", said()).text
    code = re.search(r"v-code\">([A-Z0-9-]+)<", page)
    number = the_case().radicado

    paper = read(desk.post("/counter/slip", {"key": "k" * 32, "radicado": number}).data)

    assert code and code[1] in paper.text
    assert desk.post("/counter/slip", {"key": "x" * 32, "radicado": number}).status_code == 404


def test_a_second_press_files_nothing_twice(sign_in: Any) -> None:
    desk = sign_in("ana")

    first, again = (desk.post("/counter", said()).text for _ in range(2))

    assert the_case().radicado in first
    assert the_case().radicado in again


def test_what_was_answered_aloud_stands_in_the_constancia_and_is_notified(sign_in: Any, mails: Any, app: Any) -> None:
    sign_in("ana").post("/counter", said(answered="El poste se cambia el lunes 23."))

    case = the_case()
    clock = db.session.scalars(select(CaseClock).where(CaseClock.case_id == case.id)).one()
    assert (case.state, clock.met_at is not None) == ("notified", True)
    note_access(case.site_id, case.id)
    assert the_case().state == "notified"


def test_a_letter_on_paper_is_filed_with_its_scan_and_its_own_date(sign_in: Any) -> None:
    desk = sign_in("ana")
    letter = said(channel="window", sheets="2", received_at="2026-11-18T09:00")

    asked = desk.post("/counter", letter)
    assert asked.status_code == 422
    assert "Falta el escaneo" in asked.text
    assert "Poste caído" in asked.text
    done = desk.post("/counter", letter | {"files": (BytesIO(PDF), "carta.pdf")})

    assert done.status_code == 200
    case = the_case()
    assert (case.channel, str(case.radicated_on)) == ("window", "2026-11-18")
    assert "carta.pdf" in desk.get(f"/cases/{case.id}").text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"received_at": "2026-11-20T11:00"}, "received_at"),
        ({"received_at": "ayer"}, "received_at"),
        ({"subject": " "}, "subject"),
        ({"kind": "poema"}, "kind"),
        ({"email": "no es correo"}, "email"),
    ],
)
def test_a_mistake_names_its_field_and_keeps_the_rest(sign_in: Any, changed: dict[str, str], field: str) -> None:
    answer = sign_in("ana").post("/counter", said(**changed))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "Dice que el poste" in answer.text
    assert db.session.scalars(select(Case)).all() == []


def test_who_has_no_data_is_filed_all_the_same(sign_in: Any) -> None:
    desk, bare = sign_in("ana"), said(name="", document_number="", address="", answer_channel="in_person")

    assert desk.post("/counter", bare).status_code == 422
    assert desk.post("/counter", bare | {"act": "anyway"}).status_code == 200
    assert set(the_case().missing) == {"name", "document_number"}


@pytest.mark.parametrize("identity", ["anonymous", "reserved"])
def test_the_constancia_names_nobody_who_asked_not_to_be_named(
    sign_in: Any, identity: str, cast: Cast, mails: Any, app: Any
) -> None:
    sign_in("ana").post("/counter", said(identity=identity))
    mails()

    case = the_case()
    from app.files import files_of

    stored = files_of("case", [case.id])[case.id][0]
    with app.extensions["ventanilla"].storage.open(stored.key) as file:
        text = read(file.read()).text
    assert "Luz Marina" not in text
    assert "52345678" not in text
