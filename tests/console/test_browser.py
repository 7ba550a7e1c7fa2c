"""The desk in a real Chromium: few clicks, the keyboard alone, both themes, and nothing for axe to find."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app.console.models import SavedText
from app.db import db, write
from tests.conftest import PASSWORD, Cast
from tests.console.conftest import Filer
from tests.guest import faults_of

pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install .[dev]")
pytestmark = pytest.mark.browser


@pytest.fixture
def chromium(browser: Any) -> Any:
    return browser


@pytest.fixture
def served(app: Flask, cast: Cast, file_one: Filer) -> Iterator[str]:
    """The console at an address, with two cases and a saved text."""
    file_one(subject="El más urgente", person={"name": "José Ñáñez"})
    file_one(subject="Otro caso", identity="reserved")
    with write():
        db.session.add(SavedText(site_id=cast.tenjo, title="Reparación", body="Se repara el lunes."))
    db.session.rollback()
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


class Desk:
    """A page in which every click is counted, and every complaint of the browser is a failure."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url, self.clicks, self.problems = page, url, 0, []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)

    def sign_in(self, name: str = "ana") -> None:
        self.page.goto(f"{self.url}/console/login")
        self.page.fill("#email", f"{name}@tenjo.example")
        self.page.fill("#password", PASSWORD)
        self.page.click("button.btn-primary")
        self.page.wait_for_url("**/console/tenjo/")
        self.clicks = 0

    def click(self, target: Any) -> None:
        target.click()
        self.clicks += 1

    def axe(self) -> list[str]:
        return faults_of(self.page)


@pytest.fixture
def open_desk(chromium: Any, served: str) -> Iterator[Any]:
    contexts: list[Any] = []

    def make(**more: Any) -> Desk:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "es-CO", **more})
        context.set_default_timeout(20_000)
        contexts.append(context)
        return Desk(context.new_page(), served)

    yield make
    for context in contexts:
        context.close()


def test_the_way_from_sign_in_to_a_sent_answer_takes_few_clicks(open_desk: Any) -> None:
    desk = open_desk()
    page = desk.page
    desk.sign_in()

    desk.click(page.get_by_role("link", name="Abrir el caso más urgente"))
    opened = desk.clicks
    desk.click(page.get_by_role("button", name="Asignármelo"))
    page.get_by_text("Quedó asignado").wait_for()
    # Where the keyboard and the voice go on is what the act did.
    page.wait_for_function("() => document.activeElement.innerText === 'Quedó asignado.'")
    assigned = desk.clicks - opened
    desk.click(page.get_by_role("link", name="Responder"))
    with page.expect_navigation():
        page.get_by_label("Texto guardado").select_option(label="Reparación")
    desk.clicks += 1
    desk.click(page.get_by_role("button", name="Ver cómo queda"))
    desk.click(page.get_by_role("button", name="Enviar la respuesta"))
    page.get_by_text("Respuesta enviada").wait_for()

    assert (opened, assigned, desk.clicks - opened - assigned) == (1, 1, 4)
    assert "Se repara el lunes." in page.content()
    assert desk.problems == []


def test_what_was_typed_outlives_its_session(open_desk: Any) -> None:
    desk = open_desk()
    page = desk.page
    desk.sign_in()
    page.goto(f"{desk.url}/console/tenjo/cases/1/answer")
    page.get_by_label("Respuesta", exact=True).press_sequentially("No se pierde. ")

    page.context.clear_cookies()
    page.get_by_role("button", name="Ver cómo queda").click()
    page.fill("#email", "ana@tenjo.example")
    page.fill("#password", PASSWORD)
    page.click("button.btn-primary")
    page.get_by_text("Recuperamos lo que estaba escribiendo").wait_for()
    brought_back = page.get_by_label("Respuesta", exact=True).input_value()
    page.get_by_role("button", name="Ver cómo queda").click()
    page.get_by_role("button", name="Enviar la respuesta").click()
    page.get_by_text("Respuesta enviada").wait_for()

    assert "No se pierde." in brought_back
    assert not page.evaluate("Object.keys(localStorage).some((key) => key.startsWith('ventanilla-kept'))")


def test_the_snippet_is_copied_in_two_clicks(open_desk: Any) -> None:
    desk = open_desk(permissions=["clipboard-read", "clipboard-write"])
    page = desk.page
    desk.sign_in("admin")

    desk.click(page.get_by_role("link", name="Insertar en el sitio"))
    desk.click(page.get_by_role("button", name="Copiar el fragmento"))
    page.get_by_role("button", name="Copiado").wait_for()

    assert desk.clicks <= 3
    assert "<ventanilla-pqr" in page.evaluate("navigator.clipboard.readText()")


def test_ctrl_k_finds_a_case_by_its_radicado(open_desk: Any) -> None:
    desk = open_desk()
    desk.sign_in()

    desk.page.keyboard.press("Control+k")
    desk.page.locator("#v-palette-q").fill("000001")
    desk.page.get_by_role("option", name="El más urgente").wait_for()
    desk.page.keyboard.press("Enter")

    desk.page.get_by_role("heading", name="El más urgente").wait_for()
    assert desk.problems == []


def test_the_list_is_walked_and_chosen_by_keys(open_desk: Any) -> None:
    desk = open_desk()
    desk.sign_in()
    page = desk.page
    page.goto(f"{desk.url}/console/tenjo/cases")

    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    chosen = page.locator("[data-bulk-count]").inner_text()
    page.keyboard.press("k")
    page.keyboard.press("Enter")

    assert chosen == "2"
    page.get_by_role("heading", name="El más urgente").wait_for()


def test_the_coach_answers_while_one_types(open_desk: Any) -> None:
    desk = open_desk()
    desk.sign_in()
    desk.page.goto(f"{desk.url}/console/tenjo/cases/1/answer")

    desk.page.get_by_label("Respuesta", exact=True).fill("SU SOLICITUD FUE RECIBIDA!!!")

    desk.page.locator("#coach-remarks").get_by_text("mayúsculas").wait_for()
    assert desk.problems == []


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (360, "dark"), (1440, "light"),
        *(pytest.param(*both, marks=pytest.mark.full) for both in ((360, "light"), (1440, "dark"))),
    ],
)  # fmt: skip
def test_no_page_has_a_fault_that_axe_finds_nor_scrolls_sideways(open_desk: Any, theme: str, width: int) -> None:
    # bypass_csp: axe itself is put into the page by the test.
    desk = open_desk(viewport={"width": width, "height": 800}, color_scheme=theme, bypass_csp=True)
    page = desk.page
    page.goto(f"{desk.url}/console/login")
    faults = {"login": desk.axe()}
    desk.sign_in()
    paths = ("/", "/cases", "/cases?state=closed", "/cases/1", "/cases/2", "/cases/1/answer", "/texts/new", "/survey")
    for path in (*(f"/console/tenjo{path}" for path in paths), "/console/tenjo/contact", "/console/account"):
        page.goto(f"{desk.url}{path}")
        faults[path] = desk.axe()
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults[path].append("scrolls sideways")

    assert {path: found for path, found in faults.items() if found} == {}
