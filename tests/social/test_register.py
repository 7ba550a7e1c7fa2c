"""The register CE-F05: nothing dropped, nothing doubled, the date of the message kept."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from app.cases.models import Case
from app.db import db
from app.errors import Conflict
from tests.conftest import Cast
from widgets.social import register, sheets
from widgets.social.models import SocialReport

SAID = register.Said(
    "facebook", "comment", "@vecina", "https://facebook.com/x/1", "=1+1 no llega el agua",
    datetime(2026, 11, 3, 15, 0, tzinfo=UTC),
)  # fmt: skip


def _row() -> SocialReport:
    row = db.session.scalar(db.select(SocialReport).order_by(SocialReport.id))
    assert row is not None
    return row


@pytest.mark.store
def test_a_report_that_lacks_criteria_becomes_a_case_of_the_day_it_was_said(cast: Cast) -> None:
    register.capture(cast.tenjo, SAID, "system")
    report_id = _row().id

    filed = register.radicate(cast.staff("ana"), cast.tenjo, report_id, "peticion_particular")

    case = db.session.get_one(Case, filed.case_id)
    assert (case.received_at, case.source, case.source_id) == (SAID.said_at, "social", report_id)
    with pytest.raises(Conflict):
        register.radicate(cast.staff("ana"), cast.tenjo, report_id, "peticion_particular")


def test_hand_over_is_acknowledged_once(cast: Cast) -> None:
    register.capture(cast.tenjo, SAID, "system")
    report_id = _row().id

    assert register.hand_over(cast.staff("comu"), cast.tenjo) == 1
    register.acknowledge(cast.staff("ana"), cast.tenjo, report_id)

    with pytest.raises(Conflict):
        register.acknowledge(cast.staff("ana"), cast.tenjo, report_id)


def test_only_the_two_offices_open_it(sign_in: Any) -> None:
    assert [sign_in(name).get("/social/reports").status_code for name in ("ana", "comu", "beto", "admin")] == [
        200, 200, 403, 403,
    ]  # fmt: skip


def test_a_mistake_keeps_what_was_typed(sign_in: Any) -> None:
    answer = sign_in("comu").post(
        "/social/reports",
        {"network": "facebook", "interaction": "tag", "link": "javascript:1", "body": "Hueco", "said_at": "2026-11-01"},
    )

    assert answer.status_code == 422
    assert "Hueco</textarea>" in answer.text and 'id="e-link"' in answer.text


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_the_words_of_an_export_come_back_as_they_were_and_run_no_formula(cast: Cast, shape: str) -> None:
    register.capture(cast.tenjo, SAID, "system")
    made = (sheets.to_csv if shape == "csv" else sheets.to_xlsx)(cast.tenjo)

    found = sheets.look(cast.other, made, f"a.{shape}")
    sheets.take(cast.other, found, "system")

    assert sheets.rows_of(cast.other)[0][1:] == sheets.rows_of(cast.tenjo)[0][1:]
    if shape == "csv":
        assert b",'=1+1" in made
    else:
        assert {cell.data_type for row in load_workbook(BytesIO(made)).active for cell in row} <= {"s", "n"}


def test_an_old_sheet_is_tried_first_and_its_errors_are_told_by_row(sign_in: Any, cast: Cast) -> None:
    book = Workbook()
    sheet = book.active
    for row in (["said_at", "network", "body"], ["30/10/2026", "facebook", "Uno"], [None, "x", "Dos"],
                ["ayer", "orkut", "Tres"]):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    out = BytesIO()
    book.save(out)

    answer = sign_in("comu").post("/social/reports/import", {"file": (BytesIO(out.getvalue()), "a.xlsx"), "keep": "1"})

    assert answer.status_code == 422 and "Fila 4" in answer.text and "Fila 3" not in answer.text
    assert sheets.rows_of(cast.tenjo) == []
