"""What is owed beside the answer, by whom under which law; and when an answer counts as notified."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from app import files
from app.cases import answering, delivery, effect, jobs, recourse, silence, tasks, workflow
from app.cases.answering import Answer
from app.cases.models import CaseClock, CaseMessage
from app.cases.service import Words
from app.db import db
from app.errors import Invalid
from app.sites.service import change_site
from tests.cases.conftest import case, refused
from tests.conftest import PDF, Cast, HostPage, filing

GIVEN = Answer("Respuesta a su reclamo", "El cobro se corrige.", "Espere la próxima factura.")


def ticking(case_id: int, name: str) -> CaseClock | None:
    db.session.rollback()
    return db.session.scalar(select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == name))


# Utilities


def test_each_answer_of_a_utility_prints_its_appeal_of_five_days(cast: Cast, file: Any) -> None:
    change_site(cast.tenjo, "system", regime="utility")
    case_id = file(kind="reclamo_facturacion")

    answering.answer(cast.staff("ana"), cast.tenjo, case_id, GIVEN)

    said = db.session.scalars(select(CaseMessage).where(CaseMessage.case_id == case_id)).one()
    assert "dentro de los 5 días hábiles" in said.body
    assert "Superintendencia de Servicios Públicos" in said.body


def test_a_bill_can_be_disputed_before_a_utility_alone(cast: Cast, host: HostPage, clock: Any) -> None:
    assert host.send("/pqr/cases", filing(kind="reclamo_facturacion")).status_code == 422
    assert "reclamo_facturacion" not in {one["key"] for one in host.get("/pqr/form").json["kinds"]}  # type: ignore[index]
    change_site(cast.tenjo, "system", regime="utility")

    assert "reclamo_facturacion" in {one["key"] for one in host.get("/pqr/form").json["kinds"]}  # type: ignore[index]
    assert host.send("/pqr/cases", filing(kind="reclamo_facturacion")).status_code == 201


def test_a_silent_utility_has_72_hours_counted_down(cast: Cast, file: Any, clock: Any, sign_in: Any) -> None:
    change_site(cast.tenjo, "system", regime="utility")
    case_id, ana = file(kind="reclamo_facturacion"), cast.staff("ana")
    with refused("nothing_owed"):
        silence.comply(ana, cast.tenjo, case_id, "positive_silence", "Se devuelve el cobro.")
    # The term ends on 14 December at midnight; 60 hours of the 72 are left at noon of the 15th.
    clock.move_to("2026-12-15T17:00:00Z")
    jobs.remind({})

    assert "quedan 59 horas" in sign_in("ana").get(f"/cases/{case_id}").text
    with pytest.raises(Invalid):
        silence.comply(ana, cast.tenjo, case_id, "copies", "Se devuelve el cobro.")
    silence.comply(ana, cast.tenjo, case_id, "positive_silence", "Se devuelve el cobro.")

    granted = ticking(case_id, "positive_silence")
    assert granted is not None
    assert granted.met_at is not None
    assert (granted.due_on, case(case_id).state) == (date(2026, 12, 17), "radicated")


def test_an_appeal_is_sent_on_with_its_letter(cast: Cast, file: Any) -> None:
    change_site(cast.tenjo, "system", regime="utility")
    case_id, rita = file(kind="reclamo_facturacion"), cast.staff("rita")
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, GIVEN)
    effect.note_access(cast.tenjo, case_id)
    child = recourse.bring(cast.tenjo, case_id, "appeal", Words("No estoy de acuerdo."), b"12345678").case_id
    receipt, _ = files.take(cast.tenjo, BytesIO(PDF), "remision.pdf")
    sent = recourse.Remission("Superintendencia de Servicios Públicos", "OF-7", "Va el expediente.", (receipt,))

    with pytest.raises(Invalid):
        recourse.remit(rita, cast.tenjo, child, recourse.Remission("SSPD", "OF-7", "Va.", ()))
    with refused("nothing_to_remit"):
        recourse.remit(rita, cast.tenjo, case_id, sent)
    recourse.remit(rita, cast.tenjo, child, sent)

    assert case(child).state == "transferred"


# Personal data (Ley 1581 de 2012)


def test_a_claim_about_personal_data_has_its_own_terms(cast: Cast, file: Any, clock: Any) -> None:
    case_id, ana = file(kind="habeas_reclamo"), cast.staff("ana")
    label = ticking(case_id, "label")
    assert label is not None
    assert (label.due_on, case(case_id).due_on) == (date(2026, 11, 24), date(2026, 12, 14))
    with refused("extend_at_most_double"):
        workflow.extend(cast.staff("rita"), cast.tenjo, case_id, 9, "Motivo.")

    silence.comply(ana, cast.tenjo, case_id, "label", "Sus datos llevan la leyenda.")
    clock.move_to("2026-11-30T15:00:00Z")
    with refused("require_in_time"):
        workflow.require(ana, cast.tenjo, case_id, ["Documento"], "Falta.")

    assert workflow.extend(cast.staff("rita"), cast.tenjo, case_id, 8, "Motivo.") == date(2026, 12, 24)


def test_what_lacks_in_a_claim_about_data_is_waited_for_two_months(cast: Cast, file: Any) -> None:
    case_id = file(kind="habeas_reclamo")

    assert workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Documento"], "Falta.") == date(2027, 1, 20)
    with refused("no_extension"):
        workflow.ask_for_time(cast.tenjo, case_id)


def test_a_query_of_personal_data_is_due_in_ten_days_and_five_more(cast: Cast, file: Any) -> None:
    case_id = file(kind="habeas_consulta")

    assert case(case_id).due_on == date(2026, 12, 4)
    assert workflow.extend(cast.staff("rita"), cast.tenjo, case_id, 5, "Motivo.") == date(2026, 12, 14)


# Authorities


def test_what_an_authority_asks_of_another_is_due_in_ten_days(file: Any) -> None:
    asked = case(file(kind="documentos", person_type="public_entity"))

    assert (asked.kind, asked.due_on) == ("entre_autoridades", date(2026, 12, 4))
    assert case(file(kind="queja", person_type="public_entity")).kind == "queja"


# Notice


@pytest.mark.store
def test_without_consent_only_a_delivery_notifies(cast: Cast, file: Any) -> None:
    case_id = file(electronic_consent=False)
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, GIVEN)
    effect.note_access(cast.tenjo, case_id)
    assert (case(case_id).state, case(case_id).notified_at) == ("answered", None)
    assert [task.kind for task in tasks.open_tasks(case_id)] == ["delivery"]

    delivery.deliver(cast.staff("ana"), cast.tenjo, case_id, "postal", "Guía 123")

    assert (case(case_id).state, tasks.open_tasks(case_id)) == ("notified", [])


def test_who_appeals_knows_the_answer(cast: Cast, file: Any) -> None:
    case_id = file(electronic_consent=False)
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, GIVEN)

    recourse.bring(cast.tenjo, case_id, "appeal", Words("No."), b"12345678")

    assert (case(case_id).state, tasks.open_tasks(case_id)) == ("notified", [])
