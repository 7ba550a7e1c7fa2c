"""An answer leaves as a letter: a number of its own, on the tracking page and in the mail, for anybody to verify."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import select

from app.cases import answering, drafts, service, workflow
from app.cases.answering import Answer
from app.cases.models import CaseCounter, CaseMessage
from app.db import db, write
from app.documents.issuing import file_of
from app.documents.models import Document
from app.sites import service as sites
from tests.conftest import ORIGIN, Cast, HostPage, filing
from tests.documents.reading import read

GIVEN = Answer(
    "Respuesta a su petición", "Buenos días.\n\nEl poste queda arreglado.", "Espere al martes.", recourse="appeal"
)


def _one(model: Any) -> Any:
    db.session.rollback()
    return db.session.scalars(select(model)).one()


@pytest.fixture
def answered(cast: Cast, host: HostPage) -> dict[str, Any]:
    """A case that was answered, as its filer was told of it."""
    filed: dict[str, Any] = host.send("/pqr/cases", filing()).get_json()
    answering.answer(cast.staff("ana"), cast.tenjo, 1, GIVEN)
    return filed


@pytest.mark.store
def test_the_letter_comes_with_the_mail_and_on_the_tracking_page(
    app: Flask, host: HostPage, answered: dict[str, Any], mails: Any
) -> None:
    mail = mails()[-1]
    part = next(mail.iter_attachments())
    pdf = part.get_content()
    document, message = _one(Document), db.session.scalars(select(CaseMessage)).one()
    code = {"radicado": answered["radicado"], "code": answered["code"]}
    shown = host.ask("/cases/track", code).get_json()["messages"][0]
    path = "/api/tenjo/cases/file"
    asked = {**code, "token": shown["files"][0]["token"]}
    handed = app.test_client().post(path, json=asked, headers={"Origin": ORIGIN}, buffered=True)

    assert part.get_filename() == f"{document.number}.pdf" and document.number in mail.get_body().get_content()
    assert (shown["radicado"], shown["files"][0]["name"]) == (message.radicado, f"{message.radicado}.pdf")
    assert handed.data == pdf
    assert (document.data, document.file_hash) == ({}, shown["files"][0]["sha256"])


def test_it_says_what_the_law_wants_and_is_accessible(answered: dict[str, Any], mails: Any) -> None:
    found = read(next(mails()[-1].iter_attachments()).get_content())

    text = " ".join(found.text.split())
    for words in (
        "Radicado de salida: 20", "Luz Marina Peña", answered["radicado"], "El poste queda arreglado.",
        "Espere al martes.", "recurso", "Página 1 de", "Código: AC-FO-01", "/tenjo/verify/", "Huella del contenido",
        "Calle 3 # 3-86", "contacto@tenjo.example",
    ):  # fmt: skip
        assert words in text, words
    assert (found.lang, found.tagged, found.ua) == ("es", True, True)
    assert {"H1", "H2", "Figure"} <= set(found.tags) and "/tenjo/verify/" in found.alts[0]


def test_numbers_of_salida_are_of_their_own_series_and_never_used_twice(
    cast: Cast, host: HostPage, answered: dict[str, Any]
) -> None:
    second = host.send("/pqr/cases", filing(subject="Otra")).get_json()
    with pytest.raises(RuntimeError), write():
        answering.answer(cast.staff("ana"), cast.tenjo, 2, GIVEN)
        raise RuntimeError("the store went away")
    answering.answer(cast.staff("ana"), cast.tenjo, 2, GIVEN)

    db.session.rollback()
    numbers = list(db.session.scalars(select(Document.number).order_by(Document.id)))
    last = db.session.scalars(select(CaseCounter.last).where(CaseCounter.series == "salida")).one()
    assert [number[-8:] for number in numbers] == ["000001-1", "000002-1"] and last == 2
    assert second["radicado"] not in numbers


def test_anybody_verifies_it_and_learns_nothing_of_the_person(
    app: Flask, cast: Cast, answered: dict[str, Any], mails: Any
) -> None:
    pdf, document = next(mails()[-1].iter_attachments()).get_content(), _one(Document)
    client, url = app.test_client(), f"/tenjo/verify/{document.code}"

    shown = client.get(url).text
    same = client.post(url, data={"file": (BytesIO(pdf), "carta.pdf")}).text
    other = client.post(url, data={"file": (BytesIO(pdf[:-1] + b" "), "carta.pdf")}).text

    assert document.number in shown and document.content_hash in shown and document.file_hash in shown
    assert document.content_hash in re.sub(r"\s", "", read(pdf).text)
    for personal in ("Luz", "luz@", "52345678", "poste", "Alumbrado", answered["radicado"]):
        assert personal not in shown, personal
    assert "es idéntico" in same and "no es idéntico" in other
    assert "ya no vale" not in shown

    # It stays genuine when the decision in it was undone, and says so.
    db.session.rollback()
    workflow.reopen(cast.staff("rita"), cast.tenjo, 1, "Faltó una parte.")
    assert "ya no vale" in client.get(url).text
    db.session.rollback()
    answering.answer(cast.staff("ana"), cast.tenjo, 1, GIVEN)
    second = db.session.scalars(select(Document).order_by(Document.id.desc())).first()
    assert second is not None
    number, its_own = second.number, f"/tenjo/verify/{second.code}"
    db.session.rollback()
    assert number in client.get(url).text and "ya no vale" not in client.get(its_own).text
    db.session.rollback()
    workflow.reopen(cast.staff("rita"), cast.tenjo, 1, "Es doble.")
    # Of a decision that fell too nobody may think that it stands.
    assert number not in client.get(url).text and "ya no vale" in client.get(its_own).text
    db.session.rollback()
    service.annul(cast.staff("admin"), cast.tenjo, 1, "Se radicó dos veces.")
    assert "fue anulado" in client.get(its_own).text


def test_a_code_of_nobody_or_of_another_site_verifies_nothing(app: Flask, answered: dict[str, Any]) -> None:
    client, code = app.test_client(), _one(Document).code

    for url in ("/tenjo/verify/AAAAAAAAAAAA", f"/other/verify/{code}"):
        answer = client.get(url)
        assert answer.status_code == 404 and "no lo expidió" in answer.text
    spaced = client.get("/tenjo/verify", query_string={"code": f" {code[:4]}-{code[4:].lower()} "})
    assert client.get(spaced.headers["Location"]).status_code == 200


@pytest.mark.parametrize("identity", ["anonymous", "reserved"])
def test_the_letter_of_who_is_not_to_be_known_names_nobody(cast: Cast, host: HostPage, identity: str) -> None:
    known = filing(identity=identity)
    unknown = {name: known[name] for name in ("kind", "subject", "body", "notice_version", "identity")}
    given = known if identity == "reserved" else unknown
    assert host.send("/pqr/cases", given).status_code == 201
    answering.answer(cast.staff("ana"), cast.tenjo, 1, GIVEN)

    made = file_of(_one(Document).id)
    assert made is not None
    text = read(current_app.extensions["ventanilla"].storage.path(made.key).read_bytes()).text

    assert "Señor(a)" in text and "Luz" not in text and "luz@" not in text


def test_without_the_extra_the_answer_leaves_all_the_same(
    answered: dict[str, Any], mails: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.documents.rendering.find_spec", lambda _name: None)

    mail = mails()[-1]

    assert answered["radicado"] in mail.get_content() and not list(mail.iter_attachments())
    assert _one(Document).file_id is None


def test_an_office_that_must_ask_sends_nothing_unapproved(cast: Cast, host: HostPage, sign_in: Any) -> None:
    host.send("/pqr/cases", filing())
    office = next(one for one in sites.offices(cast.tenjo) if one.purpose == "citizen")
    form = {
        "id": office.id,
        "code": office.code,
        "name": office.name,
        "purpose": "citizen",
        "active": "1",
        "asks_review": "1",
    }
    assert sign_in("admin").post("/settings/offices", form).status_code == 302
    ana, desk = cast.staff("ana"), sign_in("ana")

    refused = desk.post("/cases/1/answer", {"subject": "R", "body": "T", "next_step": "N", "act": "send"})
    led = desk.get("/cases/1/answer")
    drafts.save(ana, cast.tenjo, 1, drafts.Text("R", "Texto.", "N"))
    drafts.submit(ana, cast.tenjo, 1)
    drafts.review(cast.staff("rita"), cast.tenjo, 1, "", approve=True)

    assert refused.status_code == 409 and "otra persona debe aprobar" in refused.text
    assert led.headers["Location"].endswith("/cases/1/draft")
    assert drafts.send(ana, cast.tenjo, 1)


def test_who_gets_a_copy_is_asked_at_each_answer(cast: Cast, host: HostPage, sign_in: Any, mails: Any) -> None:
    host.send("/pqr/cases", filing())
    desk = sign_in("ana")
    given = {"subject": "Respuesta", "body": "Texto.", "next_step": "Espere.", "copies": "veedor@example.org"}

    wrong = desk.post("/cases/1/answer", {**given, "copies": "no es correo", "act": "preview"})
    preview = desk.post("/cases/1/answer", {**given, "act": "preview"})
    unasked = desk.post("/cases/1/answer", {**given, "act": "send"})
    sent = desk.post("/cases/1/answer", {**given, "act": "send", "copies_reviewed": "y"})

    assert wrong.status_code == 422 and "Texto." in wrong.text
    assert "Revisé que la copia es para veedor@example.org" in preview.text
    assert unasked.status_code == 422 and "Confirme a quién" in unasked.text
    assert sent.status_code == 302 and "veedor@example.org" in [mail["To"] for mail in mails()]
