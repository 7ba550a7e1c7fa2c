"""`<ventanilla-survey>` in a real browser, against the real server."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.db import db, write
from tests.conftest import Cast
from tests.survey.conftest import Opener, question, survey_of
from widgets.survey import service
from widgets.survey.models import Survey, SurveyAnswer

pytestmark = pytest.mark.browser

Show = Callable[..., Any]


def _tag(key: str, **attributes: str) -> str:
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<h1>Participe</h1><ventanilla-survey survey="{key}" open{more}><a href="/x">Responda</a></ventanilla-survey>'
    )


def _values() -> list[dict[str, Any]]:
    db.session.rollback()
    return [row.values for row in db.session.scalars(select(SurveyAnswer).order_by(SurveyAnswer.id))]


def test_six_kinds_are_answered_step_by_step(guest: Any, six: str) -> None:
    page = guest.show(_tag(six))
    page.get_by_role("group", name="¿Vive en el municipio?").get_by_label("Sí").check()
    page.get_by_label("Parques").check()
    page.get_by_label("Emisora").check()
    page.get_by_role("button", name="Continuar").click()
    page.get_by_label("Satisfecho", exact=True).check()
    page.get_by_label("10", exact=True).check(force=True)
    page.get_by_label("¿Qué le diría a la alcaldía?").fill("Más árboles")
    page.get_by_role("button", name="Enviar mis respuestas").click()

    page.get_by_role("heading", name="Gracias por responder").wait_for()
    assert _values() == [{"q1": "yes", "q2": "o2", "q3": ["o2"], "q4": 4, "q5": 10, "q6": "Más árboles"}]
    assert guest.complaints == []


def test_what_is_missing_is_said_at_the_step_and_back_keeps_the_answers(guest: Any, six: str) -> None:
    page = guest.show(_tag(six))
    page.get_by_label("Parques").check()

    page.get_by_role("button", name="Continuar").click()

    page.get_by_role("link", name="¿Vive en el municipio?").wait_for()
    page.get_by_role("group", name="¿Vive en el municipio?").get_by_label("Sí").check()
    page.get_by_role("button", name="Continuar").click()
    page.get_by_role("button", name="Atrás").click()
    assert page.get_by_label("Parques").is_checked()


def test_an_answer_opens_a_question(guest: Any, opened: Opener) -> None:
    why = question("q2", "short", show_if={"op": "is", "q": "q1", "v": "no"})
    page = guest.show(_tag(opened(question("q1", "yes_no"), why)))
    page.get_by_text("Pregunta q1").wait_for()
    assert page.get_by_label("Pregunta q2").count() == 0

    page.get_by_label("No", exact=True).check()

    page.get_by_label("Pregunta q2").wait_for()


def test_the_keyboard_alone_answers_matrix_and_ranking(guest: Any, opened: Opener) -> None:
    page = guest.show(_tag(opened(question("q1", "ranking"), question("q2", "matrix"))))
    page.get_by_role("button", name="Agregar Opción 2").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Subir Opción 2").wait_for()
    page.get_by_role("button", name="Agregar Opción 1").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Subir Opción 1").focus()
    page.keyboard.press("Enter")
    for row in ("Fila 1", "Fila 2"):
        page.get_by_role("group", name=row).get_by_label("Opción 1").focus()
        page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Enviar mis respuestas").focus()
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Gracias por responder").wait_for()
    assert _values() == [{"q1": ["o1", "o2"], "q2": {"r1": "o2", "r2": "o2"}}]


def test_a_second_answer_of_the_browser_is_told_kindly(guest: Any, opened: Opener) -> None:
    tag = _tag(opened(question("q1", "yes_no")))
    for _ in range(2):
        page = guest.show(tag)
        page.get_by_label("Sí", exact=True).check()
        page.get_by_role("button", name="Enviar mis respuestas").click()
        page.get_by_role("heading", name=re.compile("Gracias")).wait_for()

    assert page.get_by_role("heading", name="Ya recibimos su respuesta").is_visible()
    # What was answered now and not taken is not lost.
    assert page.get_by_label("Lo que respondió").input_value() == "Pregunta q1\nSí"
    assert len(_values()) == 1


def test_a_survey_that_changes_or_ends_under_an_open_page_keeps_what_was_answered(
    guest: Any, cast: Cast, opened: Opener
) -> None:
    key = opened(question("q1", "single"), question("q2", "long"), level="open")
    staff, survey_id = cast.staff("comu"), service.by_key(cast.tenjo, key).id
    page = guest.show(_tag(key))
    page.get_by_label("Opción 2").check()
    page.get_by_label("Pregunta q2").fill("La vía está rota.")
    more = question("q1", "single"), question("q2", "long"), question("q3", "yes_no")
    service.edit(staff, cast.tenjo, survey_id, lambda _draft: survey_of(*more))
    service.open_survey(staff, cast.tenjo, survey_id)
    page.get_by_role("button", name="Enviar mis respuestas").click()

    page.get_by_text("La encuesta cambió mientras usted respondía").wait_for()
    page.get_by_role("group", name="Pregunta q3").get_by_label("Sí").check()
    assert page.get_by_role("button", name="Recuperarlo").count() == 0
    service.close(staff, cast.tenjo, survey_id)
    page.get_by_role("button", name="Enviar mis respuestas").click()

    page.get_by_text("Esta encuesta ya no recibe respuestas").wait_for()
    lost = page.get_by_label("Lo que respondió").input_value()
    assert lost == "Pregunta q1\nOpción 2\n\nPregunta q2\nLa vía está rota.\n\nPregunta q3\nSí"
    assert page.get_by_text("todavía").count() == page.get_by_role("button", name=re.compile("^Enviar")).count() == 0
    assert (guest.faults(), _values()) == ([], [])
    # What was written stays on this device for who comes back, until they drop it.
    page = guest.show(_tag(key))
    page.get_by_text("cerró antes de que usted enviara").wait_for()
    assert (page.get_by_label("Lo que respondió").input_value(), guest.faults()) == (lost, [])
    page.get_by_role("button", name="Borrarlas de este equipo").click()
    page.get_by_text("Borramos de este equipo").first.wait_for()
    assert page.evaluate("() => localStorage.length") == 0


def test_results_are_charts_that_are_tables(guest: Any, cast: Cast, opened: Opener) -> None:
    key = opened(question("q1", "yes_no"), question("q2", "likert"), show_results=True, design="random", population=90)
    with write():
        survey_id = db.session.scalars(select(Survey.id)).one()
        values = [{"q2": number % 5 + 1} for number in range(60)]
        db.session.add_all([SurveyAnswer(survey_id=survey_id, version=1, values=one) for one in values])
    page = guest.show(_tag(key))
    page.get_by_label("Sí", exact=True).check()
    page.get_by_role("button", name="Enviar mis respuestas").click()

    page.get_by_role("button", name="Ver los resultados").click()

    page.get_by_role("table").first.wait_for()
    assert page.get_by_text("menos de 5").first.is_visible()
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert guest.faults() == []


def test_every_kind_is_accessible_and_stands_in_320_pixels(guest: Any, opened: Opener) -> None:
    everything = [
        question(f"q{place}", kind, required="hard")
        for place, kind in enumerate(
            ("single", "multiple", "yes_no", "likert", "matrix", "scale", "stars", "ranking", "number", "date", "short",
             "long", "place", "file"), 1,
        )
    ]  # fmt: skip
    key = opened(*everything, pace="page")
    guest.page.set_viewport_size({"width": 320, "height": 640})
    for theme in ("light", "dark"):
        page = guest.show(_tag(key, theme=theme))
        page.get_by_role("button", name="Agregar Opción 2").click()
        page.get_by_role("group", name="Fila 1").wait_for()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
        page.get_by_role("button", name="Enviar mis respuestas").click()
        page.get_by_role("heading", name="Revise").wait_for()
        # With what is wrong beside each field all that was there before is looked at too.
        assert guest.faults() == []


def test_answers_without_network_wait_on_the_device_and_leave_by_themselves_once(guest: Any, opened: Opener) -> None:
    tag = _tag(opened(question("q1", "yes_no"), level="open"))
    page = guest.show(tag)
    assert page.evaluate("() => localStorage.length") == 0
    page.get_by_label("Sí", exact=True).check()
    page.wait_for_function("() => document.querySelector('ventanilla-survey').sent")
    page.context.set_offline(True)
    page.wait_for_function("() => !navigator.onLine")
    page.get_by_role("button", name="Enviar mis respuestas").click()
    page.get_by_role("heading", name="quedaron guardadas en este equipo").wait_for()
    assert guest.faults() == []
    page.get_by_role("button", name="Responder por otra persona").click()
    page.get_by_role("button", name="Enviar mis respuestas").click()
    # A sheet without any answer neither leaves nor waits.
    page.get_by_text("Pregunta q1: Responda al menos una pregunta.").wait_for()
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Enviar mis respuestas").click()
    page.get_by_role("heading", name="quedaron guardadas en este equipo").wait_for()
    page.goto("about:blank")
    page.context.set_offline(False)
    assert _values() == []

    page = guest.show(tag)
    page.get_by_text("Enviamos las respuestas que estaban guardadas").first.wait_for()
    guest.show(tag).get_by_label("Sí", exact=True).wait_for()

    assert _values() == [{"q1": "yes"}, {"q1": "no"}]
    assert page.evaluate("() => localStorage.length") == 0


def test_it_opens_over_the_page_in_another_language_and_keeps_what_was_answered_while_closed(
    guest: Any, cast: Cast, opened: Opener
) -> None:
    key = opened(question("q1", "yes_no"), question("q2", "short"), question("q3", "stars"),
                 question("q4", "single", other=True), languages=(("guc", "Wayuunaiki"),))  # fmt: skip
    staff, survey_id = cast.staff("comu"), db.session.scalars(select(Survey.id)).one()
    service.translate(staff, cast.tenjo, survey_id, "guc", {
        "q1.words.no": "Nnojo", "q2.text": "¿Jamaya pia?", "q3.words.2": "Piama", "q4.words.other": "Eepeeree",
    })  # fmt: skip
    service.open_survey(staff, cast.tenjo, survey_id)
    page = guest.show(f'<ventanilla-survey survey="{key}" modal><a href="/x">Responda</a></ventanilla-survey>')
    page.wait_for_function("() => document.querySelector('ventanilla-survey').about")
    page.get_by_role("link", name="Responda").click()
    page.get_by_role("dialog").get_by_label("Sí", exact=True).check()
    page.get_by_label("Lengua de las preguntas").select_option("guc")
    page.get_by_label("¿Jamaya pia?").fill("Anasü")
    for word in ("Nnojo", "Piama", "Eepeeree"):
        page.get_by_label(word, exact=True).wait_for()
    assert guest.faults() == []
    page.keyboard.press("Escape")
    # Back where the person was, so that the keyboard goes on from there.
    page.wait_for_function("() => document.activeElement.textContent === 'Responda'")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Enviar mis respuestas").click()
    page.get_by_role("heading", name="Gracias por responder").wait_for()
    page.get_by_role("button", name="Cerrar").click()

    page.get_by_role("link", name="Responda").wait_for()
    assert _values() == [{"q1": "yes", "q2": "Anasü"}]


def test_what_can_no_longer_be_taken_is_said_and_forgotten(guest: Any, cast: Cast, opened: Opener) -> None:
    key = opened(question("q1", "yes_no"), level="open")
    page = guest.show(_tag(key))
    page.get_by_label("Sí", exact=True).check()
    page.wait_for_function("() => document.querySelector('ventanilla-survey').sent")
    page.context.set_offline(True)
    page.wait_for_function("() => !navigator.onLine")
    page.get_by_role("button", name="Enviar mis respuestas").click()
    page.get_by_role("button", name="Responder por otra persona").click()
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Enviar mis respuestas").click()
    page.get_by_role("heading", name="quedaron guardadas en este equipo").wait_for()
    service.close(cast.staff("comu"), cast.tenjo, service.by_key(cast.tenjo, key).id)

    page.context.set_offline(False)

    page.get_by_text("No pudimos recibir unas respuestas").first.wait_for()
    assert page.get_by_role("heading", name="Obras").is_visible()
    assert page.get_by_label("Lo que respondió").input_value() == "Pregunta q1\nSí\n\n---\n\nPregunta q1\nNo"
    assert (_values(), page.evaluate("() => localStorage.length")) == ([], 0)
