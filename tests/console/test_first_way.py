"""The way of a working day: sign in, see what waits, open it, answer it."""

from __future__ import annotations

from typing import Any

import pytest

from app.cases.models import Case
from app.db import db
from tests.conftest import HostPage, filing


@pytest.fixture
def case_id(host: HostPage) -> int:
    assert host.send("/pqr/cases", filing()).status_code == 201
    return int(db.session.query(Case.id).scalar() or 0)


@pytest.mark.parametrize("path", ["/", "/cases", "/cases?state=all&sort=newest", "/contact"])
def test_each_page_of_the_desk_opens(sign_in: Any, case_id: int, path: str) -> None:
    answer = sign_in("ana").get(path)

    assert answer.status_code == 200


def test_a_list_masks_who_asks(sign_in: Any, case_id: int) -> None:
    page = sign_in("ana").get("/cases").text

    assert "L•••" in page
    assert "Luz Marina" not in page


def test_an_answer_is_seen_whole_before_it_is_sent(sign_in: Any, case_id: int) -> None:
    typed = {"subject": "Respuesta", "body": "El poste se repara el lunes.", "next_step": "Espere la visita."}

    preview = sign_in("ana").post(f"/cases/{case_id}/answer", {"act": "preview", **typed})

    assert "contacto@tenjo.example" in preview.text
    db.session.rollback()
    assert db.session.get_one(Case, case_id).state == "radicated"


def test_a_sent_answer_closes_the_way(sign_in: Any, case_id: int) -> None:
    desk = sign_in("ana")
    typed = {"subject": "Respuesta", "body": "El poste se repara el lunes.", "next_step": "Espere la visita."}

    sent = desk.post(f"/cases/{case_id}/answer", {"act": "send", **typed})

    assert sent.status_code == 302
    assert "El poste se repara el lunes." in desk.get(f"/cases/{case_id}").text
    db.session.rollback()
    assert db.session.get_one(Case, case_id, populate_existing=True).state == "answered"
