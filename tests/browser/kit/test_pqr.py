"""Filing a PQRSD and following it, as a citizen does it in a browser."""

import base64
import re

import pytest
from sqlalchemy import select

from app.cases import answering, workflow
from app.cases.models import Case, CaseParty
from app.db import db
from tests.conftest import HostPage, filing

pytestmark = pytest.mark.browser

TAG = '<ventanilla-pqr open><a href="/elsewhere">Radique su PQRSD</a></ventanilla-pqr>'
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def open_form(visit, town, counter, tag=TAG):
    visit.page.goto(town.page(f"<h1>Atención</h1>{tag}", counter))
    visit.page.get_by_role("tab", name="Radicar").wait_for()
    return visit.page


def fill_request(page):
    page.get_by_label("Petición de interés particular").check()
    page.get_by_label("Asunto").fill("Alumbrado de la calle 5")
    page.get_by_label("Hechos").fill("Hace un mes no funciona el poste.")


def fill_person(page):
    page.get_by_label("Nombres y apellidos").fill("Luz Marina Peña")
    page.get_by_label("Tipo de documento").select_option("CC")
    page.get_by_label("Número de documento").fill("52345678")
    page.get_by_label("Correo electrónico", exact=True).fill("luz@example.org")


def send(page):
    page.get_by_role("button", name="Radicar la solicitud").click()


def filed(page):
    page.get_by_role("heading", name="Su solicitud quedó radicada").wait_for()


def cases():
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Case)).all()


def test_a_case_is_filed_and_acknowledged_with_its_count_and_hashes(visit, town, counter, tmp_path):
    (tmp_path / "poste.png").write_bytes(PNG)
    page = open_form(visit, town, counter)
    fill_request(page)
    fill_person(page)
    page.get_by_label("Acepto que me notifiquen").check()
    page.locator("#files").set_input_files(tmp_path / "poste.png")
    page.get_by_text("Recibido", exact=True).wait_for()

    send(page)

    filed(page)
    (case,) = cases()
    assert page.get_by_text(case.radicado, exact=True).is_visible()
    page.get_by_text("Cómo se contó el término").click()
    assert page.locator(".count li").count() > 10
    assert re.search("SHA-256 [0-9a-f]{64}", page.locator(".hash").inner_text())
    assert case.electronic_consent


def test_what_lacks_is_said_and_the_person_files_all_the_same(visit, town, counter):
    page = open_form(visit, town, counter)
    fill_request(page)
    send(page)
    page.get_by_role("heading", name="Faltan algunos datos").wait_for()
    assert visit.focused() == "summary"

    page.get_by_role("button", name="Radicar de todas formas").click()

    filed(page)
    assert page.get_by_role("heading", name="Lo que faltó").is_visible()
    assert "name" in cases()[0].missing


def test_only_type_and_subject_can_stop_a_filing(visit, town, counter):
    page = open_form(visit, town, counter)

    send(page)

    page.get_by_role("heading", name="Revise 2 datos").wait_for()
    page.get_by_role("link", name="Tipo de solicitud").click()
    assert visit.focused().startswith("kind-")


def test_an_anonymous_filing_asks_nothing_sends_nothing_and_keeps_nothing(visit, town, counter):
    page = open_form(visit, town, counter)
    fill_request(page)
    fill_person(page)
    page.wait_for_function("() => localStorage.length === 1")

    page.get_by_label("Anónima").check()

    assert page.get_by_label("Nombres y apellidos").count() == 0
    assert page.get_by_text("Ley 1952 de 2019").is_visible()
    assert page.evaluate("() => localStorage.length") == 0
    send(page)
    filed(page)
    sent = counter.posts("/pqr/cases")[0]["json"]
    assert set(sent) == {"kind", "identity", "subject", "body", "files", "failed_files", "notice_version", "website"}
    assert db.session.scalars(select(CaseParty)).all() == []


def test_a_file_that_cannot_be_taken_is_named_in_the_case(visit, town, counter, tmp_path):
    (tmp_path / "falso.pdf").write_bytes(b"<html>not a pdf</html>")
    page = open_form(visit, town, counter)
    fill_request(page)
    page.get_by_label("Anónima").check()
    page.locator("#files").set_input_files(tmp_path / "falso.pdf")
    page.get_by_text("No se pudo adjuntar").first.wait_for()

    send(page)

    filed(page)
    assert page.get_by_role("heading", name="Archivos que no se pudieron recibir").is_visible()
    assert cases()[0].failed_files[0]["name"] == "falso.pdf"


def test_a_representative_says_for_whom(visit, town, counter):
    page = open_form(visit, town, counter)
    assert page.get_by_label("A quién representa").count() == 0

    page.get_by_label("Quién presenta").select_option("representative")

    assert page.get_by_label("A quién representa").is_visible()


def test_a_municipality_is_found_by_its_name_and_sent_by_its_code(visit, town, counter):
    page = open_form(visit, town, counter)
    assert counter.gets("/pqr/municipalities") == []
    page.get_by_label("Municipio").focus()
    page.locator("#places option").nth(1000).wait_for(state="attached")
    page.get_by_label("Municipio").fill("Tenjo, Cundinamarca")
    fill_request(page)
    fill_person(page)

    send(page)

    filed(page)
    assert counter.posts("/pqr/cases")[0]["json"]["municipality"] == "25799"


def test_a_place_outside_the_list_goes_with_the_address(visit, town, counter):
    page = open_form(visit, town, counter)
    fill_request(page)
    fill_person(page)
    page.get_by_role("textbox", name="Dirección").fill("Rua 3")
    page.get_by_label("Municipio").fill("Lisboa")

    send(page)

    filed(page)
    assert counter.posts("/pqr/cases")[0]["json"]["address"] == "Rua 3, Lisboa"


def test_voluntary_answers_go_along_only_with_their_own_consent(visit, town, counter):
    page = open_form(visit, town, counter)
    fill_request(page)
    fill_person(page)
    page.get_by_text("Preguntas voluntarias").click()
    page.get_by_label("Edad").select_option("18-28")
    send(page)
    filed(page)
    assert "characterisation" not in counter.posts("/pqr/cases")[0]["json"]
    page.get_by_role("button", name="Radicar otra").click()

    fill_request(page)
    fill_person(page)
    page.get_by_text("Preguntas voluntarias").click()
    page.get_by_label("Edad").select_option("18-28")
    page.get_by_label("Autorizo el uso").check()
    send(page)

    filed(page)
    assert counter.posts("/pqr/cases")[1]["json"]["characterisation"] == {"age": "18-28"}


def test_a_phone_takes_it_in_steps_and_a_desk_on_one_page(visit, town, counter):
    visit.page.set_viewport_size({"width": 360, "height": 740})
    page = open_form(visit, town, counter)
    assert page.get_by_text("Paso 1 de 4").is_visible()
    assert page.get_by_label("Asunto").count() == 0

    page.get_by_label("Queja").check()
    page.get_by_role("button", name="Continuar").click()
    page.get_by_text("Paso 2 de 4").wait_for()
    page.get_by_label("Asunto").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Revise un dato").wait_for()
    page.get_by_label("Asunto").fill("Mala atención")
    page.get_by_label("Hechos").fill("Me gritaron.")
    page.get_by_role("button", name="Continuar").click()
    page.get_by_label("Anónima").check()

    assert page.get_by_text("Paso 3 de 3").is_visible()
    page.get_by_role("button", name="Atrás").click()
    assert page.get_by_label("Asunto").input_value() == "Mala atención"
    page.set_viewport_size({"width": 1200, "height": 800})
    page.get_by_label("Queja").wait_for()
    assert page.get_by_label("Queja").is_checked()
    send(page)
    filed(page)


def test_the_keyboard_alone_is_enough(visit, town, counter):
    page = open_form(visit, town, counter)
    page.get_by_label("Petición de interés particular").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Un asunto")
    page.keyboard.press("Tab")
    page.keyboard.type("Unos hechos")
    for _ in range(3):
        page.keyboard.press("Tab")
    for _ in range(2):
        page.keyboard.press("ArrowDown")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    filed(page)
    assert cases()[0].identity == "anonymous"
    assert visit.focused() == "h2"


def test_a_case_is_followed_added_to_answered_rated_and_its_file_read(visit, town, counter, cast, tmp_path):
    (tmp_path / "poste.png").write_bytes(PNG)
    page = open_form(visit, town, counter)
    fill_request(page)
    fill_person(page)
    page.locator("#files").set_input_files(tmp_path / "poste.png")
    send(page)
    filed(page)
    page.get_by_role("button", name="Consultar esta solicitud").click()
    page.get_by_role("heading", name="Alumbrado de la calle 5").wait_for()

    with page.expect_download() as download:
        page.get_by_role("button", name="poste.png").click()
    assert download.value.suggested_filename == "poste.png"

    page.get_by_text("Agregar información").click()
    page.get_by_label("Lo que quiere agregar").fill("Ya son dos postes.")
    page.get_by_role("button", name="Agregar a la solicitud").click()
    page.get_by_text("Ya son dos postes.").wait_for()

    (case,) = cases()
    given = answering.Answer("Respuesta", "Se arregló ayer.", "Si vuelve a fallar, escríbanos.")
    answering.answer(cast.staff("ana"), cast.tenjo, case.id, given)
    page.get_by_role("button", name="Consultar otra solicitud").click()
    page.get_by_label("Radicado").fill(case.radicado)
    page.get_by_label("Código").fill(counter.posts("/cases/track")[0]["json"]["code"].lower())
    page.get_by_role("button", name="Consultar", exact=True).click()
    page.get_by_text("Se arregló ayer.").wait_for()
    assert page.get_by_text("Si vuelve a fallar, escríbanos.").is_visible()

    page.get_by_label("4, buena").check()
    page.get_by_role("button", name="Calificar").click()
    page.get_by_text("Su calificación:").wait_for()
    assert cases()[0].rating == 4
    assert page.evaluate("() => localStorage.length") == 0


def test_a_case_is_withdrawn_by_its_code(visit, town, counter):
    page = open_form(visit, town, counter)
    fill_request(page)
    page.get_by_label("Anónima").check()
    send(page)
    filed(page)
    page.get_by_role("button", name="Consultar esta solicitud").click()

    page.get_by_text("Retirar la solicitud").first.click()
    page.get_by_role("button", name="Retirar la solicitud").click()

    page.get_by_text("La solicitud quedó retirada.").first.wait_for()
    assert cases()[0].state == "withdrawn"


def test_what_the_law_gives_while_following_is_done_in_the_page(visit, town, counter, cast):
    """Required: more time, then the answer to it. Answered: an appeal with a file, told with its own number."""
    page = open_form(visit, town, counter)
    fill_request(page)
    page.get_by_label("Anónima").check()
    send(page)
    filed(page)
    (case,) = cases()
    workflow.require(cast.staff("ana"), cast.tenjo, case.id, ["Copia del recibo"], "Sin él no se puede decidir.")
    page.get_by_role("button", name="Consultar esta solicitud").click()
    page.get_by_role("heading", name="Falta información suya").wait_for()
    page.get_by_text("Pedir más plazo").first.click()
    assert visit.faults() == []
    page.get_by_role("button", name="Pedir más plazo").click()
    page.get_by_text("Tiene plazo hasta el").first.wait_for()
    page.get_by_label("Lo que quiere agregar").fill("Va la copia del recibo.")
    page.get_by_role("button", name="Agregar a la solicitud").click()
    page.get_by_text("Agregamos su información").first.wait_for()

    given = answering.Answer("Respuesta", "No se puede.", "Puede presentar recurso.", recourse="appeal")
    answering.answer(cast.staff("ana"), cast.tenjo, case.id, given)
    page.get_by_role("button", name="Consultar otra solicitud").click()
    page.get_by_label("Radicado").fill(case.radicado.replace("-", " "))
    page.get_by_label("Código").fill(counter.posts("/cases/track")[0]["json"]["code"])
    page.get_by_role("button", name="Consultar", exact=True).click()
    page.get_by_text("Presentar un recurso").click()
    page.get_by_text("Agregar información").click()
    assert visit.faults() == []
    assert re.findall(r"track\.\w+", page.locator("ventanilla-pqr .root").inner_text()) == []
    page.get_by_label("Por qué no está de acuerdo").fill("Sí se puede.")
    page.locator("#proofs").set_input_files({"name": "poste.png", "mimeType": "image/png", "buffer": PNG})
    page.get_by_text("Recibido", exact=True).wait_for()
    page.get_by_role("button", name="Presentar el recurso").click()

    page.get_by_text("Recibido con el radicado").first.wait_for()
    (_, appeal) = cases()
    assert page.get_by_text(appeal.radicado).first.is_visible()
    assert len(counter.posts("/cases/appeal")[0]["json"]["files"]) == 1


def test_an_answer_that_comes_late_brings_nobody_back_to_the_case_they_left(visit, town, counter):
    page = open_form(visit, town, counter)
    fill_request(page)
    page.get_by_label("Anónima").check()
    send(page)
    filed(page)
    page.get_by_role("button", name="Consultar esta solicitud").click()
    page.get_by_text("Agregar información").first.click()
    page.get_by_label("Lo que quiere agregar").fill("Sigue apagado.")
    on_their_way = []
    page.route("**/cases/track", lambda route: on_their_way.append(route))
    with page.expect_request("**/cases/track"):
        page.get_by_role("button", name="Agregar a la solicitud").click()
    page.get_by_role("button", name="Consultar otra solicitud").click()

    with page.expect_response("**/cases/track"):
        on_their_way[0].continue_()

    page.get_by_label("Radicado").fill("2026-100-000001-4")
    page.wait_for_timeout(50)
    assert page.get_by_label("Código").is_visible()


def test_a_link_may_lead_straight_to_following(visit, town, counter):
    page = open_form(visit, town, counter, TAG.replace(" open", ' open show="track"'))

    page.get_by_label("Radicado").wait_for()
    page.get_by_role("tab", name="Consultar").press("ArrowLeft")
    page.get_by_label("Asunto").wait_for()
    assert visit.focused() == "tab-file"


def test_the_notice_board_is_a_section_of_the_widget(visit, town, counter, cast):
    """What hangs on it is read by keyboard; where it can't be read, that is said, and asked for again."""
    host = HostPage(counter.app.test_client(), origin=town.url)
    assert host.send("/pqr/cases", filing(identity="anonymous")).status_code == 201
    given = answering.Answer("El poste", "Se repara hoy.", "Espere")
    answering.answer(cast.staff("ana"), cast.tenjo, cases()[0].id, given)
    counter.refuse("/cases/notices", 503, "busy")
    page = open_form(visit, town, counter, TAG.replace(" open", ' open show="notices"'))
    page.get_by_text("No se pudieron leer los avisos.").wait_for()

    page.get_by_role("button", name="Intentar de nuevo").press("Enter")

    page.get_by_role("heading", name=f"Radicado {cases()[0].radicado}").wait_for()
    assert page.get_by_text("Se repara hoy.").is_visible()
    assert visit.faults() == []


def test_a_question_that_the_system_cannot_answer_is_no_sending(visit, town, counter):
    counter.refuse("/cases/track", 503, "busy")
    page = open_form(visit, town, counter, TAG.replace(" open", ' open show="track"'))
    page.get_by_label("Radicado").fill("2026-100-000001-4")
    page.get_by_label("Código").fill("ABC-DEF-GH")

    page.get_by_role("button", name="Consultar", exact=True).click()

    page.get_by_role("heading", name="El sistema falló y no pudimos consultar").wait_for()
    said = page.locator("#summary").inner_text()
    assert "Consultar otra vez" in said
    assert "envi" not in said.lower()
    assert page.get_by_label("Radicado").input_value() == "2026-100-000001-4"


def test_it_stands_in_320_pixels(visit, town, counter):
    visit.page.set_viewport_size({"width": 320, "height": 640})

    page = open_form(visit, town, counter)

    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_every_state_is_accessible(visit, town, counter, theme, width, tmp_path):
    (tmp_path / "falso.pdf").write_bytes(b"<html>not a pdf</html>")
    page = visit.page
    page.set_viewport_size({"width": width, "height": 800})
    open_form(visit, town, counter, TAG.replace(" open", f" open theme={theme}"))
    assert visit.faults() == []
    if width < 640:
        page.get_by_role("button", name="Continuar").click()
        assert visit.faults() == []
        return
    send(page)
    assert visit.faults() == []
    page.get_by_text("Preguntas voluntarias").click()
    page.get_by_label("Edad").wait_for()
    page.locator("#files").set_input_files(tmp_path / "falso.pdf")
    fill_request(page)
    send(page)
    page.get_by_role("heading", name="Faltan algunos datos").wait_for()
    assert visit.faults() == []
    page.get_by_role("button", name="Radicar de todas formas").click()
    filed(page)
    page.get_by_text("Cómo se contó el término").click()
    assert visit.faults() == []
    page.get_by_role("button", name="Consultar esta solicitud").click()
    page.get_by_role("heading", name="Alumbrado de la calle 5").wait_for()
    page.get_by_text("Agregar información").click()
    page.get_by_text("Retirar la solicitud").first.click()
    assert visit.faults() == []
