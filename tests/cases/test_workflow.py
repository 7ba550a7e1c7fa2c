"""The law's guards as an officer meets them, and the dates that each act leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.cases import competence, decrees, service, workflow
from app.cases.guards import LawForbids
from app.cases.models import Case
from app.cases.workflow import Transfer
from app.db import db
from app.errors import Forbidden, Invalid
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


def case(case_id: int) -> Case:
    db.session.rollback()
    return db.session.get_one(Case, case_id)


def refused(guard: str) -> Any:
    return pytest.raises(LawForbids, match=f"cases.law.{guard}$")


def test_a_requirement_stops_the_clock_and_gives_a_month(cast: Cast, case_id: int, clock: Any) -> None:
    clock.move_to("2026-11-24T15:00:00Z")

    until = workflow.require(
        cast.staff("ana"), cast.tenjo, case_id, ["Copia del recibo"], "Sin él no se puede decidir."
    )

    assert until == date(2026, 12, 24)
    assert (case(case_id).state, case(case_id).due_on) == ("required", None)


def test_completing_resumes_the_day_after_with_the_days_left(cast: Cast, case_id: int, clock: Any) -> None:
    clock.move_to("2026-11-24T15:00:00Z")
    workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.")
    clock.move_to("2026-12-01T15:00:00Z")

    assert workflow.complete(cast.tenjo, case_id)

    # Two of fifteen days were used (23 and 24 November); thirteen remain from 2 December on, the 8th is a holiday.
    assert case(case_id).due_on == date(2026, 12, 21)
    assert case(case_id).state == "radicated"


def test_what_came_on_sunday_is_worked_on_before_its_day_zero(cast: Cast, clock: Any, host: HostPage) -> None:
    """An officer on duty on Sunday the 22nd: the term begins on Monday all the same, whatever was done before."""
    clock.move_to("2026-11-22T15:00:00Z")
    ana, admin = cast.staff("ana"), cast.staff("admin")
    for subject in ("a", "b", "c"):
        assert host.send("/pqr/cases", filing(subject=subject)).status_code == 201
    db.session.rollback()
    required, withdrawn, extended = db.session.scalars(select(Case.id).order_by(Case.id)).all()

    workflow.require(ana, cast.tenjo, required, ["Recibo"], "Falta.")
    assert case(required).due_on is None
    assert workflow.complete(cast.tenjo, required)
    service.withdraw(cast.tenjo, withdrawn, "")
    competence.continue_anyway(admin, cast.tenjo, withdrawn, "Res. 1", "Interés general.")
    assert workflow.extend(admin, cast.tenjo, extended, 5, "Hay que medir.") == date(2026, 12, 22)

    assert (case(required).due_on, case(withdrawn).due_on) == (date(2026, 12, 15), date(2026, 12, 15))


def test_a_requirement_after_ten_days_is_refused_with_its_article(cast: Cast, case_id: int, clock: Any) -> None:
    clock.move_to("2026-12-07T15:00:00Z")

    with refused("require_in_time") as error:
        workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.")

    assert "art. 17" in error.value.article


def test_a_second_requirement_is_refused(cast: Cast, case_id: int, clock: Any) -> None:
    workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.")
    workflow.complete(cast.tenjo, case_id)

    with refused("require_once"):
        workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Otra cosa"], "También falta.")


def test_what_comes_late_waits_for_an_officer(cast: Cast, case_id: int, clock: Any) -> None:
    workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.")
    clock.move_to("2026-12-29T15:00:00Z")

    assert not workflow.complete(cast.tenjo, case_id)
    assert workflow.take_late(cast.staff("ana"), cast.tenjo, case_id)
    assert case(case_id).due_on is not None


def test_the_person_gets_a_second_month_once_and_before_expiry(cast: Cast, case_id: int, clock: Any) -> None:
    clock.move_to("2026-11-24T15:00:00Z")
    workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.")

    # 24 January is a Sunday.
    assert workflow.ask_for_time(cast.tenjo, case_id) == date(2027, 1, 25)
    with refused("time_once"):
        workflow.ask_for_time(cast.tenjo, case_id)


def test_a_tacit_withdrawal_takes_a_supervisor_an_act_and_the_whole_month(cast: Cast, case_id: int, clock: Any) -> None:
    workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.")

    with refused("withdrawal_too_early"):
        decrees.decree_withdrawal(cast.staff("rita"), cast.tenjo, case_id, "Auto 12", "Se decreta.")
    clock.move_to("2027-01-12T15:00:00Z")
    with pytest.raises(Forbidden):
        decrees.decree_withdrawal(cast.staff("ana"), cast.tenjo, case_id, "Auto 12", "Se decreta.")
    with pytest.raises(Invalid):
        decrees.decree_withdrawal(cast.staff("rita"), cast.tenjo, case_id, "", "Se decreta.")
    decrees.decree_withdrawal(cast.staff("rita"), cast.tenjo, case_id, "Auto 12", "Se decreta.")

    assert case(case_id).state == "lapsed"


def test_an_extension_at_most_doubles_the_term_once_and_tells_why(
    cast: Cast, case_id: int, clock: Any, mails: Any
) -> None:
    with refused("extend_at_most_double"):
        workflow.extend(cast.staff("rita"), cast.tenjo, case_id, 16, "Falta un concepto técnico.")

    new = workflow.extend(cast.staff("rita"), cast.tenjo, case_id, 15, "Falta un concepto técnico.")

    # 30 working days from 20 November, as the table of the law's vectors has it.
    assert new == date(2027, 1, 6)
    assert "Falta un concepto técnico." in mails()[-1].get_content()
    with refused("extend_once"):
        workflow.extend(cast.staff("rita"), cast.tenjo, case_id, 1, "Otra vez.")


def test_an_extension_on_the_day_after_expiry_is_refused(cast: Cast, case_id: int, clock: Any) -> None:
    clock.move_to("2026-12-14T23:00:00Z")
    on_the_last_day = workflow.extend(cast.staff("rita"), cast.tenjo, case_id, 1, "Motivo.")

    assert on_the_last_day == date(2026, 12, 15)
    clock.move_to("2026-12-16T15:00:00Z")
    with refused("extend_before_expiry"):
        workflow.extend(cast.staff("rita"), cast.tenjo, case_id, 1, "Motivo.")


def test_an_officer_may_not_extend(cast: Cast, case_id: int) -> None:
    with pytest.raises(Forbidden):
        workflow.extend(cast.staff("ana"), cast.tenjo, case_id, 5, "Motivo.")


def test_a_transfer_needs_its_letter_and_is_recorded_when_late(
    cast: Cast, case_id: int, clock: Any, host: HostPage
) -> None:
    receipt = host.upload("oficio.pdf", PDF).json["receipt"]  # type: ignore[index]
    with pytest.raises(Invalid) as error:
        workflow.transfer(cast.staff("ana"), cast.tenjo, case_id, Transfer("CAR", "", "", "No es nuestra."))
    assert set(error.value.fields) == {"letter", "files"}
    clock.move_to("2026-11-30T15:00:00Z")

    in_time = workflow.transfer(
        cast.staff("ana"), cast.tenjo, case_id, Transfer("CAR", "", "OF-12", "No es nuestra.", (receipt,))
    )

    assert not in_time
    assert case(case_id).state == "transferred"


def test_a_partial_transfer_leaves_our_clock_running(cast: Cast, case_id: int, clock: Any, host: HostPage) -> None:
    receipt = host.upload("oficio.pdf", PDF).json["receipt"]  # type: ignore[index]

    to = Transfer("CAR", "", "OF-12", "Una parte.", (receipt,), questions="Lo del río.")
    assert workflow.transfer(cast.staff("ana"), cast.tenjo, case_id, to)

    assert (case(case_id).state, case(case_id).due_on) == ("radicated", date(2026, 12, 14))


def test_a_type_that_would_move_the_date_later_takes_a_supervisor(cast: Cast, case_id: int) -> None:
    assert workflow.reclassify(cast.staff("ana"), cast.tenjo, case_id, "informacion", "Pide información.") == date(
        2026, 12, 4
    )
    with refused("reclassify_later"):
        workflow.reclassify(cast.staff("ana"), cast.tenjo, case_id, "consulta", "Es consulta.")
    assert workflow.reclassify(cast.staff("admin"), cast.tenjo, case_id, "consulta", "Es consulta.") == date(2027, 1, 6)


def test_a_suspended_case_does_not_expire(cast: Cast, case_id: int, clock: Any, mails: Any) -> None:
    workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.")
    clock.move_to("2027-03-01T15:00:00Z")

    subjects = [str(mail["Subject"]) for mail in mails()]

    assert not any("venció el término" in subject for subject in subjects)
    # The office hears once that it may now declare the withdrawal; nothing is archived by itself (art. 17).
    assert sum("venció el plazo de la persona" in subject for subject in subjects) == 1
    assert case(case_id).state == "required"


def test_a_number_is_annulled_with_a_reason_and_not_with_blanks(cast: Cast, case_id: int) -> None:
    for reason in ("", "  \n"):
        with pytest.raises(Invalid):
            service.annul(cast.staff("admin"), cast.tenjo, case_id, reason)

    assert case(case_id).state == "radicated"
