"""The main job in a real browser: a petition with two files, its mail, its answer in the console, read by its code.

Three ways to walk it: in the host's page with a mouse, without script, and with the keyboard alone. Nothing of the
server is asked but what a person would see: pages, and the letters of the Maildir.
"""

from __future__ import annotations

import base64
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route
from sqlalchemy import select

from app.cases.models import NOTIFIED, Case
from app.config import Settings
from app.db import db
from app.sites.service import set_origins
from tests.conftest import PASSWORD, PDF, Cast

from .conftest import Counter, Town, Visit, serving

pytestmark = pytest.mark.browser

TAG = '<h1>Atención</h1><ventanilla-pqr open><a href="/elsewhere">Radique su PQRSD</a></ventanilla-pqr>'
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FILES = [
    {"name": "poste.png", "mimeType": "image/png", "buffer": PNG},
    {"name": "acta.pdf", "mimeType": "application/pdf", "buffer": PDF},
]
PERSON = {
    "Nombres y apellidos": "Luz Marina Peña",
    "Número de documento": "52345678",
    "Correo electrónico": "luz@example.org",
}
SUBJECT = "Alumbrado de la calle 5"
ANSWER = "Señora Luz Marina: el poste se arregló ayer."
Mails = Callable[[], list[Any]]


@pytest.fixture
def made(settings: Settings, release: Path) -> Settings:
    """A release, as it is served: the files as they are have tests of their own."""
    shutil.copytree(release, settings.instance / "dist")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # The pages without script answer at one address alone, the installation's own.
    return replace(settings, base_url=f"http://localhost:{port}")


@pytest.fixture
def counter(app: Flask, cast: Cast, made: Settings, town: Town) -> Iterator[Counter]:
    set_origins(cast.tenjo, [town.url], "system")
    counter = Counter(app, made.base_url)
    server = serving(counter, int(made.base_url.rpartition(":")[2]))
    yield counter
    server.shutdown()
    server.server_close()


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A browser in which no script runs."""
    context = browser.new_context(locale="es-CO", timezone_id="America/Bogota", java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(15000)
    yield page
    context.close()


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """The official's browser: nothing of the citizen's is in it."""
    context = browser.new_context(locale="es-CO", timezone_id="America/Bogota", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15000)
    yield page
    context.close()


@pytest.fixture
def bare_desk(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="es-CO", java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(15000)
    yield page
    context.close()


def _acknowledged(mails: Mails) -> tuple[str, str]:
    """Return the radicado and the code that the letter of acknowledgement names; the two files are in it too."""
    (letter,) = [one for one in mails() if one["To"] == PERSON["Correo electrónico"]]
    text = letter.get_body(("plain",)).get_content()
    radicado = _one_case().radicado
    code = re.search(r"\b[A-Z0-9]{3}-[A-Z0-9]{3}-[A-Z0-9]{2}\b", text)
    assert radicado in text and code, text
    for file in FILES:
        assert file["name"] in text
        assert sha256(file["buffer"]).hexdigest() in text  # type: ignore[arg-type]
    return radicado, code[0]


def _told_of_the_answer(mails: Mails, radicado: str) -> None:
    assert any(radicado in str(one["Subject"]) and "respuesta" in str(one["Subject"]) for one in mails())


def _one_case() -> Case:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Case)).one()


def _answer(page: Page, counter: Counter, radicado: str) -> None:
    """Answer the case as an official does, from the inbox on."""
    page.goto(f"{counter.url}/console/tenjo/cases")
    page.get_by_label("Correo institucional").fill("ana@tenjo.example")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Ingresar").click()
    page.get_by_text(radicado).wait_for()
    page.get_by_role("link", name=SUBJECT).click()
    page.get_by_role("link", name="Responder").first.click()
    page.get_by_label("Asunto", exact=True).fill("Respuesta sobre el alumbrado")
    page.get_by_label("Respuesta", exact=True).fill(ANSWER)
    page.get_by_label("Qué sigue para la persona").fill("Si vuelve a fallar, escríbanos.")
    page.get_by_role("button", name="Ver cómo queda").click()
    page.get_by_role("button", name="Enviar la respuesta").click()
    page.get_by_text(ANSWER).first.wait_for()


def test_with_a_mouse_in_the_page_of_the_municipality(
    visit: Visit, desk: Page, town: Town, counter: Counter, mails: Mails
) -> None:
    page = visit.page
    page.goto(town.page(TAG, counter))
    page.get_by_label("Petición de interés particular").check()
    page.get_by_label("Asunto").fill(SUBJECT)
    page.get_by_label("Hechos").fill("Hace un mes no funciona el poste.")
    for label, value in PERSON.items():
        page.get_by_label(label, exact=label == "Correo electrónico").fill(value)
    page.get_by_label("Tipo de documento").select_option("CC")
    page.get_by_label("Acepto que me notifiquen").check()
    page.locator("#files").set_input_files(FILES)  # type: ignore[arg-type]
    page.get_by_role("button", name="Radicar la solicitud").click()
    page.get_by_role("heading", name="Su solicitud quedó radicada").wait_for()
    radicado, code = _acknowledged(mails)
    assert page.get_by_text(radicado).first.is_visible()

    _answer(desk, counter, radicado)
    _told_of_the_answer(mails, radicado)

    page.goto(town.page(TAG, counter))
    page.get_by_role("tab", name="Consultar").click()
    page.get_by_label("Radicado").fill(radicado)
    page.get_by_label("Código").fill(code)
    page.get_by_role("button", name="Consultar", exact=True).click()
    page.get_by_text(ANSWER).wait_for()
    assert _one_case().state == NOTIFIED
    assert visit.complaints == []


def test_with_javascript_off(plain: Page, bare_desk: Page, counter: Counter, mails: Mails) -> None:
    page = plain
    page.goto(f"{counter.url}/tenjo/pqr")
    page.get_by_label("Tipo de solicitud").select_option("peticion_particular")
    page.get_by_label("Cómo quiere presentarla").select_option("identified")
    page.get_by_label("Asunto").fill(SUBJECT)
    page.get_by_label("Hechos").fill("Hace un mes no funciona el poste.")
    page.get_by_label("Archivos").set_input_files(FILES)  # type: ignore[arg-type]
    for label, value in PERSON.items():
        page.get_by_label(label).first.fill(value)
    page.get_by_label("Tipo de documento").select_option("CC")
    page.get_by_label("Cómo quiere recibir la respuesta").select_option("electronic")
    page.get_by_label("Acepto que me notifiquen").check()
    page.get_by_role("button", name="Radicar la solicitud").click()
    page.get_by_role("heading", name="Su solicitud quedó radicada").wait_for()
    radicado, code = _acknowledged(mails)
    assert page.get_by_text(radicado).first.is_visible()

    _answer(bare_desk, counter, radicado)
    _told_of_the_answer(mails, radicado)

    page.get_by_role("link", name="Seguir una solicitud que ya radiqué").click()
    page.get_by_label("Radicado").fill(radicado)
    page.get_by_label("Código").fill(code)
    page.get_by_role("button", name="Consultar").click()
    page.get_by_text(ANSWER).wait_for()
    assert _one_case().state == NOTIFIED


class Keys:
    """A person who has no mouse: Tab to where they want to be, then keys that do it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, name: str, role: str = "", most: int = 120) -> None:
        """Press Tab until what has the focus is called so."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            called, is_a = self.page.evaluate(FOCUSED)
            if name in called and role in is_a:
                return
        raise AssertionError(f"{name!r} is not reached with Tab")

    def type(self, name: str, text: str) -> None:
        self.to(name)
        self.page.keyboard.insert_text(text)

    def press(self, name: str, key: str = "Enter", role: str = "") -> None:
        self.to(name, role)
        self.page.keyboard.press(key)


# The name by which a screen reader would call what has the focus, near enough: its labels, else its text.
FOCUSED = """() => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    if (!one) return ['', ''];
    const labels = Array.from(one.labels || []).map((label) => label.textContent);
    const called = one.getAttribute('aria-label') || labels.join(' ') || one.textContent || '';
    return [called.replace(/\\s+/g, ' ').trim(), `${one.localName} ${one.type || ''}`];
}"""


def test_with_the_keyboard_alone(visit: Visit, desk: Page, town: Town, counter: Counter, mails: Mails) -> None:
    page, keys = visit.page, Keys(visit.page)
    page.goto(town.page(TAG, counter))
    page.get_by_role("tab", name="Radicar").wait_for()
    keys.to("", "radio")
    page.keyboard.press("Space")
    keys.type("Asunto", SUBJECT)
    keys.type("Hechos", "Hace un mes no funciona el poste.")
    with page.expect_file_chooser() as chooser:
        keys.press("Agregar archivos", "Enter", "file")
    chooser.value.set_files(FILES)  # type: ignore[arg-type]
    page.get_by_text("Recibido", exact=True).nth(1).wait_for()
    keys.type("Nombres y apellidos", PERSON["Nombres y apellidos"])
    keys.to("Tipo de documento")
    page.keyboard.press("C")
    keys.type("Número de documento", PERSON["Número de documento"])
    keys.type("Correo electrónico", PERSON["Correo electrónico"])
    keys.press("Acepto que me notifiquen", "Space")
    keys.press("Radicar la solicitud")
    page.get_by_role("heading", name="Su solicitud quedó radicada").wait_for()
    assert visit.focused() == "h2"
    radicado, code = _acknowledged(mails)

    hands = Keys(desk)
    desk.goto(f"{counter.url}/console/tenjo/cases")
    hands.type("Correo institucional", "ana@tenjo.example")
    hands.type("Contraseña", PASSWORD)
    desk.keyboard.press("Enter")
    desk.get_by_text(radicado).wait_for()
    hands.press(SUBJECT)
    desk.get_by_role("link", name="Responder").first.wait_for()
    hands.press("Responder")
    desk.get_by_label("Respuesta", exact=True).wait_for()
    hands.type("Asunto", "Respuesta sobre el alumbrado")
    hands.type("Respuesta", ANSWER)
    hands.type("Qué sigue", "Si vuelve a fallar, escríbanos.")
    hands.press("Ver cómo queda")
    desk.get_by_role("button", name="Enviar la respuesta").wait_for()
    hands.press("Enviar la respuesta")
    desk.get_by_text(ANSWER).first.wait_for()
    _told_of_the_answer(mails, radicado)

    keys.press("Consultar esta solicitud")
    page.get_by_text(ANSWER).wait_for()
    assert _one_case().state == NOTIFIED


def _typed(page: Page) -> None:
    page.get_by_label("Queja").check()
    page.get_by_label("Asunto").fill(SUBJECT)
    page.get_by_label("Hechos").fill("Hace un mes no funciona el poste.")
    page.get_by_label("Anónima").check()


def test_a_server_that_goes_away_loses_nothing_and_files_once(
    visit: Visit, town: Town, app: Flask, cast: Cast, made: Settings
) -> None:
    """The text stays, and is sent again under the same key to the server that came back."""
    set_origins(cast.tenjo, [town.url], "system")
    counter, port = Counter(app, made.base_url), int(made.base_url.rpartition(":")[2])
    server = serving(counter, port)
    page = visit.page
    page.goto(town.page(TAG, counter))
    _typed(page)
    server.shutdown()
    server.server_close()

    page.get_by_role("button", name="Radicar la solicitud").click()
    page.get_by_role("heading", name="El sistema falló").wait_for()
    assert page.get_by_label("Hechos").input_value() == "Hace un mes no funciona el poste."
    server = serving(counter, port)
    page.get_by_role("button", name="Enviar otra vez").click()
    page.get_by_role("heading", name="Su solicitud quedó radicada").wait_for()
    server.shutdown()
    server.server_close()

    assert page.get_by_text(_one_case().radicado).first.is_visible()


def test_an_answer_lost_on_the_way_back_is_asked_for_again_and_is_the_same_case(
    visit: Visit, town: Town, counter: Counter
) -> None:
    """Filed, and then the line broke before the person was told: sending again tells them, and files nothing more."""
    page = visit.page
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost or route.request.method != "POST":
            return route.continue_()
        lost.append(str(route.fetch().json()["radicado"]))
        return route.abort()

    page.route("**/pqr/cases", lose)
    page.goto(town.page(TAG, counter))
    _typed(page)

    page.get_by_role("button", name="Radicar la solicitud").click()

    page.get_by_role("heading", name="Su solicitud quedó radicada").wait_for()
    assert lost == [_one_case().radicado]
    assert page.get_by_text(lost[0]).first.is_visible()
    assert len({one["headers"]["Idempotency-Key"] for one in counter.posts("/pqr/cases")}) == 1
