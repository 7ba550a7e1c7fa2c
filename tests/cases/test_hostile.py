"""What a hurried or hostile officer sends through the console: twice, invisible, or late by an evening."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.cases import desk
from app.cases.models import CaseMessage
from app.console.models import Grant
from app.db import db, write
from tests.cases.conftest import case
from tests.conftest import Cast

HIDDEN = "\u200b\u200e\ufeff"


def test_a_message_and_a_note_sent_by_a_double_click_are_there_once(
    file: Any, sign_in: Any, mails: Any, cast: Cast
) -> None:
    case_id, ana = file(), sign_in("ana")
    before = len(mails())

    for page, body in (("messages", "¿Cuál poste?"), ("notes", "Llamó."), ("messages", "Y dónde.")):
        for _ in range(2):
            assert ana.post(f"/cases/{case_id}/{page}", {"body": body}).status_code == 302

    said = select(CaseMessage.body).where(CaseMessage.case_id == case_id).order_by(CaseMessage.id)
    assert list(db.session.scalars(said)) == ["¿Cuál poste?", "Llamó.", "Y dónde."]
    db.session.rollback()
    assert len(mails()) == before + 2


@pytest.mark.parametrize("field", ["subject", "body", "next_step"])
def test_an_answer_of_invisible_letters_is_no_answer(field: str, file: Any, sign_in: Any, mails: Any) -> None:
    case_id, ana = file(), sign_in("ana")
    before = len(mails())
    given = {"subject": "Respuesta", "body": "El lunes.", "next_step": "Espere.", "act": "send", field: HIDDEN}

    assert ana.post(f"/cases/{case_id}/answer", given).status_code == 422

    assert case(case_id).state == "radicated"
    assert len(mails()) == before


def test_letters_that_turn_the_line_round_reach_no_letter(file: Any, sign_in: Any) -> None:
    case_id, ana = file(), sign_in("ana")
    given = {"subject": "Se\u202e otorga", "body": "No se\u202e otorga\u202c.", "next_step": "Espere.", "act": "send"}

    assert ana.post(f"/cases/{case_id}/answer", given).status_code == 302

    db.session.rollback()
    sent = db.session.scalars(select(CaseMessage).where(CaseMessage.kind == "answer")).one()
    assert (sent.subject, sent.body.splitlines()[0]) == ("Se otorga", "No se otorga.")


def test_on_the_evening_of_its_last_day_a_right_still_takes_cases(cast: Cast, clock: Any) -> None:
    with write():
        grant = db.session.scalars(select(Grant).where(Grant.user_id == cast.people["beto"])).one()
        grant.until, office = date(2026, 11, 20), grant.office_id

    for hour, there in (("2026-11-21T04:30:00Z", True), ("2026-11-21T05:30:00Z", False)):
        clock.move_to(hour)
        assert (cast.people["beto"] in [one.id for one in desk.colleagues(cast.tenjo, office)]) is there
