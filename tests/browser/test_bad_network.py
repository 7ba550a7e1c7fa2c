"""An old phone in a valley: the line breaks, the tab dies, the server is away; nothing is lost or filed twice."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route
from sqlalchemy import func, select

from app.cases.models import Case
from app.config import Settings
from app.db import db
from app.sites.service import set_origins
from tests.conftest import PDF, Cast

from .conftest import Counter, Town, Visit

pytestmark = pytest.mark.browser

TAG = '<h1>Atención</h1><ventanilla-pqr open><a href="/elsewhere">Radique su PQRSD</a></ventanilla-pqr>'
FILED = "Su solicitud quedó radicada"


@pytest.fixture
def made(settings: Settings, release: Path) -> Settings:
    shutil.copytree(release, settings.instance / "dist")
    return settings


def _typed(page: Page) -> None:
    page.get_by_label("Petición de interés particular").check()
    page.get_by_label("Asunto").fill("Un hueco")
    page.get_by_label("Hechos").fill("Hay un hueco en la calle 3.")


def _send(page: Page) -> None:
    page.get_by_role("button", name="Radicar la solicitud").click()


def _count() -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(Case)) or 0)


def _keys(counter: Counter) -> set[str]:
    return {one["headers"]["Idempotency-Key"] for one in counter.posts("/pqr/cases")}


def test_a_tab_that_dies_while_it_sends_finds_its_case_again_with_files_and_place(
    visit: Visit, town: Town, counter: Counter
) -> None:
    """Filed "de todas formas" with a file and a municipality, and the tab closed before the answer came."""
    page, url = visit.page, town.page(TAG, counter)
    reached: list[Any] = []

    def swallow(route: Route) -> None:
        if route.request.method != "POST" or reached or "despite_missing" not in (route.request.post_data or ""):
            return route.continue_()
        return reached.append(route.fetch().json()["radicado"])  # The server's answer never arrives.

    page.route("**/pqr/cases", swallow)
    page.goto(url)
    _typed(page)
    page.locator("#files").set_input_files({"name": "acta.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_text("Recibido", exact=True).wait_for()
    page.get_by_label("Municipio").fill("Tenjo, Cundinamarca")
    page.wait_for_function("() => document.querySelector('ventanilla-pqr').municipalities")
    _send(page)
    page.get_by_role("button", name="Radicar de todas formas").click()
    while not reached:
        page.wait_for_timeout(20)
    page.goto("about:blank")

    page.goto(url)
    page.get_by_label("Asunto").focus()
    page.get_by_text("no alcanzamos a confirmarle que llegó").wait_for()
    page.get_by_role("button", name="Recuperarlo").click()
    page.get_by_text("acta.pdf", exact=True).wait_for()
    assert visit.focused() == "button"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=FILED).wait_for()

    page.unroute_all(behavior="ignoreErrors")
    assert page.get_by_text(reached[0]).first.is_visible()
    assert _count() == 1
    assert page.evaluate("() => localStorage.length") == 0


def test_a_failed_send_is_tried_again_by_itself_until_the_person_changes_it(
    visit: Visit, town: Town, counter: Counter
) -> None:
    counter.refuse("/pqr/cases", 503, "system", times=3)
    counter.refuse("/uploads", 503, "system")
    page = visit.page
    page.goto(town.page(TAG, counter))
    _typed(page)
    page.get_by_label("Anónima").check()
    page.locator("#files").set_input_files({"name": "acta.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_text("falló la conexión").first.wait_for()
    _send(page)
    page.get_by_text("Recibido", exact=True).wait_for()  # What the network refused is tried once more before it leaves.
    page.get_by_text("lo enviaremos otra vez por usted").wait_for()
    waits = "() => Boolean(document.querySelector('ventanilla-pqr').form.later)"
    assert page.evaluate(waits)
    page.get_by_label("Asunto").fill("Un hueco gran")
    assert not page.evaluate(waits)
    counter.refuse("/pqr/cases", 503, "system", times=3)
    page.get_by_label("Asunto").fill("Un hueco grande")
    _send(page)
    page.get_by_text("lo enviaremos otra vez por usted").wait_for()

    page.evaluate("() => document.querySelector('ventanilla-pqr').form.wait(0.01)")

    page.get_by_role("heading", name=FILED).wait_for()
    assert (_count(), len(_keys(counter))) == (1, 2)


def test_an_element_moved_while_it_sends_goes_on_and_one_taken_away_leaves_its_key(
    visit: Visit, town: Town, counter: Counter
) -> None:
    page, held = visit.page, []
    page.route("**/pqr/cases", lambda route: held.append(route) if len(held) < 2 else route.continue_())
    page.goto(town.page(TAG, counter))
    _typed(page)
    page.get_by_label("Nombres y apellidos").fill("Luz")
    page.get_by_label("La consulto yo").check()
    page.get_by_label("Número de documento").fill("52345678")
    _send(page)
    while not held:
        page.wait_for_timeout(20)
    page.evaluate("() => document.body.append(document.querySelector('ventanilla-pqr'))")
    page.wait_for_timeout(50)
    held[0].continue_()
    page.get_by_role("heading", name=FILED).wait_for()

    page.get_by_role("button", name="Radicar otra").click()
    _typed(page)
    page.get_by_label("Asunto").fill("Otro hueco")
    page.get_by_label("La consulto yo").check()
    page.get_by_label("Número de documento").fill("52345678")
    page.get_by_label("Nombres y apellidos").fill("Luz")
    _send(page)
    while len(held) < 2:
        page.wait_for_timeout(20)
    held[1].fetch()  # It arrives, and the page has gone to another route of its program.
    page.evaluate("""() => {
        document.querySelector('ventanilla-pqr').remove();
        document.querySelector('main').innerHTML = '<ventanilla-pqr open></ventanilla-pqr>';
    }""")
    page.get_by_label("Asunto").focus()
    page.get_by_role("button", name="Recuperarlo").click()
    _send(page)
    page.get_by_role("heading", name=FILED).wait_for()

    page.unroute_all(behavior="ignoreErrors")
    assert (_count(), len(_keys(counter))) == (2, 2)


def test_the_page_may_open_a_widget_before_the_loader_is_there(visit: Visit, town: Town, counter: Counter) -> None:
    stub = (
        "<script>window.ventanilla = window.ventanilla || "
        "{q: [], open: function (name) { this.q.push(name) }}; ventanilla.open('pqr')</script>"
    )
    tag = TAG.replace(" open", "").replace("<ventanilla", '<div style="height: 3000px"></div><ventanilla')

    visit.page.goto(town.page(f"{tag}<p>Pie</p>", counter, head=stub))

    visit.page.get_by_label("Asunto").wait_for()


def test_a_server_that_was_away_when_the_page_came_is_asked_again_when_somebody_comes_near(
    visit: Visit, town: Town, counter: Counter, cast: Cast
) -> None:
    set_origins(cast.tenjo, [], "system")
    page = visit.page
    page.goto(town.page(TAG + "<p>Pie</p>", counter))
    link = page.get_by_role("link", name="Radique su PQRSD")
    page.wait_for_function("() => window.ventanilla")
    page.evaluate("() => ventanilla.open('pqr')")
    page.wait_for_function("() => document.activeElement.localName === 'a'")
    assert link.is_visible()

    set_origins(cast.tenjo, [town.url], "system")
    # The pointer itself: `hover()` looks again at what lies under it, and there the form may stand already.
    place = link.bounding_box()
    assert place
    page.mouse.move(place["x"] + 2, place["y"] + 2)

    page.get_by_label("Asunto").wait_for()
