"""`<ventanilla-forum>` in a real browser, against the real server, and the desk behind it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.db import db
from app.documents.issuing import Issued
from app.participation.closing import Decision
from tests.conftest import Cast, HostPage
from tests.forum.conftest import Opener, enter, write
from widgets.forum import holding, moderation, recording
from widgets.forum.models import ForumPost

pytestmark = pytest.mark.browser

TAG = '<h1>Participe</h1><ventanilla-forum forum="parque" open><a href="/x">Participe en el foro</a></ventanilla-forum>'


def _last() -> ForumPost:
    db.session.rollback()
    found = db.session.scalar(select(ForumPost).order_by(ForumPost.id.desc()))
    assert found is not None
    return found


def test_a_contribution_is_written_read_and_answered(guest: Any, cast: Cast, opened: Opener) -> None:
    forum_id = opened()
    page = guest.show(TAG)
    page.get_by_role("button", name="Escribir un aporte").click()
    page.get_by_label("Su nombre").fill("Luz Marina")
    page.get_by_label("Título").fill("Más sombra")
    page.get_by_label("Su aporte").fill("Faltan **árboles** <script>alert(1)</script>")
    page.get_by_role("button", name="Publicar el aporte").click()
    page.get_by_text("Una persona lo leerá").wait_for()
    post = _last().id
    moderation.decide(cast.staff("comu"), cast.tenjo, post, publish=True)
    moderation.official(cast.staff("comu"), cast.tenjo, forum_id, "Vamos a sembrar.", post)

    page = guest.show(TAG)
    page.get_by_role("button", name="Más sombra").click()

    page.get_by_text("Respuesta oficial").wait_for()
    assert page.locator("strong", has_text="árboles").is_visible()
    assert page.get_by_text("<script>").is_visible()
    assert page.get_by_text("Profesional, Prensa y Comunicaciones").is_visible()
    assert guest.faults() == []
    assert guest.complaints == []


def test_the_keyboard_alone_replies_and_supports(guest: Any, host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    write(host)
    page = guest.show(TAG)
    page.get_by_role("button", name="Más sombra").focus()
    page.route("**/forum/threads/*", lambda route: route.abort(), times=1)
    page.keyboard.press("Enter")
    page.locator("#wrong:focus", has_text="No pudimos traerlo").wait_for()
    page.get_by_role("button", name="Más sombra").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Apoyar el aporte de Luz").focus()
    page.keyboard.press("Enter")
    page.get_by_text("1 apoyo", exact=True).first.wait_for()
    # The name of a button holds the words that are seen on it, in either state.
    assert page.get_by_role("button", name="Apoyado: aporte de Luz", pressed=True).inner_text() == "Apoyado"
    assert guest.faults() == []
    page.get_by_role("button", name="Responder a Luz").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Su aporte").focus()
    page.keyboard.type("De acuerdo.")
    page.get_by_role("button", name="Publicar el aporte").focus()
    page.keyboard.press("Enter")
    # Who has only supported so far is known, and has given no name.
    page.locator("#summary:focus").wait_for()
    assert page.locator("#email").count() == 0
    page.get_by_label("Su nombre").focus()
    page.keyboard.type("Jairo")
    page.get_by_role("button", name="Publicar el aporte").focus()
    page.keyboard.press("Enter")

    page.get_by_text("De acuerdo.").wait_for()
    assert (_last().parent_id is not None, _last().author) == (True, "Jairo")


def test_personal_data_are_warned_of_and_may_be_published_all_the_same(guest: Any, opened: Opener) -> None:
    opened()
    page = guest.show(TAG)
    page.get_by_role("button", name="Escribir un aporte").click()
    page.get_by_label("Su nombre").fill("Luz")
    page.get_by_label("Título").fill("Mi caso")
    page.get_by_label("Su aporte").fill("Llámenme al 310 555 1234.")
    page.get_by_role("button", name="Publicar el aporte").click()
    page.get_by_role("heading", name="Revise antes de publicar").wait_for()
    assert guest.faults() == []

    page.get_by_role("button", name="Publicarlo así").click()

    page.get_by_text("Una persona lo leerá").wait_for()


def test_a_petition_is_one_click_away(guest: Any, opened: Opener) -> None:
    opened()
    page = guest.show(TAG)
    page.get_by_role("button", name="Escribir un aporte").click()
    page.get_by_label("Su nombre").fill("Luz")
    page.get_by_label("Título").fill("El puente")
    page.get_by_label("Su aporte").fill("Solicito que reparen el puente.")
    page.get_by_role("button", name="Publicar el aporte").click()
    page.get_by_role("button", name="¿Desea radicarla como petición?").click()

    page.get_by_role("button", name="Radicar la petición").click()

    page.get_by_role("heading", name="Su petición quedó radicada").wait_for()
    assert _last().case_id is not None


def test_ones_own_contributions_can_be_corrected_and_deleted(guest: Any, opened: Opener) -> None:
    opened()
    page = guest.show(TAG)
    page.get_by_role("button", name="Escribir un aporte").click()
    page.get_by_label("Su nombre").fill("Luz")
    assert page.get_by_label("Su nombre").evaluate("field => field.offsetHeight") >= 44
    page.get_by_label("Título").fill("Bancas")
    page.get_by_label("Su aporte").fill("Faltan bankas.")
    page.get_by_role("button", name="Publicar el aporte").click()
    page.get_by_role("button", name="Mis aportes").click()
    page.get_by_role("button", name="Corregir").click()
    page.get_by_label("Corregir").fill("Faltan bancas.")
    page.get_by_role("button", name="Guardar el cambio").click()
    page.get_by_role("button", name="Corregir").wait_for()
    assert _last().body == "Faltan bancas."
    assert guest.faults() == []

    page.get_by_role("button", name="Borrar").click()
    page.get_by_role("button", name="Borrar").click()

    page.get_by_text("Bancas").wait_for(state="detached")
    assert _last().state == "deleted"


def test_the_closing_record_stands_above_the_threads(guest: Any, cast: Cast, opened: Opener) -> None:
    forum_id, staff = opened(), cast.staff("comu")
    recording.save_theme(staff, cast.tenjo, forum_id, Decision("Sombra", "Árboles", "taken", "Se sembrarán veinte."))
    holding.close(staff, cast.tenjo, forum_id)
    recording.publish_record(staff, cast.tenjo, forum_id, "Gracias a todos.")

    page = guest.show(TAG)

    page.get_by_role("heading", name="Qué dijeron, qué decidimos, qué hicimos").wait_for()
    assert page.get_by_text("Sombra: Acogida").is_visible()
    assert guest.faults() == []


def test_it_stands_in_320_pixels(guest: Any, host: HostPage, opened: Opener) -> None:
    opened(moderation="after")
    root = write(host, body="https://example.org/" + "a" * 200).json["post"]
    reply = write(host, parent=root, name="B" * 70).json["post"]
    write(host, parent=reply, name="C", body="x" * 300)
    guest.page.set_viewport_size({"width": 320, "height": 640})

    page = guest.show(TAG)
    page.get_by_role("button", name="Más sombra").click()
    page.get_by_text("C", exact=True).first.wait_for()

    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_the_keyboard_cites_a_publication_and_a_document(
    guest: Any, host: HostPage, cast: Cast, opened: Opener, plan: int, indexed: None, letter: Issued
) -> None:
    opened(moderation="after")
    guest.page.set_viewport_size({"width": 320, "height": 640})
    page = guest.show(TAG)
    page.get_by_role("button", name="Escribir un aporte").click()
    page.get_by_label("Su nombre").fill("Luz")
    page.get_by_label("Título").fill("El plan")
    page.get_by_label("Su aporte").fill("Según ")
    page.get_by_role("button", name="Citar una publicación").press("Enter")
    page.get_by_role("combobox").press_sequentially("plan")
    page.get_by_role("option").wait_for()
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("option", selected=True).inner_text() == "Plan del <parque> publicación"
    assert guest.faults() == []
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Citar una publicación").press("Enter")
    page.get_by_role("combobox").press_sequentially(letter.code)
    page.get_by_role("option", name=letter.number).wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Citar una publicación").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name="Publicar el aporte").press("Enter")
    page.get_by_role("button", name="El plan").click()

    page.get_by_text("Cita: Plan del <parque> · Respuesta a una petición").wait_for()
    assert guest.faults() == []
    assert guest.complaints == []


def test_an_official_answer_cites_from_a_list(guest: Any, opened: Opener, plan: int, indexed: None) -> None:
    forum_id = opened()
    desk = guest.page
    base = enter(desk, guest.server_url)
    desk.goto(f"{base}/tenjo/forum/{forum_id}")
    desk.fill("#body", "Según ")
    desk.get_by_role("button", name="Citar una publicación").press("Enter")
    desk.get_by_role("combobox", name="Palabras de una publicación").press_sequentially("plan")
    desk.get_by_role("option").wait_for()
    assert guest.faults() == []

    desk.keyboard.press("Enter")

    assert "/tenjo/news/plan-del-parque) " in desk.input_value("#body")
