"""The rest of the state machine: what a service verb does, what it forbids, and what dates it leaves."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app import events
from app.cases import answering, competence, delivery, drafts, jobs, joining, notices, service, tasks, ties, workflow
from app.cases.answering import Answer
from app.cases.filing import Filing, file_case
from app.cases.models import CaseClock, CaseMessage
from app.cases.workflow_models import CaseNotice
from app.db import db, write
from app.errors import Forbidden, Invalid
from app.sites.service import change_site
from tests.cases.conftest import case, refused
from tests.conftest import Cast, HostPage

GIVEN = Answer("Respuesta a su solicitud", "El poste se repara el lunes.", "Espere la visita.")


# Joined cases


def test_a_joined_case_keeps_its_own_date_and_gets_the_answer(cast: Cast, file: Any, clock: Any, mails: Any) -> None:
    first = file()
    clock.move_to("2026-11-24T15:00:00Z")
    second = file(email="otro@example.org", document_number="999")
    joining.merge(cast.staff("ana"), cast.tenjo, first, case(second).radicado, "Es el mismo poste.")

    assert (case(first).due_on, case(second).due_on) == (date(2026, 12, 14), date(2026, 12, 16))
    assert case(second).target_on == date(2026, 12, 14)
    workflow.extend(cast.staff("rita"), cast.tenjo, second, 5, "Falta un concepto.")
    assert (case(second).due_on, case(second).target_on) == (date(2026, 12, 23), date(2026, 12, 14))
    answering.answer(cast.staff("ana"), cast.tenjo, second, GIVEN)

    assert (case(first).state, case(second).state) == ("answered", "answered")
    assert [str(mail["To"]) for mail in mails()][-2:] == ["otro@example.org", "luz@example.org"]


def test_a_case_joins_one_other_and_never_itself(cast: Cast, file: Any) -> None:
    first, second, third = file(), file(), file()
    ana = cast.staff("ana")

    with pytest.raises(Invalid):
        joining.merge(ana, cast.tenjo, first, case(first).radicado, "Motivo.")
    joining.merge(ana, cast.tenjo, first, case(second).radicado, "Motivo.")
    with refused("joined_once"):
        joining.merge(ana, cast.tenjo, first, case(third).radicado, "Motivo.")
    with refused("joined_once"):
        joining.merge(ana, cast.tenjo, second, case(third).radicado, "Motivo.")
    # Nobody answers it where it hung: it can be joined again.
    service.withdraw(cast.tenjo, second, "")
    joining.merge(ana, cast.tenjo, first, case(third).radicado, "Motivo.")
    assert [one.id for one in ties.joined_to(third)] == [first]


@pytest.mark.store
def test_one_answer_takes_more_than_ten_alike_and_is_published(cast: Cast, clock: Any) -> None:
    with write():
        filings = [Filing("informacion", "Asunto", "Hechos", "web", secrets.token_bytes(8)) for _ in range(11)]
        main, *others = [file_case(cast.tenjo, one).case_id for one in filings]
    rita = cast.staff("rita")
    radicados = [case(one).radicado for one in others]

    with refused("gather_more_than_ten"):
        joining.gather(rita, cast.tenjo, main, radicados[1:], "El Tiempo, 21 de noviembre")
    assert joining.gather(rita, cast.tenjo, main, radicados, "El Tiempo, 21 de noviembre") == 11
    answering.answer(cast.staff("ana"), cast.tenjo, main, GIVEN)

    assert {case(one).state for one in others} == {"answered"}
    assert [one["subject"] for one in notices.on_board(cast.tenjo, "es")] == [GIVEN.subject]


def test_complaints_are_never_answered_in_bulk(cast: Cast, file: Any) -> None:
    with refused("gather_kinds"):
        joining.gather(cast.staff("rita"), cast.tenjo, file(kind="queja"), [case(file()).radicado] * 1, "Diario")


# Competence, withdrawal, rejection


def test_a_conflict_of_competence_stops_the_term_until_decided(cast: Cast, file: Any, clock: Any) -> None:
    case_id, rita = file(), cast.staff("rita")
    clock.move_to("2026-11-24T15:00:00Z")
    competence.dispute(rita, cast.tenjo, case_id, "CAR", "No es nuestra.")
    assert (case(case_id).state, case(case_id).due_on) == ("in_conflict", None)

    clock.move_to("2026-12-01T15:00:00Z")
    competence.decide_dispute(rita, cast.tenjo, case_id, "Auto 3", "Es nuestra.")

    # As with a requirement: thirteen days were left, and run from 2 December on.
    assert (case(case_id).state, case(case_id).due_on) == ("radicated", date(2026, 12, 21))


def test_that_nobody_is_competent_is_an_answer(cast: Cast, file: Any, mails: Any) -> None:
    case_id = file()

    assert competence.no_competent(cast.staff("ana"), cast.tenjo, case_id, "Ninguna entidad lo hace.")

    assert case(case_id).state == "answered"
    assert "ya hay respuesta" in str(mails()[-1]["Subject"])


def test_a_withdrawn_case_goes_on_by_resolution_without_the_days_between(cast: Cast, file: Any, clock: Any) -> None:
    case_id, rita = file(), cast.staff("rita")
    with refused("not_withdrawn"):
        competence.continue_anyway(rita, cast.tenjo, case_id, "Res. 4", "Interés público.")
    clock.move_to("2026-11-24T15:00:00Z")
    service.withdraw(cast.tenjo, case_id, "")
    clock.move_to("2026-12-01T15:00:00Z")

    competence.continue_anyway(rita, cast.tenjo, case_id, "Res. 4", "Interés público.")

    assert (case(case_id).state, case(case_id).due_on) == ("radicated", date(2026, 12, 21))


def test_a_rejection_takes_two_people(cast: Cast, file: Any) -> None:
    case_id, rita, admin = file(), cast.staff("rita"), cast.staff("admin")
    with refused("no_rejection"):
        competence.decide_rejection(rita, cast.tenjo, case_id, "Insulta.", confirm=True)
    competence.propose_rejection(rita, cast.tenjo, case_id, "Insulta.")

    with refused("two_people"):
        competence.decide_rejection(rita, cast.tenjo, case_id, "Insulta.", confirm=True)
    with pytest.raises(Forbidden):
        competence.decide_rejection(cast.staff("ana"), cast.tenjo, case_id, "Insulta.", confirm=True)
    competence.decide_rejection(admin, cast.tenjo, case_id, "Insulta.", confirm=True)

    assert case(case_id).state == "rejected"
    assert tasks.open_tasks(case_id) == []


def test_a_rejection_that_is_turned_down_changes_nothing(cast: Cast, file: Any) -> None:
    case_id = file()
    competence.propose_rejection(cast.staff("ana"), cast.tenjo, case_id, "Insulta.")

    competence.decide_rejection(cast.staff("rita"), cast.tenjo, case_id, "Es una queja fuerte.", confirm=False)

    assert (case(case_id).state, case(case_id).due_on) == ("radicated", date(2026, 12, 14))


# Drafts and questions


def test_an_answer_with_an_unticked_question_is_refused(cast: Cast, file: Any) -> None:
    case_id, ana = file(), cast.staff("ana")
    drafts.set_questions(ana, cast.tenjo, case_id, ["¿Cuándo?", "¿Quién?"])
    first, second = [one.id for one in drafts.questions_of(case_id)]
    drafts.tick(ana, cast.tenjo, case_id, {first})

    with refused("question_unanswered") as error:
        answering.answer(ana, cast.tenjo, case_id, GIVEN)
    assert "art. 42" in error.value.article
    drafts.tick(ana, cast.tenjo, case_id, {first, second})

    assert answering.answer(ana, cast.tenjo, case_id, GIVEN)


def test_nobody_approves_their_own_draft(cast: Cast, file: Any, mails: Any) -> None:
    case_id, rita, admin = file(), cast.staff("rita"), cast.staff("admin")
    drafts.save(rita, cast.tenjo, case_id, drafts.Text("Respuesta", "Texto.", "Espere."))
    drafts.submit(rita, cast.tenjo, case_id)

    with refused("own_draft"):
        drafts.review(rita, cast.tenjo, case_id, "", approve=True)
    with refused("draft_in_review"):
        answering.answer(rita, cast.tenjo, case_id, GIVEN)
    drafts.review(admin, cast.tenjo, case_id, "", approve=True)
    drafts.send(rita, cast.tenjo, case_id)

    assert case(case_id).state == "answered"
    assert drafts.draft_of(case_id) is None


def test_a_returned_draft_carries_its_remarks_and_starts_again(cast: Cast, file: Any) -> None:
    case_id, ana, rita = file(), cast.staff("ana"), cast.staff("rita")
    drafts.save(ana, cast.tenjo, case_id, drafts.Text("Respuesta", "Texto.", "Espere."))
    drafts.submit(ana, cast.tenjo, case_id)
    with pytest.raises(Invalid):
        drafts.review(rita, cast.tenjo, case_id, "", approve=False)
    drafts.review(rita, cast.tenjo, case_id, "Falta la fecha.", approve=False)

    with refused("draft_not_approved"):
        drafts.send(ana, cast.tenjo, case_id)
    kept = drafts.draft_of(case_id)
    assert kept is not None
    assert (kept.state, kept.remarks) == ("returned", "Falta la fecha.")


def test_changing_an_approved_draft_takes_its_approval(cast: Cast, file: Any) -> None:
    case_id, ana = file(), cast.staff("ana")
    text = drafts.Text("Respuesta", "Texto.", "Espere.")
    drafts.save(ana, cast.tenjo, case_id, text)
    drafts.submit(ana, cast.tenjo, case_id)
    drafts.review(cast.staff("rita"), cast.tenjo, case_id, "", approve=True)

    drafts.save(ana, cast.tenjo, case_id, text)

    with refused("draft_not_approved"):
        drafts.send(ana, cast.tenjo, case_id)


@pytest.mark.parametrize(("regime", "days"), [("general", "dentro de los 10 días"), ("utility", "Superintendencia")])
def test_the_answer_names_its_recourse(cast: Cast, file: Any, regime: str, days: str) -> None:
    change_site(cast.tenjo, "system", regime=regime)
    case_id = file()

    answering.answer(cast.staff("ana"), cast.tenjo, case_id, Answer("R", "No.", "Espere.", recourse="appeal"))

    body = db.session.scalars(select(CaseMessage.body).where(CaseMessage.kind == "answer")).one()
    assert days in body


# Notice


def test_a_bounced_answer_reopens_a_task_until_it_is_delivered(cast: Cast, file: Any) -> None:
    case_id, ana = file(), cast.staff("ana")
    answering.answer(ana, cast.tenjo, case_id, GIVEN)

    events.send("mail.failed", mail_id=7, source="case", source_id=case_id)

    db.session.rollback()
    assert [task.kind for task in tasks.open_tasks(case_id)] == ["bounce"]
    delivery.deliver(ana, cast.tenjo, case_id, "postal", "Guía 123")
    assert case(case_id).state == "notified"
    assert tasks.open_tasks(case_id) == []
    with refused("not_waiting_for_notice"):
        delivery.deliver(ana, cast.tenjo, case_id, "postal", "Guía 123")


@pytest.mark.store
def test_an_anonymous_answer_hangs_five_days_and_is_then_notified(
    cast: Cast, file: Any, clock: Any, host: HostPage
) -> None:
    case_id = file(
        identity="anonymous", name="", document_type="", document_number="", email="", electronic_consent=False
    )
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, GIVEN)

    board = host.get("/cases/notices").json
    # Five working days from Friday 20 November, and the day after.
    assert board and [(one["until_on"], one["effective_on"]) for one in board["notices"]] == [
        ("2026-11-27", "2026-11-30")
    ]
    assert "El poste se repara" in host.client.get("/tenjo/notices").text
    feed = host.client.get("/tenjo/feeds/todo.rss").text
    assert f"Aviso de respuesta al radicado {board['notices'][0]['radicado']}" in feed
    assert "El poste" not in feed, "readers keep what they copy, and the board hangs for five days"
    clock.move_to("2026-11-30T23:00:00Z")
    notices.take_down({})
    assert case(case_id).state == "answered"
    assert host.get("/cases/notices").json == {"notices": []}
    clock.move_to("2026-12-01T15:00:00Z")
    notices.take_down({})

    assert (case(case_id).state, case(case_id).notified_at.isoformat()) == (  # type: ignore[union-attr]
        "notified",
        "2026-12-01T04:59:59+00:00",
    )


def test_of_an_identified_person_the_board_shows_the_number_alone(cast: Cast, file: Any, host: HostPage) -> None:
    case_id = file()
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, GIVEN)
    delivery.put_on_board(cast.staff("ana"), cast.tenjo, case_id)

    page = host.client.get("/tenjo/notices").text

    assert case(case_id).radicado in page
    assert "El poste se repara" not in page
    assert "Luz" not in page


def test_the_board_of_another_site_is_empty(cast: Cast, file: Any, host: HostPage) -> None:
    case_id = file()
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, GIVEN)
    delivery.put_on_board(cast.staff("ana"), cast.tenjo, case_id)

    assert case(case_id).radicado not in host.client.get("/other/notices").text


# Silence


def _clock(case_id: int, name: str) -> CaseClock | None:
    db.session.rollback()
    return db.session.scalar(select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == name))


def test_information_that_was_not_given_counts_as_accepted(cast: Cast, file: Any, clock: Any) -> None:
    case_id = file(kind="informacion")
    clock.move_to("2026-12-07T15:00:00Z")

    jobs.remind({})
    jobs.remind({})

    copies = _clock(case_id, "copies")
    # Ten days end on 4 December; of the three after it, the 8th is a holiday.
    assert copies is not None
    assert (copies.started_on, copies.due_on) == (date(2026, 12, 4), date(2026, 12, 10))


def test_a_utility_that_keeps_silent_has_72_hours(cast: Cast, file: Any, clock: Any) -> None:
    change_site(cast.tenjo, "system", regime="utility")
    case_id = file(kind="reclamo")
    clock.move_to("2026-12-15T15:00:00Z")

    jobs.remind({})

    silence = _clock(case_id, "positive_silence")
    assert silence is not None
    assert (case(case_id).due_on, silence.due_on) == (date(2026, 12, 14), date(2026, 12, 17))


def test_silence_about_a_complaint_grants_nothing_in_the_general_regime(cast: Cast, file: Any, clock: Any) -> None:
    case_id = file(kind="queja")
    clock.move_to("2026-12-15T15:00:00Z")

    jobs.remind({})

    assert _clock(case_id, "copies") is None
    assert _clock(case_id, "positive_silence") is None


def test_a_notice_is_kept_with_its_days(cast: Cast, file: Any) -> None:
    case_id = file()
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, GIVEN)
    delivery.put_on_board(cast.staff("ana"), cast.tenjo, case_id)

    notice = db.session.scalars(select(CaseNotice)).one()

    assert (notice.published_on, notice.until_on) == (date(2026, 11, 20), date(2026, 11, 27))
