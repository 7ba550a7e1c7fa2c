"""Both sides in a real browser: the citizen on the host's page, the adviser at the desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete, select

from app.config import Settings
from app.console.models import StaffSession
from app.content.models import Faq
from app.content.service import FaqText, save_faq
from app.db import db
from app.db import write as db_write
from app.sites.service import set_origins
from tests.chat.conftest import Served
from tests.conftest import ORIGIN, Cast
from tests.guest import faults_of, served
from widgets.survey import service as surveys
from widgets.survey import setting_up

pytestmark = pytest.mark.browser
TAG = '<ventanilla-chat><a href="{url}/tenjo/chat">Chat</a></ventanilla-chat>'


@dataclass
class Town:
    """The site's own page and the server behind it, with what the browser complained about."""

    server: Served
    host_url: str
    browser: Browser
    sign_in: Any
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def context(self, **options: Any) -> BrowserContext:
        made = self.browser.new_context(locale="es-CO", timezone_id="America/Bogota", **options)
        self.contexts.append(made)
        return made

    def page(self, context: BrowserContext | None = None, **options: Any) -> Page:
        page = (context or self.context(**options)).new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "warning" and self.complaints.append(said.text))
        page.on("request", lambda request: self.asked.append(request.url))
        return page

    def citizen(self, context: BrowserContext | None = None, **options: Any) -> Page:
        page = self.page(context, **options)
        page.goto(self.host_url)
        page.get_by_role("button", name="Abrir el chat").wait_for()
        return page

    def adviser(self, name: str = "ana") -> Page:
        # Signed in beside the server, over the same store: the way in has its own tests.
        client = self.sign_in(name).client
        cookie = client.get_cookie("__Host-ventanilla") or client.get_cookie("ventanilla")
        assert cookie is not None
        context = self.context(viewport={"width": 1400, "height": 900})
        context.add_cookies([{"name": "ventanilla", "value": cookie.value, "url": self.server.url}])
        page = self.page(context)
        page.goto(f"{self.server.url}/console/tenjo/chat")
        page.get_by_text("Conectado").wait_for()
        return page


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    folder = os.environ.get("CHAT_PICTURES")
    if folder:
        page.wait_for_timeout(250)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def shown(html: str) -> str:
    """The host's page, with another tag where a test asks for one."""
    tag = request.args.get("tag")
    return html.replace(html[html.index("<ventanilla-chat") : html.index("</body>")], tag) if tag else html


@pytest.fixture
def settings(standing_settings: Settings) -> Settings:
    """The store of the server that these tests share."""
    return standing_settings


@pytest.fixture(scope="module")
def host_url(standing: Served) -> Iterator[str]:
    """The address of the site's own page."""
    html = (
        '<!doctype html><html lang="es"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>Alcaldía</title><link rel="icon" href="data:,"><script async src="{standing.url}/loader.js" '
        'data-site="tenjo"></script></head><body><header>Tenjo</header><main><h1>Alcaldía</h1></main>'
        f"{TAG.format(url=standing.url)}</body>"
    )
    host = Flask("host")
    host.add_url_rule("/", "page", lambda: Response(shown(html), content_type="text/html; charset=utf-8"))
    with served(host) as url:
        yield url


@pytest.fixture
def town(server: Served, host_url: str, browser: Browser, sign_in: Any, cast: Cast) -> Iterator[Town]:
    set_origins(cast.tenjo, [ORIGIN, host_url], "system")
    if db.session.scalar(select(Faq.id)) is None:
        save_faq(cast.staff("comu"), cast.tenjo, FaqText("¿Dónde pago el predial?", "En la Secretaría de Hacienda."))
    made = Town(server, host_url, browser, sign_in)
    yield made
    for context in made.contexts:
        context.close()


def begin(page: Page, name: str = "Luz Marina") -> None:
    page.get_by_role("button", name="Abrir el chat").click()
    page.get_by_label("Su nombre").fill(name)
    page.get_by_label("Su correo").fill("luz@example.org")
    page.get_by_role("button", name="Iniciar el chat").click()
    page.get_by_text("¿En qué le puedo ayudar?").wait_for()


def write(page: Page, text: str) -> None:
    page.get_by_label("Su mensaje").fill(text)
    page.keyboard.press("Enter")


def test_the_bubble_costs_two_requests_and_keeps_nothing(town: Town) -> None:
    page = town.citizen()
    page.wait_for_load_state("networkidle")

    after = [url for url in town.asked if town.server.url in url and "loader.js" not in url]
    own = [url for url in after if "entry" not in url or "chat.es.js" in url]
    assert sum("/boot" in url for url in after) == 1
    # In development the module's own two files are apart; a release has them in one.
    assert [url.rpartition("/")[2] for url in own if "/boot" not in url] == ["chat.es.js", "chat.js", "kept.js"]
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert faults_of(page) == []
    look(page, "bubble")


def test_both_sides_play_the_protocol_from_greeting_to_rating(town: Town, mails: Any) -> None:
    citizen, adviser = town.citizen(), town.adviser()
    citizen.get_by_role("button", name="Abrir el chat").click()
    citizen.get_by_label("Su nombre").wait_for()
    assert faults_of(citizen) == []
    look(citizen, "begin")
    citizen.get_by_role("button", name="Abrir el chat").click()
    begin(citizen)
    citizen.get_by_text("Le atiende Ana").wait_for()
    write(citizen, "¿Cuánto cuesta el impuesto predial? Vi https://www.tenjo.example/predial.")

    adviser.get_by_role("button", name="Luz Marina").click()
    adviser.get_by_role("log").get_by_text("¿Cuánto cuesta el impuesto predial?").wait_for()
    citizen.get_by_text("Leído").wait_for()
    adviser.get_by_label("Su mensaje").fill("/precisar ")
    expect(adviser.get_by_label("Su mensaje")).to_have_value("¿Puede precisarme con más detalle su solicitud?")
    adviser.get_by_role("button", name="Por favor espere un momento, en instantes").first.click()
    citizen.get_by_text("Por favor espere un momento, en instantes le enviaré la información").wait_for()
    write(citizen, "Apúrese, idiota")
    adviser.get_by_text("Lenguaje ofensivo: idiota").wait_for()
    adviser.get_by_role("tab", name="Preguntas frecuentes").click()
    adviser.get_by_text("¿Dónde pago el predial?").click()
    adviser.get_by_role("button", name="Usar la respuesta").click()
    expect(adviser.get_by_label("Su mensaje")).to_have_value("En la Secretaría de Hacienda.")
    adviser.get_by_role("button", name="Consultar a un colega").click()
    adviser.get_by_label("A quién").select_option(label="Beto")
    adviser.get_by_label("Su pregunta").fill("¿Sabe usted la tarifa?")
    adviser.get_by_role("button", name="Confirmar", exact=True).click()
    adviser.get_by_text("Ana pregunta a Beto").wait_for()
    adviser.get_by_label("Su mensaje").fill("¡¡Hola!! tú debes pagar YA MISMO EN LA ALCALDÍA")
    adviser.get_by_text("signos de admiración").first.wait_for()
    look(adviser, "desk-coach")
    adviser.get_by_label("Su mensaje").fill("Depende del avalúo.\n\nLo consulta con su cédula catastral.")
    adviser.get_by_label("Su mensaje").press("Enter")
    citizen.get_by_text("Lo consulta con su cédula catastral.").wait_for()
    expect(adviser.locator(".chat-card")).to_contain_text("en silencio")
    assert citizen.get_by_role("link", name="https://www.tenjo.example/predial").count() == 1
    look(citizen, "talk")
    assert faults_of(citizen) == []
    assert faults_of(adviser) == []

    adviser.get_by_role("button", name="Confirmar la pregunta").click()
    adviser.get_by_label("Su mensaje").nth(1).fill("Quiere saber el valor del predial.")
    adviser.get_by_role("button", name="Confirmar", exact=True).click()
    citizen.get_by_role("button", name="Sí, es eso").click()
    adviser.get_by_text("Confirmó que es correcto").wait_for()
    adviser.get_by_role("button", name="Conforme: terminar").click(force=True)
    expect(adviser.get_by_role("alert").first).to_contain_text("Antes pregunte")
    adviser.get_by_role("button", name="Preguntar si está conforme").click()
    citizen.get_by_role("button", name="Sí", exact=True).click()
    adviser.get_by_text("Está conforme", exact=True).wait_for()
    expect(adviser.get_by_text("Antes pregunte")).to_have_count(0)
    look(adviser, "desk-end")
    adviser.get_by_role("button", name="Conforme: terminar").click()

    look(citizen, "over")
    citizen.get_by_role("heading", name="¿Cómo le atendimos?").wait_for()
    look(citizen, "over")
    assert faults_of(citizen) == []
    for item in ("Amabilidad", "Calidad de la respuesta", "Oportunidad", "Idoneidad de quien le atendió"):
        citizen.get_by_role("group", name=item).get_by_text("5").click()
    citizen.get_by_role("button", name="Enviar la calificación").click()
    citizen.get_by_text("Gracias. Su calificación nos ayuda a mejorar.").first.wait_for()
    citizen.get_by_label("Correo").fill("luz@example.org")
    citizen.get_by_role("button", name="Recibirla por correo").click()
    citizen.get_by_text("Se la enviamos a su correo.").first.wait_for()
    assert citizen.evaluate("localStorage.length") == 0
    assert "cédula catastral" in mails()[-1].get_content()
    assert town.complaints == []


def test_it_survives_a_reload_another_page_and_a_restart_of_the_server(town: Town) -> None:
    citizen = town.citizen()
    begin(citizen)
    write(citizen, "uno")
    citizen.get_by_text("Enviado").first.wait_for()

    town.server.kill()
    write(citizen, "dos")
    citizen.get_by_label("Su mensaje").fill("Estaba escribien")
    citizen.reload()
    town.server.start()
    expect(citizen.get_by_label("Su mensaje")).to_have_value("Estaba escribien")
    citizen.get_by_text("dos").wait_for()
    other = town.citizen(citizen.context)
    other.get_by_text("dos").wait_for()

    expect(other.get_by_role("log").locator("article")).to_have_count(3)
    expect(citizen.get_by_role("log").locator("article")).to_have_count(3)
    expect(citizen.get_by_text("Enviando")).to_have_count(0)


def test_what_one_tab_has_under_way_is_not_forgotten_by_the_other(town: Town) -> None:
    lost = town.citizen()
    begin(lost)
    other = town.citizen(lost.context)
    other.get_by_text("¿En qué le puedo ayudar?").wait_for()
    network = lost.context.new_cdp_session(lost)
    network.send("Network.enable")
    down = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", down)
    # A socket that is open outlives this, and the page gives it up when the network changes.
    lost.evaluate("dispatchEvent(new Event('online'))")
    write(lost, "uno, sin red")
    lost.get_by_text("Enviando").wait_for()
    write(other, "dos")
    other.get_by_text("Enviado").first.wait_for()
    lost.close()

    again = town.citizen(other.context)
    other.get_by_text("uno, sin red").wait_for()

    expect(again.get_by_role("log").locator("article")).to_have_count(3)
    expect(other.get_by_role("log").locator("article")).to_have_count(3)


def test_first_level_overflow_becomes_a_case_in_one_click(town: Town) -> None:
    citizen, adviser = town.citizen(), town.adviser()
    begin(citizen)
    write(citizen, "Necesito un certificado de estratificación de mi predio.")
    adviser.get_by_role("button", name="Luz Marina").click()
    adviser.get_by_role("button", name="Radicar con la conversación").click()
    adviser.get_by_role("button", name="Confirmar", exact=True).click()

    citizen.get_by_text("Código de consulta").wait_for()
    look(citizen, "radicado")
    assert faults_of(citizen) == []

    with db_write():
        db.session.execute(delete(StaffSession))
    adviser.get_by_role("button", name="Pausar").click()
    adviser.get_by_text("Su sesión terminó. Entre otra vez para seguir atendiendo.").first.wait_for()
    assert town.complaints == []


def test_a_survey_of_the_site_is_offered_at_the_end_and_opens_by_its_tag(town: Town, cast: Cast) -> None:
    comu = cast.staff("comu")
    number = surveys.create(comu, cast.tenjo, "¿Cómo le fue?", "service")
    setup = setting_up.Setup(title={"es": "¿Cómo le fue?"}, purpose={"es": ""}, offers={"chat": True})
    setting_up.save_setup(comu, cast.tenjo, number, setup)
    surveys.open_survey(comu, cast.tenjo, number)
    citizen = town.citizen(viewport={"width": 320, "height": 640}, color_scheme="dark")
    begin(citizen)
    citizen.get_by_role("button", name="Terminar la conversación").click()
    citizen.get_by_role("button", name="Terminar la conversación").click()

    citizen.get_by_role("link", name="¿Cómo le fue?").focus()
    look(citizen, "survey-offered")
    citizen.keyboard.press("Enter")
    citizen.get_by_role("heading", name="La atención que recibió").wait_for()
    look(citizen, "survey")
    assert faults_of(citizen) == []
    window = citizen.get_by_role("dialog", name="¿Cómo le fue?")
    for answer in window.get_by_role("radio", name="Muy buena").all():
        answer.check()
    window.get_by_role("button", name="Enviar").click()
    window.get_by_role("heading", name="Gracias por responder").wait_for()
    citizen.keyboard.press("Escape")
    citizen.get_by_role("heading", name="¿Cómo le atendimos?").wait_for()
    assert citizen.locator("ventanilla-survey").count() == 0
    assert town.complaints == []


def test_with_the_keyboard_alone(town: Town) -> None:
    page = town.citizen()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("Su nombre").wait_for()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.shadowRoot.activeElement.shadowRoot?.activeElement?.id") == "name":
            break
    page.keyboard.type("Luz")
    page.keyboard.press("Enter")
    page.get_by_text("¿En qué le puedo ayudar?").wait_for()
    page.keyboard.type("Hola")
    page.keyboard.press("Enter")
    page.get_by_text("Enviado").wait_for()
    page.keyboard.press("Escape")

    assert page.get_by_role("log").count() == 0
    expect(page.get_by_role("button", name="Abrir el chat")).to_be_focused()


def test_on_a_narrow_screen_the_window_is_the_screen(town: Town) -> None:
    page = town.citizen(viewport={"width": 320, "height": 560})
    begin(page)
    write(page, "Hola")
    page.get_by_text("Enviado").wait_for()

    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (320, 560)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert faults_of(page) == []
    look(page, "narrow")


def test_closed_it_says_when_next_and_offers_the_form(town: Town, cast: Any) -> None:
    from app.sites.service import change_site, set_hours

    change_site(cast.tenjo, "system", always_open=False)
    set_hours(cast.tenjo, [], "system")
    page = town.citizen()
    page.get_by_role("button", name="Abrir el chat").click()
    page.get_by_text("En este momento el chat está cerrado.").wait_for()
    page.get_by_text("¿Dónde pago el predial?").click()
    page.get_by_text("En la Secretaría de Hacienda.").wait_for()
    look(page, "closed")
    assert faults_of(page) == []

    page.get_by_role("button", name="Escribir un mensaje").click()
    page.get_by_label("Asunto").wait_for()
    look(page, "closed-form")
    assert faults_of(page) == []


def test_a_public_room_from_announcement_to_record(town: Town, cast: Cast) -> None:
    desk = town.adviser("rita")
    desk.get_by_role("link", name="Salas públicas").click()
    desk.get_by_role("link", name="Anunciar una sala").click()
    desk.get_by_label("Tema").fill("Plan de movilidad")
    desk.get_by_label("De qué se va a hablar").fill("Ciclorrutas y andenes.")
    desk.get_by_label("Cada mensaje de la ciudadanía espera aprobación").check()
    assert faults_of(desk) == []
    desk.get_by_role("button", name="Anunciar").click()
    desk.get_by_role("button", name="Abrir la sala").click()
    desk.get_by_text("La sala se abrió").wait_for()

    citizen = town.page(viewport={"width": 360, "height": 740}, color_scheme="dark")
    citizen.goto(f"{town.server.url}/tenjo/chat/rooms/plan-de-movilidad")
    reader = town.page()
    reader.goto(f"{town.host_url}/?tag=<ventanilla-chat room=plan-de-movilidad readonly></ventanilla-chat>")
    reader.get_by_text("Esta página solo muestra la conversación.").wait_for()
    citizen.get_by_label("Su nombre o seudónimo").wait_for()
    assert faults_of(citizen) == []
    look(citizen, "room-join")
    citizen.get_by_label("Su nombre o seudónimo").fill("Vecina del centro")
    citizen.keyboard.press("Enter")
    citizen.get_by_label("Su mensaje").fill("¿Habrá ciclorruta en la calle 3?")
    citizen.keyboard.press("Enter")
    citizen.get_by_text("Espera aprobación", exact=True).wait_for()
    desk.get_by_role("button", name="Aprobar").click()
    reader.get_by_role("log").get_by_text("¿Habrá ciclorruta en la calle 3?").wait_for()
    write(citizen, "Compre en mi tienda")
    desk.get_by_role("button", name="No publicar").click()
    desk.get_by_label("Motivo (lo lee").fill("Es publicidad")
    desk.keyboard.press("Enter")
    citizen.get_by_text("Un moderador no lo publicó. Motivo: Es publicidad").wait_for()
    desk.get_by_label("Mensaje de la entidad").fill("Sí, el próximo año.")
    desk.get_by_role("button", name="Enviar").click()
    citizen.get_by_role("log").get_by_text("Sí, el próximo año.").wait_for()
    citizen.reload()
    citizen.get_by_text("Motivo: Es publicidad").wait_for()
    expect(citizen.get_by_role("log").locator("article")).to_have_count(3)
    expect(reader.get_by_role("log").locator("article")).to_have_count(2)
    for page, name in ((citizen, "room-talk"), (desk, "room-desk"), (reader, "room-read")):
        look(page, name)
        assert faults_of(page) == [], name

    write(citizen, "¿Y los andenes?")
    desk.get_by_role("button", name="Aprobar").wait_for()
    desk.get_by_role("button", name="Terminar y publicar").click()
    desk.get_by_text("Mensajes por aprobar: 1.").wait_for()
    desk.get_by_role("button", name="Confirmar").click()
    reader.get_by_text("La sala terminó. Este es el registro").wait_for()
    citizen.reload()
    citizen.get_by_text("Terminó. Este es el registro de lo que se dijo.").wait_for()
    assert faults_of(citizen) == []
    assert town.complaints == []
