"""Offices write to each other under a number of their own series, never the petitions' (S2-9)."""

from __future__ import annotations

from typing import Any

import pytest

from app.sites.service import office_by_code
from tests.conftest import Cast
from tests.documents.reading import read


@pytest.fixture
def memo(cast: Cast) -> dict[str, str]:
    office = office_by_code(cast.tenjo, "120")
    assert office is not None
    return {"office_id": str(office.id), "subject": "Visita al puente", "body": "Programar la visita."}


@pytest.mark.store
def test_each_memo_gets_the_next_number_of_its_own_and_prints(sign_in: Any, memo: dict[str, str]) -> None:
    desk = sign_in("ana")

    first, second = (desk.post("/memos", memo, follow_redirects=True).text for _ in range(2))

    assert "-120-000001-3" in first
    assert "-120-000002-3" in second
    paper = read(desk.get("/memos/1/paper", buffered=True).data)
    assert paper.ua
    assert "-120-000001-3" in paper.text
    assert "Programar la visita." in paper.text


def test_it_is_read_by_its_office_and_its_author_alone(sign_in: Any, memo: dict[str, str]) -> None:
    sign_in("ana").post("/memos", memo)

    assert "Visita al puente" in sign_in("beto").get("/memos").text
    assert "Visita al puente" not in sign_in("carla").get("/memos").text
    assert sign_in("carla").get("/memos/1/paper").status_code == 404


@pytest.mark.parametrize("changed", [{"subject": " "}, {"body": ""}, {"office_id": "99999"}])
def test_a_mistake_is_named_and_takes_no_number(sign_in: Any, memo: dict[str, str], changed: dict[str, str]) -> None:
    desk = sign_in("ana")
    (name,) = changed

    answer = desk.post("/memos", memo | changed)

    assert answer.status_code == 422
    assert f'id="{name}-error"' in answer.text
    assert "-120-000001-3" in desk.post("/memos", memo, follow_redirects=True).text
