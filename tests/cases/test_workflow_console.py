"""The acts of the workflow as an officer does them on the case page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app import events
from app.cases import answering, service
from app.cases.models import Case
from app.db import db
from tests.conftest import PDF, Cast, HostPage, filing


@pytest.fixture
def clock() -> Iterator[Any]:
    # Friday 20 November 2026, 10:00 in Bogotá.
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True) as clock:
        yield clock


@pytest.fixture
def case_id(clock: Any, host: HostPage) -> int:
    assert host.send("/pqr/cases", filing()).status_code == 201
    return db.session.scalars(select(Case.id)).one()


def state(case_id: int) -> str:
    db.session.rollback()
    return db.session.get_one(Case, case_id).state


def test_each_act_stands_on_the_page_with_its_form(sign_in: Any, case_id: int) -> None:
    page = sign_in("rita").get(f"/cases/{case_id}").text

    for name in ("require", "send_back", "extend", "transfer", "prioritise"):
        assert f"/cases/{case_id}/acts/{name}" in page


def test_what_the_law_forbids_is_shown_with_its_article(sign_in: Any, case_id: int) -> None:
    page = sign_in("rita").get(f"/cases/{case_id}").text

    assert f"/cases/{case_id}/acts/reopen" not in page
    assert 'id="why-reopen">El caso no ha terminado' in page
    assert 'id="why-lapse">No hay nada requerido (Ley 1437 de 2011, art. 17)' in page


def test_a_role_sees_only_its_acts(sign_in: Any, case_id: int) -> None:
    page = sign_in("ana").get(f"/cases/{case_id}").text

    assert "/acts/require" in page
    assert "/acts/extend" not in page


def test_requiring_shows_the_clock_of_the_person(sign_in: Any, case_id: int) -> None:
    desk = sign_in("ana")

    answer = desk.post(
        f"/cases/{case_id}/acts/require", {"items": "Copia del recibo", "reason": "Sin él no se decide."}
    )

    assert answer.status_code == 302
    page = desk.get(f"/cases/{case_id}").text
    assert "Plazo de la persona para completar" in page
    assert "v-stretch-suspended" in page


def test_an_extension_is_drawn_at_the_end_of_the_bar(sign_in: Any, case_id: int) -> None:
    desk = sign_in("rita")

    desk.post(f"/cases/{case_id}/acts/extend", {"more": "10", "reason": "Falta un concepto técnico."})

    assert "v-stretch-extended" in desk.get(f"/cases/{case_id}").text


def test_a_forbidden_act_says_why_and_keeps_what_was_typed(sign_in: Any, case_id: int, clock: Any) -> None:
    clock.move_to("2026-12-16T15:00:00Z")

    answer = sign_in("rita").post(f"/cases/{case_id}/acts/extend", {"more": "5", "reason": "Un motivo largo."})

    assert answer.status_code == 409
    assert "La prórroga debe informarse antes del vencimiento" in answer.text
    assert "Un motivo largo." in answer.text


def test_a_mistake_comes_back_open_with_its_text(sign_in: Any, case_id: int) -> None:
    answer = sign_in("rita").post(f"/cases/{case_id}/acts/extend", {"more": "dos", "reason": "Un motivo largo."})

    assert answer.status_code == 422
    assert "Un motivo largo." in answer.text
    assert 'id="extend-more-error"' in answer.text


def test_the_letter_of_a_transfer_comes_with_the_form(sign_in: Any, case_id: int) -> None:
    desk = sign_in("ana")
    typed = {"entity": "CAR Cundinamarca", "letter": "OF-12", "reason": "Es del río."}

    without = desk.post(f"/cases/{case_id}/acts/transfer", typed)
    sent = desk.post(f"/cases/{case_id}/acts/transfer", {**typed, "files": (io.BytesIO(PDF), "oficio.pdf")})

    assert without.status_code == 422
    assert sent.status_code == 302
    assert state(case_id) == "transferred"
    assert "oficio.pdf" in desk.get(f"/cases/{case_id}").text


def test_a_letter_already_kept_is_not_lost_by_a_mistake(sign_in: Any, case_id: int) -> None:
    desk = sign_in("ana")
    typed = {"entity": "CAR Cundinamarca", "letter": "OF-12", "reason": ""}
    first = desk.post(f"/cases/{case_id}/acts/transfer", {**typed, "files": (io.BytesIO(PDF), "oficio.pdf")})
    receipt = first.text.split('name="receipts"')[1].split('value="')[1].split('"')[0]

    second = desk.post(f"/cases/{case_id}/acts/transfer", {**typed, "reason": "Es del río.", "receipts": receipt})

    assert (first.status_code, second.status_code) == (422, 302)


def test_the_second_of_two_officers_sees_what_changed(sign_in: Any, cast: Cast, case_id: int) -> None:
    row = db.session.get_one(Case, case_id)
    seen = {"version": row.version, "seen": 2}
    db.session.rollback()
    service.write_to_person(cast.staff("rita"), cast.tenjo, case_id, service.Words("Ya lo estamos viendo."))

    answer = sign_in("ana").post(f"/cases/{case_id}/acts/require", {"items": "Recibo", "reason": "Falta.", **seen})

    assert answer.status_code == 409
    assert "Se escribió a la persona" in answer.text
    assert state(case_id) == "radicated"


@pytest.mark.parametrize("name", ["beto", "comu", "audi"])
def test_who_may_not_do_an_act_is_refused(sign_in: Any, case_id: int, name: str) -> None:
    answer = sign_in(name).post(f"/cases/{case_id}/acts/extend", {"more": "5", "reason": "Motivo."})

    assert answer.status_code in {403, 404}
    assert state(case_id) == "radicated"


def test_another_sites_staff_finds_nothing(sign_in: Any, case_id: int) -> None:
    assert sign_in("olga").post(f"/cases/{case_id}/acts/require", {"items": "x", "reason": "y"}).status_code == 404


def test_an_act_that_does_not_exist_is_not_found(sign_in: Any, case_id: int) -> None:
    assert sign_in("admin").post(f"/cases/{case_id}/acts/forget", {}).status_code == 404


def test_a_reopened_case_may_start_a_new_term(sign_in: Any, cast: Cast, case_id: int, clock: Any) -> None:
    service.withdraw(cast.tenjo, case_id, "")
    clock.move_to("2027-01-12T15:00:00Z")
    desk = sign_in("rita")

    desk.post(f"/cases/{case_id}/acts/reopen", {"reason": "Desistió por error.", "restart": "y"})

    db.session.rollback()
    case = db.session.get_one(Case, case_id)
    assert (case.state, str(case.due_on), case.target_on) == ("radicated", "2027-02-02", case.due_on)
    assert "Término anterior a la reapertura" in desk.get(f"/cases/{case_id}").text


@pytest.mark.store
def test_an_annulled_number_is_never_used_again(sign_in: Any, cast: Cast, case_id: int) -> None:
    service.annul(cast.staff("admin"), cast.tenjo, case_id, "Duplicado.")

    answer = sign_in("admin").post(f"/cases/{case_id}/acts/reopen", {"reason": "Por favor."})

    assert answer.status_code == 409
    assert state(case_id) == "annulled"


@pytest.mark.store
def test_a_draft_goes_from_author_to_reviewer_to_the_person(sign_in: Any, case_id: int) -> None:
    ana, rita = sign_in("ana"), sign_in("rita")
    typed = {"subject": "Respuesta", "body": "Se repara el lunes.", "next_step": "Espere.", "recourse": "appeal"}
    ana.post(f"/cases/{case_id}/acts/questions", {"questions": "¿Cuándo?"})
    assert "¿Cuándo?" in ana.get(f"/cases/{case_id}/draft").text

    assert ana.post(f"/cases/{case_id}/draft", {**typed, "act": "submit"}).status_code == 302
    assert ana.post(f"/cases/{case_id}/draft", {**typed, "act": "approve"}).status_code == 403
    assert rita.post(f"/cases/{case_id}/draft", {**typed, "act": "approve"}).status_code == 302
    # Other words than the approved ones are neither sent nor dropped; a question can be ticked at the very end.
    sent = {**typed, "act": "send", "answered": "1"}
    changed = ana.post(f"/cases/{case_id}/draft", {**sent, "body": "Otra cosa."})
    assert (changed.status_code, "Otra cosa." in changed.text) == (409, True)
    assert "art. 42" in ana.post(f"/cases/{case_id}/draft", {**sent, "answered": ""}).text
    assert ana.post(f"/cases/{case_id}/draft", sent).status_code == 302

    assert state(case_id) == "answered"
    assert "recursos de reposición" in ana.get(f"/cases/{case_id}").text


def test_a_subject_of_a_draft_or_an_answer_has_120_letters_at_most(sign_in: Any, case_id: int) -> None:
    desk = sign_in("ana")
    letter = {"act": "preview", "body": "El poste se repara el lunes.", "next_step": "Espere la visita."}

    draft = desk.post(f"/cases/{case_id}/draft", {"act": "save", "subject": "x" * 121})
    answers = [desk.post(f"/cases/{case_id}/answer", {**letter, "subject": subject}) for subject in ("x" * 121, "")]

    assert draft.status_code == 422
    assert [one.status_code for one in answers] == [422, 422]
    assert desk.post(f"/cases/{case_id}/answer", {**letter, "subject": "x" * 120}).status_code == 200


def test_sending_asks_to_review_the_copies(sign_in: Any, case_id: int) -> None:
    ana, rita = sign_in("ana"), sign_in("rita")
    typed = {"subject": "R", "body": "T", "next_step": "N", "recourse": "", "copies": "veedor@example.org"}
    ana.post(f"/cases/{case_id}/draft", {**typed, "act": "submit"})
    rita.post(f"/cases/{case_id}/draft", {**typed, "act": "approve"})

    unseen = ana.post(f"/cases/{case_id}/draft", {**typed, "act": "send"})
    seen = ana.post(f"/cases/{case_id}/draft", {**typed, "act": "send", "copies_reviewed": "y"})

    assert "Confirme a quién se envía copia." in unseen.text
    assert (unseen.status_code, seen.status_code) == (422, 302)


def test_what_bounced_stands_on_the_case_page(sign_in: Any, cast: Cast, case_id: int) -> None:
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, answering.Answer("R", "T", "N"))
    events.send("mail.failed", mail_id=1, source="case", source_id=case_id)

    page = sign_in("ana").get(f"/cases/{case_id}").text

    assert "Un correo a la persona rebotó" in page
    assert f"/cases/{case_id}/acts/deliver" in page
