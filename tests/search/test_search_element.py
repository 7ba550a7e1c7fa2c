"""The box in a citizen's browser: by keyboard alone, read aloud rightly, and never a dead end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.clock import now
from app.db import db
from app.search import tuning
from tests.conftest import Cast
from tests.content.conftest import Press
from tests.guest import Guest, guest_of

pytestmark = pytest.mark.browser

TAG = '<h1>Alcaldía</h1><ventanilla-search open><a href="/elsewhere">Buscar</a></ventanilla-search>'


@pytest.fixture
def guest(app: Flask, cast: Cast, browser: Any) -> Iterator[Guest]:
    press = Press(app, cast.staff("admin"), cast.tenjo)
    press.ask("¿Dónde pago el impuesto predial?", "En la Secretaría de Hacienda.")
    press.ask("Descuento del predial & <b>multas</b>", "Hasta marzo.")
    press.publish("Vence el plazo del predial", "El viernes.")
    with guest_of(app, browser) as found:
        yield found


def box(guest: Guest, tag: str = TAG) -> Any:
    page = guest.show(tag)
    page.get_by_role("combobox").wait_for()
    return page


def test_options_come_while_typing_grouped_and_marked(guest: Guest) -> None:
    page = box(guest)
    page.get_by_role("combobox").fill("predial")
    page.get_by_role("option").first.wait_for()

    groups = page.get_by_role("group").evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    assert {"Preguntas frecuentes", "Noticias y avisos"} <= set(groups)
    assert page.locator("mark").first.text_content().lower() == "predial"
    assert page.get_by_role("option", name="<b>multas</b>").count() == 1
    assert guest.faults() == []
    assert guest.complaints == []


def test_the_arrows_move_through_the_options_and_the_focus_stays(guest: Guest) -> None:
    page = box(guest)
    combobox = page.get_by_role("combobox")
    combobox.fill("predial")
    page.get_by_role("option").first.wait_for()
    before = combobox.get_attribute("aria-activedescendant")
    combobox.press("ArrowDown")
    first = combobox.get_attribute("aria-activedescendant")
    combobox.press("ArrowUp")
    back = combobox.get_attribute("aria-activedescendant")
    combobox.press("ArrowUp")
    last = combobox.get_attribute("aria-activedescendant")
    combobox.press("Escape")

    assert (before, first, back) == (None, "o0", None)
    assert last == f"o{page.locator('[role=option]').count() - 1}"
    assert combobox.get_attribute("aria-expanded") == "false"
    assert combobox.evaluate("one => one.getRootNode().activeElement === one")


def test_moving_within_the_text_leaves_the_options_and_an_input_method_has_its_keys(guest: Guest) -> None:
    page = box(guest)
    combobox = page.get_by_role("combobox")
    combobox.fill("predial")
    page.get_by_role("option").first.wait_for()
    left = []
    for key in ("End", "Home", "ArrowLeft", "ArrowRight"):
        combobox.press("ArrowDown")
        assert combobox.get_attribute("aria-activedescendant") == "o0"
        combobox.press(key)
        left.append(combobox.get_attribute("aria-activedescendant"))
    caret = combobox.evaluate("one => one.selectionStart")
    combobox.evaluate(
        """one => ['ArrowDown', 'Enter', 'Escape'].forEach((key) => one.dispatchEvent(
           new KeyboardEvent('keydown', {key, isComposing: true, bubbles: true, cancelable: true})))"""
    )

    assert left == [None] * 4
    assert caret == 1
    assert combobox.get_attribute("aria-activedescendant") is None
    assert (combobox.get_attribute("aria-expanded"), combobox.input_value()) == ("true", "predial")


def test_enter_on_an_option_opens_it_and_on_the_box_shows_all(guest: Guest) -> None:
    page = box(guest)
    combobox = page.get_by_role("combobox")
    combobox.fill("predial")
    page.get_by_role("option").first.wait_for()
    combobox.press("Enter")
    page.get_by_role("heading", name="Hay 3 resultados para «predial».").wait_for()
    found = page.get_by_role("list").get_by_role("link")
    faults = guest.faults()
    combobox.press("ArrowDown")
    combobox.press("ArrowDown")
    page.evaluate(
        "addEventListener('ventanilla-search:go', (at) => { at.preventDefault(); window.gone = at.detail.url })"
    )
    combobox.press("Enter")

    assert found.count() == 3
    assert faults == []
    assert "/tenjo/" in page.evaluate("window.gone")


def test_a_kind_can_be_chosen(guest: Guest) -> None:
    page = box(guest)
    page.get_by_role("combobox").fill("predial")
    page.get_by_role("button", name="Buscar").click()
    page.get_by_role("button", name="Noticias y avisos (1)").click()
    page.get_by_role("heading", name="Hay 1 resultado").wait_for()

    assert page.get_by_role("button", name="Noticias y avisos (1)").get_attribute("aria-pressed") == "true"


def test_nothing_found_offers_what_to_do_next_and_a_slip_its_mending(guest: Guest) -> None:
    page = box(guest)
    page.get_by_role("combobox").fill("xyzzy")
    page.get_by_role("button", name="Buscar").click()
    page.get_by_role("link", name="Radique una petición, queja o reclamo").wait_for()
    faults = guest.faults()
    page.get_by_role("combobox").fill("predail")
    page.get_by_role("button", name="Buscar").click()
    page.get_by_role("button", name="predial", exact=True).click()
    page.get_by_role("heading", name="Hay 3 resultados").wait_for()

    assert faults == []


def test_what_is_asked_is_counted_without_anything_of_the_person(guest: Guest, cast: Cast) -> None:
    page = box(guest)
    page.get_by_role("combobox").fill("predial")
    with page.expect_response("**/search/seen"):
        page.get_by_role("button", name="Buscar").click()

    db.session.rollback()
    [row] = tuning.asked(cast.tenjo, now().date())
    assert (row.text, row.times, row.found) == ("predial", 1, 3)
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_the_shortcut_brings_the_focus_but_not_out_of_a_field(guest: Guest) -> None:
    page = box(guest, '<input id="host">' + TAG.replace("open", 'open shortcut="/"'))
    page.locator("#host").press("/")
    stayed = page.evaluate("document.activeElement.id")
    page.locator("#host").evaluate("one => one.blur()")
    page.keyboard.press("/")

    assert (stayed, page.locator("#host").input_value()) == ("host", "/")
    assert page.get_by_role("combobox").evaluate("one => one.getRootNode().activeElement === one")


def test_the_shortcut_opens_a_box_that_waits_to_be_touched(guest: Guest) -> None:
    below = "<p>Lo que está debajo</p>"
    page = guest.show(TAG.replace(" open", ' shortcut="/"') + below)
    page.wait_for_function("!!customElements.get('ventanilla-search')")
    shut = page.get_by_role("combobox").count()
    page.keyboard.press("/")
    page.get_by_role("combobox").wait_for()

    assert shut == 0
    page.wait_for_function("document.activeElement.shadowRoot?.activeElement?.id === 'box'")
    assert page.get_by_role("combobox").input_value() == ""


def test_a_failure_is_said_and_nothing_is_lost(guest: Guest) -> None:
    page = box(guest)
    page.route("**/search/**", lambda route: route.abort())
    page.get_by_role("combobox").fill("predial")
    page.get_by_role("button", name="Buscar").click()
    page.get_by_text("El buscador falló").first.wait_for()

    assert page.get_by_role("combobox").input_value() == "predial"


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")], ids=["a phone", "a dark desk"])
def test_it_is_right_on_a_phone_and_in_the_dark(guest: Guest, width: int, scheme: Any) -> None:
    guest.page.set_viewport_size({"width": width, "height": 700})
    guest.page.emulate_media(color_scheme=scheme)
    page = box(guest, TAG.replace("open", 'open questions theme="auto"'))
    question = page.get_by_text("¿Dónde pago el impuesto predial?")
    question.press("Enter")
    page.get_by_text("En la Secretaría de Hacienda.").wait_for()
    before = guest.faults()
    page.get_by_role("combobox").fill("predial")
    page.get_by_role("button", name="Buscar").click()
    page.get_by_role("heading", name="Hay 3 resultados").wait_for()

    assert before == guest.faults() == []
    assert page.locator("details").count() == 0, "what was asked stands in its place"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    "path", ["search?q=predial", "search?q=xyzzy", "news", "news/vence-el-plazo-del-predial", "faq"]
)
def test_the_pages_without_script_are_right(guest: Guest, path: str) -> None:
    guest.page.goto(f"{guest.server_url}/tenjo/{path}")

    assert guest.faults() == []
