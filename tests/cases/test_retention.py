"""The records retention table: what the case and the list of petitions say of it, and what no table could have."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from app.cases import service
from tests.conftest import Cast

LINE = {
    "kind": "peticion_particular", "code": "110-32.1", "series": "Derechos de petición", "subseries": "",
    "office_years": "2", "central_years": "8", "disposal": "select",
}  # fmt: skip


@pytest.fixture
def case_id(file: Callable[..., int]) -> int:
    return file()


@pytest.mark.store
def test_a_closed_file_says_until_when_each_archive_keeps_it(sign_in: Any, cast: Cast, case_id: int) -> None:
    desk = sign_in("admin")
    assert desk.post("/retention", LINE).status_code == 302
    # 20:00 of a leap day in Bogotá: the day of the office, not that of UTC; other years have no 29 February.
    with time_machine.travel("2028-03-01T01:00:00Z", tick=False):
        service.annul(cast.staff("admin"), cast.tenjo, case_id, "Duplicado.")

    page = desk.get(f"/cases/{case_id}").text

    assert "110-32.1 Derechos de petición" in page
    assert "Archivo de gestión hasta el jue 28 feb 2030; central hasta el dom 28 feb 2038; después: Selección." in page


def test_the_list_of_petitions_tells_the_series(sign_in: Any, case_id: int) -> None:
    desk = sign_in("admin")
    desk.post("/retention", LINE)
    desk.post("/retention", {**LINE, "code": "110-32.2", "office_years": "3"})

    rows = list(csv.DictReader(io.StringIO(desk.get("/reports/2026-S2/each.csv").text.lstrip("\ufeff"))))

    assert [row["Serie documental"] for row in rows] == ["110-32.2 Derechos de petición"]
    assert [row["Cerrada"] + row["Archivo central hasta"] for row in rows] == [""]


@pytest.mark.parametrize(("field", "value"), [
    ("office_years", "-1"), ("central_years", "101"), ("office_years", "dos"), ("series", ""), ("code", "1" * 41),
    ("disposal", "burn"), ("kind", "otra"),
])  # fmt: skip
def test_what_no_table_could_have_is_refused_and_kept_on_the_page(sign_in: Any, field: str, value: str) -> None:
    desk = sign_in("admin")

    answer = desk.post("/retention", {**LINE, field: value})

    assert answer.status_code == 422
    assert "Derechos de petición" in answer.text or field == "series"
    assert "Sin definir" in desk.get("/retention").text
    assert "110-32.1" not in desk.get("/retention").text


def test_who_only_answers_does_not_change_it(sign_in: Any) -> None:
    assert sign_in("ana").post("/retention", LINE).status_code == 403
