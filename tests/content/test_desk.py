"""The console's pages of content: what staff type becomes public, and nobody else gets in."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from PIL import Image as Picture

from app.content import service
from app.db import db
from tests.conftest import Cast, HostPage
from tests.content.conftest import Press

PAGES = ("/faqs", "/faqs/new", "/publications", "/publications/new")
ACTS = ("/faqs/1/delete", "/publications/1/state", "/publications/1/delete", "/publications/1/images",
        "/publications/topics", "/publications/sources", "/publications/sources/1/remove")  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_for_who_may_write(sign_in: Any, path: str) -> None:
    assert sign_in("comu").get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_closed_to_everyone_else(app: Flask, sign_in: Any, path: str) -> None:
    signed_out = app.test_client().get(f"/console/tenjo{path}")
    no_right = sign_in("ana").get(path)
    olga = sign_in("olga")
    elsewhere = olga.client.get(f"/console/tenjo{path}")

    assert (signed_out.status_code, no_right.status_code, elsewhere.status_code) == (302, 403, 404)


@pytest.mark.parametrize("path", ACTS)
def test_an_act_is_closed_to_everyone_else(app: Flask, sign_in: Any, press: Press, path: str) -> None:
    press.write("Feria")
    no_right = sign_in("ana").post(path, {})
    signed_out = app.test_client().post(f"/console/tenjo{path}", data={})
    olga = sign_in("olga")

    assert (signed_out.status_code, no_right.status_code) == (302, 403)
    assert olga.client.post(f"/console/tenjo{path}", data={}).status_code == 404


def test_an_act_without_its_token_is_refused(sign_in: Any, press: Press) -> None:
    made = press.write("Feria")
    desk = sign_in("comu")
    desk.client.application.config["WTF_CSRF_ENABLED"] = True

    assert desk.post(f"/publications/{made}/state", {"state": "published"}).status_code == 400


def test_a_question_is_written_changed_and_deleted(sign_in: Any, cast: Cast) -> None:
    desk = sign_in("comu")
    typed = {"question": "¿Dónde?", "answer": "Aquí **mismo**.", "office": "120", "lang": "es", "published": "y"}
    desk.post("/faqs/new", typed)
    [row] = service.faqs(cast.tenjo)
    made = row.id
    desk.post(f"/faqs/{made}", {**typed, "answer": "Allá."})
    db.session.rollback()
    changed = service.faq(cast.tenjo, made).html
    desk.post(f"/faqs/{made}/delete", {})
    db.session.rollback()

    assert changed == "<p>Allá.</p>\n"
    assert service.faqs(cast.tenjo) == []


def test_what_was_typed_stays_when_something_is_missing(sign_in: Any) -> None:
    answer = sign_in("comu").post("/faqs/new", {"question": "", "answer": "Una respuesta larga.", "lang": "es"})

    assert answer.status_code == 422
    assert "Una respuesta larga." in answer.text
    assert "Este dato es necesario." in answer.text


def test_a_publication_goes_from_draft_to_the_public_and_back(sign_in: Any, host: HostPage, cast: Cast) -> None:
    desk = sign_in("comu")
    topic = service.ensure_topics(cast.tenjo)[0].id
    typed = {"title": "Feria", "body": "Texto.", "topic_id": str(topic), "kind": "news", "lang": "es"}
    made = int(desk.post("/publications/new", typed).headers["Location"].rpartition("/")[2])
    desk.post(f"/publications/{made}/state", {"state": "published"})
    seen = host.client.get("/tenjo/news/feria").status_code
    desk.post(f"/publications/{made}/state", {"state": "withdrawn"})

    assert seen == 200
    assert host.client.get("/tenjo/news/feria").status_code == 404
    assert desk.get("/publications?state=withdrawn").text.count("Feria") == 1


def test_dates_are_typed_in_the_time_of_the_site(sign_in: Any, cast: Cast) -> None:
    desk = sign_in("comu")
    topic = service.ensure_topics(cast.tenjo)[0].id
    typed = {"title": "Feria", "body": "Texto.", "topic_id": str(topic), "kind": "news", "lang": "es"}
    desk.post("/publications/new", {**typed, "publish_at": "2027-01-15T08:00"})
    db.session.rollback()
    [row] = service.publications(cast.tenjo)

    assert row.publish_at.isoformat() == "2027-01-15T13:00:00+00:00"
    assert 'value="2027-01-15T08:00"' in desk.get(f"/publications/{row.id}").text
    desk.post(f"/publications/{row.id}/state", {"state": "published"})
    assert "se publica el viernes 15 de enero de 2027, 8:00 a. m." in desk.get(f"/publications/{row.id}").text


def png() -> io.BytesIO:
    made = io.BytesIO()
    Picture.new("RGB", (20, 10), "green").save(made, "PNG")
    made.seek(0)
    return made


def test_a_picture_needs_the_text_that_stands_for_it(sign_in: Any, press: Press) -> None:
    made = press.write("Feria")
    answer = sign_in("comu").post(
        f"/publications/{made}/images", {"image": (png(), "plaza.png"), "alt": " "}, follow_redirects=True
    )

    assert "Escriba qué se ve en la imagen" in answer.text
    assert service.images(made) == []


def test_a_picture_is_public_when_its_publication_is(sign_in: Any, press: Press, host: HostPage) -> None:
    made = press.write("Feria")
    desk = sign_in("comu")
    desk.post(f"/publications/{made}/images", {"image": (png(), "plaza.png"), "alt": "La plaza llena"})
    db.session.rollback()
    [picture] = [image.id for image in service.images(made)]
    press.write("Feria", f"Mire:\n\n![](imagen:{picture})", made)
    early = host.client.get(f"/tenjo/images/{picture}").status_code
    preview = desk.get(f"/publications/images/{picture}").status_code
    service.set_state(press.staff, press.site, made, "published")
    shown = host.client.get(f"/tenjo/images/{picture}")

    assert (early, preview, shown.status_code) == (404, 200, 200)
    assert shown.headers["Content-Type"] == "image/png"
    assert f'<img src="/tenjo/images/{picture}" alt="La plaza llena">' in host.client.get("/tenjo/news/feria").text


def test_a_file_that_is_no_picture_and_a_picture_of_another_are_refused(sign_in: Any, press: Press) -> None:
    made = press.write("Feria")
    desk = sign_in("comu")
    pdf = io.BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF")
    answer = desk.post(
        f"/publications/{made}/images", {"image": (pdf, "a.pdf"), "alt": "Un acta"}, follow_redirects=True
    )
    typed = {"title": "F", "body": "![x](imagen:999)", "topic_id": "1", "kind": "news", "lang": "es"}
    foreign = desk.post(f"/publications/{made}", typed)

    assert service.images(made) == []
    assert "alert-danger" in answer.text
    assert foreign.status_code == 422
    assert "999" in foreign.text
