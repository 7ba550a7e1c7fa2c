"""A utility's report to the Superintendencia: the facts of the law, under the entity's own names and codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook
from sqlalchemy import select

from app.cases import answering, delivery, effect, recourse
from app.cases.answering import Answer
from app.cases.models import Case, CaseMessage
from app.cases.service import Words
from app.console.models import Grant
from app.db import db, write
from app.errors import Forbidden
from app.sites.service import change_site, office_by_code
from app.sui import lacking, sheet
from app.sui.columns import DEFAULT, FORMAT_A, save_columns
from app.sui.models import SuiFacts
from tests.conftest import Cast, HostPage, filing
from tests.console.conftest import Filer, file_one

__all__ = ["file_one"]


@pytest.fixture(autouse=True)
def clock(cast: Cast) -> Iterator[Any]:
    # Friday 20 November 2026, 10:00 in Bogotá.
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True) as clock:
        change_site(cast.tenjo, "system", regime="utility")
        yield clock


def lines_of(desk: Any, month: str = "2026-11") -> list[dict[str, str]]:
    answer = desk.post("/sui/export", {"month": month, "form": "csv"})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


@pytest.mark.store
def test_the_sheet_of_a_month_holds_what_the_law_wants_by_the_entitys_own_codes(
    sign_in: Any, file_one: Filer, cast: Cast, clock: Any
) -> None:
    case_id = file_one(person={"address": "Calle 5 # 3-20", "municipality": "25799"}, electronic_consent=True)
    facts = {"account": "000200150034", "cause": "Lectura", "decision": "denies"}
    assert sign_in("admin").post(f"/cases/{case_id}/sui", facts).status_code == 302
    clock.move_to("2026-11-24T15:00:00Z")
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, Answer("Asunto", "No procede.", "Puede apelar"))
    clock.move_to("2026-11-25T15:00:00Z")
    effect.note_access(cast.tenjo, case_id)
    child = recourse.bring(cast.tenjo, case_id, "appeal", Words("Apelo."), b"12345678")
    desk = sign_in("admin")
    columns = {
        "head": ["NUMERO", "RECIBO", "RESPUESTA", "NOTIFICACION", "TRAMITE", "CAUSAL", "CANAL", "CUENTA", "DIR", "DANE",
                 "DECISION", "RECURSO", "NIT"],
        "field": ["radicado", "received_on", "answered_on", "notified_on", "kind", "cause", "channel", "account",
                  "address", "municipality", "decision", "appeal", "fixed"],
        "codes": ["", "DD-MM-YYYY", "", "", "peticion_particular=3", "Lectura=11", "web=5", "", "", "", "denies=2", "",
                  "900123456"],
    }  # fmt: skip
    assert desk.post("/sui", columns).status_code == 302

    first, appeal = lines_of(desk)

    assert first | {"NUMERO": ""} == {
        "NUMERO": "", "RECIBO": "20-11-2026", "RESPUESTA": "2026-11-24", "NOTIFICACION": "2026-11-25", "TRAMITE": "3",
        "CAUSAL": "11", "CANAL": "5", "CUENTA": "000200150034", "DIR": "Calle 5 # 3-20", "DANE": "25799",
        "DECISION": "2", "RECURSO": child.radicado, "NIT": "900123456",
    }  # fmt: skip
    assert appeal["TRAMITE"] == "recurso"
    assert lines_of(desk, "2026-10") == []


def test_no_cell_of_it_is_run_as_a_formula(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one(person={"address": "=1+1"})
    desk = sign_in("admin")
    desk.post(f"/cases/{case_id}/sui", {"account": "@SUM(A1)", "cause": "+cmd", "decision": ""})

    row = lines_of(desk)[0]
    book = load_workbook(io.BytesIO(desk.post("/sui/export", {"month": "2026-11", "form": "xlsx"}).data)).worksheets[0]

    assert (row["CUENTA"], row["CAUSAL"], row["DIRECCION"]) == ("'@SUM(A1)", "'+cmd", "'=1+1")
    assert {cell.data_type for line in book.iter_rows() for cell in line if cell.value is not None} == {"s"}
    assert [cell.value for cell in book[1]] == [column.head for column in DEFAULT]


@pytest.mark.parametrize("identity", ["anonymous", "reserved"])
def test_who_is_not_to_be_known_goes_without_account_and_address(sign_in: Any, file_one: Filer, identity: str) -> None:
    case_id = file_one(identity=identity, person={"address": "Calle 5", "municipality": "25799"})
    desk = sign_in("admin")
    desk.post(f"/cases/{case_id}/sui", {"account": "000200150034", "cause": "Lectura", "decision": ""})

    row = lines_of(desk)[0]

    assert (row["CUENTA"], row["DIRECCION"], row["DANE"], row["CAUSAL"]) == ("", "", "", "Lectura")


@pytest.mark.parametrize(
    ("field", "codes"), [("received_on", "hoy"), ("kind", "queja es 3"), ("received_by", "")]
)
def test_a_bad_column_is_named_and_what_was_typed_stays(sign_in: Any, field: str, codes: str) -> None:
    typed = {"head": ["NUMERO", "X"], "field": ["radicado", field], "codes": ["", codes]}

    answer = sign_in("admin").post("/sui", typed)

    assert answer.status_code == 422
    assert 'id="e-1"' in answer.text
    assert 'value="NUMERO"' in answer.text


def test_no_sheet_is_for_who_supervises_one_office(cast: Cast) -> None:
    """They would get the accounts and addresses of all the others."""
    with write():
        office = office_by_code(cast.tenjo, "120")
        assert office is not None
        db.session.add(Grant(user_id=cast.people["beto"], site_id=cast.tenjo, office_id=office.id, role="reviewer"))

    for refused in (sheet.export, lacking.check):
        with pytest.raises(Forbidden):
            refused(cast.staff("beto"), cast.tenjo, "2026-11")
    with pytest.raises(Forbidden):
        save_columns(cast.staff("rita"), cast.tenjo, [])


def test_the_columns_of_formato_a_tell_each_case_by_its_codes(
    sign_in: Any, host: HostPage, cast: Cast, clock: Any
) -> None:
    """An answered one notified in person, and one that nobody answered: by the sixteen columns and their codes."""
    form = host.get("/pqr/form").json
    assert form is not None and form["account"]
    for number in ("000200150034", "000200150035"):
        sent = filing(kind="reclamo_facturacion", municipality="25799", electronic_consent=False, account=number)
        assert host.send("/pqr/cases", sent).status_code == 201
    desk = sign_in("admin")
    first, second = db.session.scalars(select(Case.id).order_by(Case.id)).all()
    facts = {"account": "000200150034", "bill": "F-77", "cause": "Lectura", "decision": "denies"}
    desk.post(f"/cases/{first}/sui", facts)
    clock.move_to("2026-11-24T15:00:00Z")
    desk = sign_in("admin")
    answering.answer(cast.staff("ana"), cast.tenjo, first, Answer("Asunto", "No procede.", "Puede apelar"))
    delivery.deliver(cast.staff("ana"), cast.tenjo, first, "in_person", "Firmó la copia")

    drawn = desk.post("/sui", {"act": "format_a"}).text
    columns = {
        "head": [one.head for one in FORMAT_A],
        "field": [one.field for one in FORMAT_A],
        "codes": [one.codes for one in FORMAT_A],
    }
    assert desk.post("/sui/lists", {"kind": "causes", "pasted": "Lectura;F;102;Anexo A\n"}).status_code == 302
    assert desk.post("/sui", columns).status_code == 302
    clock.move_to("2026-12-16T15:00:00Z")
    desk = sign_in("admin")
    answer = desk.post("/sui/export", {"month": "2026-12", "form": "csv", "with_open": "1"})
    later = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))[1:]
    row = list(csv.reader(io.StringIO(desk.post("/sui/export", {"month": "2026-11"}).data.decode("utf-8-sig"))))[1]

    assert "CODIGO CENTRO POBLADO" in drawn
    number = db.session.scalars(select(CaseMessage.radicado).where(CaseMessage.kind == "answer")).one()
    assert row[:3] + row[4:] == [
        "25", "799", "000", "20-11-2026", "1", "F", "102", "000200150034", "F-77", "3", "24-11-2026", number,
        "24-11-2026", "1", "",
    ]  # fmt: skip
    # What was answered in November is not of December; what still waits is, with its own number of account.
    assert [(one[8], one[10], one[14]) for one in later] == [("000200150035", "10", "3")]
    assert second != first


def test_cases_without_a_code_are_told_before_the_sheet_is_taken_out(
    sign_in: Any, file_one: Filer, cast: Cast, clock: Any
) -> None:
    """What lacks is what the sheet itself leaves empty, and whoever completes it finds it gone."""
    bare, coded, ended = (file_one() for _ in range(3))
    desk = sign_in("admin")
    columns = {"head": ["CAUSAL", "RESPUESTA"], "field": ["cause", "outcome"], "codes": ["", ""]}
    desk.post("/sui", columns)
    desk.post("/sui/lists", {"kind": "causes", "pasted": "Lectura;F;102"})
    for number in coded, ended:
        desk.post(f"/cases/{number}/sui", {"account": "1", "cause": "Lectura", "decision": ""})
    answering.answer(cast.staff("ana"), cast.tenjo, ended, Answer("Asunto", "No procede.", "Puede apelar"))

    page = desk.get("/sui?month=2026-11&with_open=1").text
    lines = lines_of(desk)
    linked = {number for number in (bare, coded, ended) if f"/cases/{number}/sui" in page}
    desk.post(f"/cases/{bare}/sui", {"account": "1", "cause": "Lectura", "decision": ""})
    desk.post(f"/cases/{ended}/sui", {"account": "1", "cause": "Lectura", "decision": "denies"})
    after = desk.get("/sui?month=2026-11&with_open=1").text

    assert "La hoja lleva 3 casos." in page
    assert [name for name in ("CAUSAL", "RESPUESTA") if sum(not line[name] for line in lines) != 1] == []
    assert "1 caso va sin causal" in page and "1 caso terminado va sin decisión" in page
    assert linked == {bare, ended}
    assert "sin causal de la lista" not in after and "sin decisión:" not in after
    assert "La hoja lleva 0 casos." in desk.get("/sui?month=2026-09").text


def test_an_anonymous_person_leaves_no_account(host: HostPage) -> None:
    sent = filing(
        identity="anonymous", name="", document_type="", document_number="", email="", electronic_consent=False,
        account="000200150034",
    )  # fmt: skip
    assert host.send("/pqr/cases", sent).status_code == 201

    db.session.rollback()
    assert db.session.scalars(select(SuiFacts)).all() == []
