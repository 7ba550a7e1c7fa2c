"""The lists of an entity for its report: causes with their codes, and the populated centres of its municipalities."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from app.sites.service import change_site
from app.sui import lists
from app.sui.lists import Centre
from tests.conftest import Cast
from tests.console.conftest import Filer, file_one

__all__ = ["file_one"]

CAUSES = {
    "kind": "causes", "name": ["Lectura", "Otra"], "code": ["F", "P"], "detail": ["102", "303"],
    "source": ["Anexo A", ""],
}  # fmt: skip
COLUMNS = {
    "head": ["CAUSAL", "DETALLE", "CENTRO"], "field": ["cause", "cause_detail", "centre"], "codes": ["", "", ""],
}  # fmt: skip


@pytest.fixture(autouse=True)
def utility(cast: Cast) -> None:
    change_site(cast.tenjo, "system", regime="utility")


def this_month(desk: Any) -> list[str]:
    """Return what the sheet says of its first case."""
    page = desk.get("/sui").text
    month = page.split('<option value="')[2][:7]
    answer = desk.post("/sui/export", {"month": month})
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))[1]


@pytest.mark.store
def test_an_officer_chooses_of_the_list_and_the_sheet_tells_codes(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one(person={"municipality": "25799", "neighbourhood": "vereda chince"})
    desk = sign_in("admin")
    desk.post("/sui", COLUMNS)
    assert desk.post("/sui/lists", CAUSES).status_code == 302
    pasted = "25799\tVereda Chincé\t004\n25799\tLa Punta\t001\n25758\tHatogrande\t002"
    assert desk.post("/sui/lists", {"kind": "centres", "pasted": pasted}).status_code == 302
    facts = {"account": "1", "cause": "Lectura", "decision": ""}

    drawn = desk.get(f"/cases/{case_id}/sui").text
    refused = desk.post(f"/cases/{case_id}/sui", {**facts, "cause": "Inventada"})
    first = (desk.post(f"/cases/{case_id}/sui", facts).status_code, this_month(desk))
    second = (desk.post(f"/cases/{case_id}/sui", {**facts, "centre": "001"}).status_code, this_month(desk))
    elsewhere = desk.post(f"/cases/{case_id}/sui", {**facts, "centre": "002"})

    assert '<option value="Lectura">' in drawn and "001 La Punta" in drawn
    # A code of another municipality would name a place of this one.
    assert "Hatogrande" not in drawn
    assert (refused.status_code, elsewhere.status_code) == (422, 422)
    # By the vereda that the person wrote, then by what the officer knows.
    assert first == (302, ["F", "102", "004"])
    assert second == (302, ["F", "102", "001"])


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ({"kind": "causes", "name": ["Lectura", "Otra"], "code": ["F", ""], "detail": ["", ""], "source": ["", ""]}, 2),
        ({"kind": "causes", "pasted": "Lectura;F\nlectura;P"}, 2),
        ({"kind": "centres", "pasted": "25799;Centro;12"}, 1),
        ({"kind": "centres", "pasted": "Tenjo;Centro;001"}, 1),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_kept(sign_in: Any, cast: Cast, typed: dict[str, Any], number: int) -> None:
    answer = sign_in("admin").post("/sui/lists", typed)

    assert answer.status_code == 422
    assert f'id="e-{typed["kind"]}-{number}"' in answer.text
    assert (lists.causes_of(cast.tenjo), lists.centres_of(cast.tenjo)) == ({}, [])


def test_what_is_no_list_is_named_and_stays_where_it_was_pasted(sign_in: Any, cast: Cast) -> None:
    open_quote = '"' + "Lectura;F\n" * 20_000

    answer = sign_in("admin").post("/sui/lists", {"kind": "causes", "pasted": open_quote})

    assert answer.status_code == 422
    assert 'aria-describedby="e-pasted-causes"' in answer.text and answer.text.count("Lectura;F") == 20_000
    assert lists.causes_of(cast.tenjo) == {}


def test_the_seat_stands_where_no_centre_is_named_and_nothing_where_no_municipality_is() -> None:
    known = [Centre("25799", "La Punta", "001")]

    assert [
        lists.centre_code(known, *of_case)
        for of_case in (("25799", "", ""), ("25799", "LA PUNTA", ""), ("25758", "La Punta", ""), ("", "La Punta", ""))
    ] == ["000", "001", "000", ""]


def test_only_who_runs_the_site_changes_them(sign_in: Any) -> None:
    assert sign_in("rita").post("/sui/lists", CAUSES).status_code == 403
