"""The same rights without a line of script: file, follow, add, rate, withdraw."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.cases import answering
from app.cases.answering import Answer
from app.cases.models import Case, CaseParty
from app.db import db
from app.sites.service import change_site
from tests.conftest import PDF, Cast


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of the first form of a page."""
    form = html[html.index("<form") : html.index("</form>")]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


@pytest.fixture
def client(app: Flask, cast: Cast) -> FlaskClient:
    return app.test_client()


def typed(**changes: str) -> dict[str, Any]:
    return {
        "kind": "queja", "identity": "identified", "person_type": "person", "answer_channel": "electronic",
        "subject": "Ruido", "body": "Un taller trabaja de noche.", "name": "Luz", "document_number": "52345678",
        "email": "luz@example.org", "electronic_consent": "1", **changes,
    }  # fmt: skip


def file_one(client: FlaskClient, **changes: Any) -> str:
    form = hidden(client.get("/tenjo/pqr").text)
    answer = client.post("/tenjo/pqr", data={**form, **typed(), **changes})
    assert answer.status_code == 200, answer.text
    return answer.text


def shown(html: str) -> tuple[str, str]:
    """Radicado and code as the page of a filing shows them."""
    radicado = re.search(r"<strong>(20\d\d-[\d-]+)</strong>", html)
    code = re.search(r"<code>([A-Z0-9-]+)</code>", html)
    assert radicado is not None
    assert code is not None
    return radicado[1], code[1]


def test_a_form_files_a_case_and_sets_no_cookie(client: FlaskClient) -> None:
    page = client.get("/tenjo/pqr")
    html = file_one(client)

    assert "Set-Cookie" not in page.headers
    assert shown(html)[0].endswith("-4")


def test_sending_the_page_again_files_nothing_more(client: FlaskClient) -> None:
    form = hidden(client.get("/tenjo/pqr").text)

    first = client.post("/tenjo/pqr", data={**form, **typed()}).text
    again = client.post("/tenjo/pqr", data={**form, **typed()}).text

    assert shown(first) == shown(again)
    assert db.session.scalar(select(func.count()).select_from(Case)) == 1


def test_a_mistake_keeps_what_was_typed_and_the_files(client: FlaskClient) -> None:
    form = hidden(client.get("/tenjo/pqr").text)
    data = {**form, **typed(subject=""), "files": (io.BytesIO(PDF), "carta.pdf")}

    refused = client.post("/tenjo/pqr", data=data, content_type="multipart/form-data")
    filed = client.post("/tenjo/pqr", data={**hidden(refused.text), **typed()})

    assert refused.status_code == 422
    assert "Un taller trabaja de noche." in refused.text
    assert "carta.pdf" in filed.text


def test_a_file_that_cannot_be_taken_does_not_stop_the_filing(client: FlaskClient) -> None:
    html = file_one(client, files=(io.BytesIO(b"<svg/>"), "dibujo.pdf"))

    assert "dibujo.pdf" in html
    assert shown(html)


def test_what_lacks_is_said_and_filed_all_the_same(client: FlaskClient) -> None:
    form = hidden(client.get("/tenjo/pqr").text)
    asked = client.post("/tenjo/pqr", data={**form, **typed(name="", document_number="")})
    filed = client.post(
        "/tenjo/pqr", data={**hidden(asked.text), **typed(name="", document_number=""), "despite_missing": "1"}
    )

    assert "Radicar de todas formas" in asked.text
    assert shown(filed.text)


def test_a_form_from_another_site_is_refused(client: FlaskClient) -> None:
    form = hidden(client.get("/tenjo/pqr").text)
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert client.post("/tenjo/pqr", data={**form, **typed()}, headers=headers).status_code == 403


def test_a_case_is_followed_and_added_to_without_script(client: FlaskClient) -> None:
    radicado, code = shown(file_one(client))
    form = {**hidden(client.get("/tenjo/track").text), "radicado": radicado, "code": code}
    opened = client.post("/tenjo/track", data={**form, "act": "track"})

    added = client.post(
        "/tenjo/track", data={**hidden(opened.text), **form, "act": "add", "body": "También los domingos."}
    )

    assert "Ruido" in opened.text
    assert "También los domingos." in added.text


def test_a_withdrawn_case_says_so(client: FlaskClient) -> None:
    radicado, code = shown(file_one(client))

    answer = client.post("/tenjo/track", data={"radicado": radicado, "code": code, "act": "withdraw", "reason": ""})

    assert "Desistida por usted" in answer.text


def test_a_wrong_code_is_explained_and_tells_nothing(client: FlaskClient) -> None:
    radicado, _ = shown(file_one(client))

    answer = client.post("/tenjo/track", data={"radicado": radicado, "code": "AB2CD3EF", "act": "track"})

    assert answer.status_code == 404
    assert "no corresponden" in answer.text
    assert "Ruido" not in answer.text


def test_the_page_speaks_english_when_asked(client: FlaskClient) -> None:
    html = client.get("/tenjo/pqr?lang=en").text

    assert '<html lang="en">' in html
    assert "File the request" in html


def test_only_the_sites_own_pages_may_frame_it(client: FlaskClient) -> None:
    policy = client.get("/tenjo/pqr").headers["Content-Security-Policy"]

    assert "frame-ancestors 'self' https://www.tenjo.example" in policy


def test_voluntary_answers_go_along_only_with_their_own_consent(client: FlaskClient) -> None:
    file_one(client, about_age="60", about_condition="victim", characterisation_consent="1")
    file_one(client, about_age="60")

    told = db.session.scalars(select(CaseParty.characterisation).order_by(CaseParty.case_id)).all()
    assert told == [{"age": "60", "condition": "victim"}, {}]


def test_the_case_shows_its_own_files_and_a_rating_once(client: FlaskClient, cast: Cast) -> None:
    radicado, code = shown(file_one(client, files=(io.BytesIO(PDF), "acta.pdf")))
    answering.answer(cast.staff("ana"), cast.tenjo, db.session.scalars(select(Case.id)).one(), Answer("R", "Sí.", "–"))
    opened = client.post("/tenjo/track", data={"radicado": radicado, "code": code, "act": "track"}).text
    token = re.search(r'value="(file:\d+)"[^>]*>[^<]*acta.pdf', opened)
    assert token is not None
    got = client.post("/tenjo/track", data={**hidden(opened), "radicado": radicado, "code": code, "act": token[1]})
    assert got.data == PDF
    got.close()

    form = {**hidden(opened), "radicado": radicado, "code": code, "act": "rate", "score": "4"}
    assert 'value="rate"' in opened
    assert 'value="rate"' not in client.post("/tenjo/track", data=form).text


def test_the_page_wears_the_sites_accent(client: FlaskClient, cast: Cast) -> None:
    change_site(cast.tenjo, "system", accent="#006b4f")
    page = client.get("/tenjo/pqr")
    sheet = re.search(r'<link rel="stylesheet" href="(/tenjo/look.css)">', page.text)
    assert sheet is not None

    look = client.get(sheet[1])

    assert (look.mimetype, "--accent: #006b4f; --on-accent: #ffffff" in look.text) == ("text/css", True)
    assert "Set-Cookie" not in look.headers
