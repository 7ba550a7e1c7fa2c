"""Where the entity's medium fails it is written down, and people get the three days and a certificate (art. 62)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.cases import answering, effect, recourse, workflow
from app.cases.answering import Answer
from app.cases.models import Case, CaseEvent
from app.cases.service import Words
from app.db import db
from app.outages import service as outages
from app.outages.models import FailedAttempt
from app.outages.service import Declaration
from tests.conftest import Cast, HostPage, filing
from tests.documents.reading import read


@pytest.fixture
def clock() -> Iterator[Any]:
    # Friday 20 November 2026, 10:00 in Bogotá.
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True) as clock:
        yield clock


@pytest.fixture
def case_id(clock: Any, host: HostPage) -> int:
    assert host.send("/pqr/cases", filing()).status_code == 201
    db.session.rollback()
    return db.session.scalars(select(Case.id)).one()


def all_day(day: str) -> Declaration:
    return Declaration(datetime.fromisoformat(f"{day}T08:00"), datetime.fromisoformat(f"{day}T17:00"), "Sin internet")


@pytest.mark.store
def test_what_a_widget_kept_is_written_down_when_it_arrives(host: HostPage, clock: Any) -> None:
    answer = host.send("/pqr/cases", filing(), **{"X-Ventanilla-Age": "5400000"})

    assert answer.status_code == 201
    kept = db.session.scalars(select(FailedAttempt)).one()
    assert (kept.scope, (kept.arrived_at - kept.first_at).total_seconds() // 60) == ("pqr.cases", 90)
    assert "Luz" not in str(vars(kept))
    told = db.session.scalars(select(CaseEvent).where(CaseEvent.kind == "tried_before")).one()
    assert (told.public, told.data["first_at"][:16]) == (True, "2026-11-20T13:30")


@pytest.mark.parametrize("waited", ["", "0", "-5", "1e9", "604800001", "99999999999999", "ayer", "٣"])
def test_a_wait_that_no_widget_says_is_as_if_it_were_not_there(host: HostPage, clock: Any, waited: str) -> None:
    headers = {"X-Ventanilla-Age": waited} if waited.isascii() else {}

    assert host.send("/pqr/cases", filing(), **headers).status_code == 201
    assert db.session.scalars(select(FailedAttempt)).all() == []


def test_who_had_to_act_on_a_day_of_the_outage_gets_three_days_and_a_mail(
    cast: Cast, case_id: int, clock: Any, mails: Any
) -> None:
    # What lacks is due on Monday 21 December.
    assert workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Recibo"], "Falta.") == date(2026, 12, 21)
    clock.move_to("2026-12-21T23:30:00Z")

    outages.declare(cast.staff("admin"), cast.tenjo, all_day("2026-12-21"))

    mail = mails()[-1]
    assert "24 de diciembre" in mail.get_body().get_content()
    (certificate,) = mail.iter_attachments()
    assert "24 de diciembre de 2026" in read(certificate.get_content()).text
    clock.move_to("2026-12-24T15:00:00Z")
    assert workflow.complete(cast.tenjo, case_id)


def test_an_appeal_is_not_late_where_the_medium_failed_on_its_last_day(cast: Cast, case_id: int, clock: Any) -> None:
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, Answer("Asunto", "Texto", "Espere"))
    effect.note_access(cast.tenjo, case_id)
    # Ten working days of the notice end on Friday 4 December.
    clock.move_to("2026-12-04T23:30:00Z")
    outages.declare(cast.staff("admin"), cast.tenjo, all_day("2026-12-04"))
    clock.move_to("2026-12-10T15:00:00Z")

    child = recourse.bring(cast.tenjo, case_id, "appeal", Words("No."), b"12345678").case_id

    assert db.session.get_one(Case, child).marks == []


def test_anybody_reads_it_and_takes_the_dated_certificate(
    cast: Cast, clock: Any, app: Any, sign_in: Any, mails: Any
) -> None:
    desk, client = sign_in("admin"), app.test_client()
    form = {"starts_at": "2026-11-19T08:00", "ends_at": "2026-11-19T12:00", "reason": "Sin internet"}
    assert desk.post("/outages", form).status_code == 302
    mails()

    page = client.get("/tenjo/outages").text
    paper = read(client.get("/tenjo/outages/1/certificate", buffered=True).data)

    assert "Puede insistir hasta el martes 24 de noviembre de 2026" in page
    assert paper.ua
    assert "jueves 19 de noviembre de 2026" in paper.text
    assert client.get("/other/outages/1/certificate").status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ends_at": "2026-11-19T07:00"}, "ends_at"),
        ({"ends_at": "2026-11-20T18:00"}, "ends_at"),
        ({"reason": " "}, "reason"),
    ],
)
def test_an_outage_that_can_not_be_is_refused_and_what_was_typed_stays(
    sign_in: Any, clock: Any, changed: dict[str, str], field: str
) -> None:
    form = {"starts_at": "2026-11-19T08:00", "ends_at": "2026-11-19T12:00", "reason": "Sin internet"}

    answer = sign_in("admin").post("/outages", form | changed)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="2026-11-19T08:00"' in answer.text
