"""Old sheets of the register: told by row what is wrong, kept once, and the same again when they are taken out."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, time, timedelta
from io import BytesIO, StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from app.db import db, write
from app.errors import Conflict, Invalid
from tests.conftest import Cast
from widgets.social.models import SocialImport
from widgets.social.register import reports
from widgets.social.sheets import columns, dates, imports, opening, writing

HEADS = ["Consecutivo", "FECHA", "Red social", "Alias", "Cédula", "Descripción", "Es PQR", "Estado", "Radicado"]


def xlsx(*rows: list[Any], merge: str = "") -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def bring(app: Flask, cast: Cast, site_id: int, content: bytes, name: str = "viejo.xlsx") -> SocialImport:
    """Bring a sheet, and let the worker look at it."""
    import_id = imports.bring(cast.staff("comu"), site_id, content, name)
    return after(app, import_id)


def after(app: Flask, import_id: int) -> SocialImport:
    while app.extensions["ventanilla"].jobs.run_due():
        pass
    db.session.rollback()
    return db.session.get_one(SocialImport, import_id)


def kept(site_id: int) -> list[dict[str, str]]:
    return [dict(zip(columns.NAMES, row, strict=True)) for row in writing.rows_of(site_id)]


@pytest.mark.store
def test_an_old_sheet_keeps_its_codes_decisions_states_and_dates(app: Flask, cast: Cast) -> None:
    title = ["CE-F05 Formato Consolidado PQR de redes sociales"]
    sheet = xlsx(
        title, HEADS, ["0042", "3 de noviembre de 2024 3:15 p. m.", "Twitter", "@vecina", 52123456.0, "=1+1 sin agua",
                       "Sí", "Radicado", "2024-0007"],
        ["RS2024-000900", datetime(2024, 11, 4, 8, 0), "fb", "", None, "Hueco", "no", "cerrado", None],  # noqa: DTZ001 - a sheet knows no zone
        [None, "05/11/2024", "WhatsApp", None, None, "Poste caído", None, None, None],
    )  # fmt: skip

    looked = bring(app, cast, cast.tenjo, sheet)
    assert (looked.state, looked.rows, looked.errors, kept(cast.tenjo)) == ("looked", 3, [], [])
    imports.keep(cast.staff("comu"), cast.tenjo, looked.id)
    done = after(app, looked.id)

    first, second, third = kept(cast.tenjo)
    assert (done.state, done.done, done.content) == ("done", 3, None)
    assert {name: first[name] for name in ("code", "said_at", "network", "document", "body", "is_petition", "state",
                                           "radicado")} == {
        "code": "0042", "said_at": "2024-11-03 15:15:00", "network": "X", "document": "52123456",
        "body": "=1+1 sin agua", "is_petition": "Sí", "state": "Radicado", "radicado": "2024-0007",
    }  # fmt: skip
    assert (second["code"], second["network"], second["state"]) == ("RS2024-000900", "Facebook", "Respondido")
    assert third["code"].startswith("RS") and (third["state"], third["remarks"]) == ("Recibido", "Historia, importada")
    with pytest.raises(Conflict):
        imports.keep(cast.staff("comu"), cast.tenjo, looked.id)


def test_what_is_wrong_is_told_by_row_and_column_and_nothing_is_kept(app: Flask, cast: Cast, sign_in: Any) -> None:
    code = reports.capture(
        cast.tenjo, reports.Said("x", "tag", "", "", "Ya está", datetime(2026, 11, 3, tzinfo=UTC)), "system"
    )
    sheet = xlsx(
        HEADS, ["1", "30/10/2026", "facebook", "", "", "Uno", "", "", ""],
        ["2", None, "x", "", "", "Dos", "", "", ""], ["3", "ayer", "orkut", "", "", "Tres", "", "", ""],
        ["1", "30/10/2026", "x", "", "", "Repetido", "", "", ""], [code, "30/10/2026", "x", "", "", "Otra vez", "", "",
                                                                  ""],
        ["6", datetime(9999, 12, 31), "x", "", "", "", "quizás", "volando", ""], merge="B2:B3",  # noqa: DTZ001
    )  # fmt: skip

    looked = bring(app, cast, cast.tenjo, sheet)

    assert {(row, column) for row, column, _ in looked.errors} == {
        (4, "said_at"), (4, "network"), (5, "code"), (6, "code"), (7, "said_at"), (7, "body"), (7, "is_petition"),
        (7, "state"),
    }  # fmt: skip
    assert [7, "said_at", "social.console.bad_year"] in looked.errors
    page = sign_in("comu").get(f"/social/reports/imports/{looked.id}").text
    assert "Fila 4, columna Red social:" in page and "Fila 5, columna Código:" in page
    with pytest.raises(Conflict):
        imports.keep(cast.staff("comu"), cast.tenjo, looked.id)
    assert [row["code"] for row in kept(cast.tenjo)] == [code]


def test_a_code_that_came_into_use_meanwhile_is_refused_and_the_rest_kept(app: Flask, cast: Cast) -> None:
    ours = f"RS{datetime.now(UTC).year}-000001"
    row = ["30/10/2026", "x", "", "", "Uno", "", "", ""]
    looked = bring(app, cast, cast.tenjo, xlsx(HEADS, [ours, *row], ["9", *row]))
    reports.capture(cast.tenjo, reports.Said("x", "tag", "", "", "Nuevo", datetime(2026, 11, 3, tzinfo=UTC)), "system")

    imports.keep(cast.staff("comu"), cast.tenjo, looked.id)
    done = after(app, looked.id)

    assert (done.state, done.errors) == ("done", [[2, "code", "social.console.known_code"]])
    assert [(one["code"], one["body"]) for one in kept(cast.tenjo)] == [(ours, "Nuevo"), ("9", "Uno")]


def test_the_same_rows_without_codes_are_known_the_second_time(app: Flask, cast: Cast) -> None:
    sheet = xlsx(["Fecha", "Red", "Texto"], ["30/10/2026", "x", "Uno"])
    imports.keep(cast.staff("comu"), cast.tenjo, bring(app, cast, cast.tenjo, sheet).id)
    while app.extensions["ventanilla"].jobs.run_due():
        pass

    again = bring(app, cast, cast.tenjo, sheet)

    assert again.errors == [[2, "body", "social.console.known_report"]]


def test_a_file_that_is_no_such_sheet_is_said_to_be_none(
    app: Flask, cast: Cast, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MAX_BYTES", 1000)
    desk = sign_in("comu")
    broken = ((b"\x00\x01", "a.xlsx"), (b"PK\x03\x04", "a.xlsx"), (b"uno,dos\n1,2\n", "a.csv"))

    empty = desk.post("/social/reports/imports", {"file": (BytesIO(b""), "a.csv")})
    old = desk.post("/social/reports/imports", {"file": (BytesIO(imports.OLD_OFFICE + b"x"), "a.xlsx")})
    big = desk.post("/social/reports/imports", {"file": (BytesIO(b"x" * (imports.MAX_BYTES + 1)), "a.csv")})

    assert empty.status_code == 422 and 'id="e-file"' in empty.text
    assert "un .xls antiguo" in old.text and "pasa de 10 MB" in big.text
    for content, name in broken:
        answer = desk.post("/social/reports/imports", {"file": (BytesIO(content), name)})
        row = after(app, int(answer.location.rpartition("/")[2]))
        assert (row.state, row.content, row.wrong) == ("failed", None, 1)
        assert "No se pudo leer" in desk.get(f"/social/reports/imports/{row.id}").text


def test_an_import_that_breaks_or_hangs_lets_its_sheet_go(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    old = datetime.now(UTC) - imports.KEPT - timedelta(hours=1)
    with write():
        for state, made_at in (("reading", old), ("keeping", old), ("keeping", old - imports.KEPT)):
            db.session.add(SocialImport(site_id=cast.other, name="a.csv", content=b"x", actor="system", state=state,
                                        created_at=made_at))  # fmt: skip
    imports.forget({})
    left = [(row.state, row.content) for row in db.session.scalars(select(SocialImport).order_by(SocialImport.id))]
    assert left == [("dropped", None), ("keeping", b"x"), ("dropped", None)]

    def overflow(*_given: Any) -> None:
        raise OverflowError("Rosa Ejemplo")

    monkeypatch.setattr(dates, "read_moment", overflow)
    broken = bring(app, cast, cast.tenjo, xlsx(["Fecha", "Red", "Texto"], ["30/10/2026", "x", "Uno"]))

    assert (broken.state, broken.content, broken.errors) == ("failed", None, [[0, "", "social.console.look_failed"]])
    assert "OverflowError" in caplog.text and "Rosa" not in caplog.text


def test_old_rows_without_a_state_are_history_and_only_the_new_are_handed_over(
    app: Flask, cast: Cast, sign_in: Any
) -> None:
    english_heads = [columns.heading(name, "en") for name in ("said_at", "network", "body")]
    today = datetime.now(ZoneInfo("America/Bogota")).strftime("%Y-%m-%d")
    sheet = xlsx(
        ["Fecha", "Red", "Texto", "Fecha de respuesta", "Radicado", "Recibido por", "Fecha de entrega", "Notas"],
        ["2024-03-01", "x", "a", "2024-03-09", "7", "Eva", "2024-03-02"],
        ["2024-03-01", "x", "b", None, "8", "Eva"], ["2024-03-01", "x", "c", None, None, "Eva", "2024-03-02"],
        ["2024-03-01", "x", "d", None, None, None, "2024-03-02"],
        ["2024-03-01", "x", "e", None, None, None, None, "Vieja"], [today, "x", "f"],
    )  # fmt: skip
    looked = bring(app, cast, cast.tenjo, sheet)
    assert (looked.wrong, looked.history) == (0, 1)
    assert "1 fila no dice su estado" in sign_in("comu").get(f"/social/reports/imports/{looked.id}").text
    imports.keep(cast.staff("comu"), cast.tenjo, looked.id)
    after(app, looked.id)

    assert [(one["body"], one["state"], one["remarks"]) for one in kept(cast.tenjo)] == [
        ("a", "Respondido", ""), ("b", "Radicado", ""), ("c", "Recibido", ""), ("d", "Entregado", ""),
        ("e", "Recibido", "Vieja\nHistoria, importada"), ("f", "Por entregar", ""),
    ]  # fmt: skip
    assert reports.hand_over(cast.staff("comu"), cast.tenjo) == 1

    english = bring(app, cast, cast.tenjo, xlsx(english_heads, ["2024-03-01", "x", "g"]))
    imports.keep(cast.staff("comu"), cast.tenjo, english.id)
    after(app, english.id)
    assert kept(cast.tenjo)[-1]["remarks"] == "History, imported"


def test_a_sheet_of_too_many_rows_is_refused_before_it_is_opened(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Workbook()
    book.active.append(["Fecha", "Red", "Texto"])
    for number in range(60):
        book.active.append(["2026-10-01", "X", f"{number}"])
    out = BytesIO()
    book.save(out)
    monkeypatch.setattr("widgets.social.sheets.opening.MAX_ROWS", 30)
    monkeypatch.setattr("openpyxl.load_workbook", lambda *_a, **_k: pytest.fail("opened"))
    row = after(app, imports.bring(cast.staff("comu"), cast.tenjo, out.getvalue(), "a.xlsx"))

    assert (row.state, row.errors) == ("failed", [[0, "", "social.console.too_many_rows"]])


def _fill(site_id: int, rows: int) -> None:
    said = datetime(2026, 10, 1, 13, 30, 15, tzinfo=UTC)
    with write():
        for number in range(rows):
            row = reports.add(
                site_id,
                reports.Said(
                    ("facebook", "x", "whatsapp")[number % 3], ("comment", "message", "tag")[number % 3],
                    ("@a", "=cmd|' /C calc'!A0", "'b")[number % 3], "https://x.com/1" if number % 2 else "",
                    ("Sin agua\nhoy", "=1+1", "-2 días; \"así\", 'ñ'", "@todos 😀")[number % 4],
                    said + timedelta(minutes=number),
                    {"name": "Eva", "kind": reports.KINDS[number % 3], "remarks": "+57 310"}, number % 2 == 0,
                ),
                "staff:1",
            )  # fmt: skip
            row.evidence = {"identification": "CC 1", "address": "Calle 1", "object": "agua", "grounds": "=A1"}
            row.is_petition, row.decision = (None, True, False)[number % 3], ("", "petition", "asked")[number % 3]
            row.state, row.handed_at, row.handed_by = reports.HANDED, said, "staff:2"
            row.due_on = said.date()


def _round_trip(cast: Cast, shape: str, rows: int) -> bytes:
    _fill(cast.tenjo, rows)
    made = (writing.to_csv if shape == "csv" else writing.to_xlsx)(cast.tenjo)
    with write():
        row = SocialImport(site_id=cast.other, name=f"a.{shape}", content=made, actor="system", state="reading")
        db.session.add(row)
        db.session.flush()
        import_id = row.id

    imports.work({"import": import_id})
    with write():
        db.session.get_one(SocialImport, import_id).state = imports.KEEPING
    imports.work({"import": import_id})

    assert list(writing.rows_of(cast.other)) == list(writing.rows_of(cast.tenjo))
    assert len(kept(cast.other)) == rows
    return made


@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_a_register_comes_back_as_it_was_and_runs_no_formula(cast: Cast, shape: str) -> None:
    made = _round_trip(cast, shape, 24)

    if shape == "csv":
        cells = [cell for row in csv.reader(StringIO(made.decode("utf-8-sig"))) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] and "'=1+1" in cells
    else:
        assert {cell.data_type for row in load_workbook(BytesIO(made)).active for cell in row} <= {"s", "n"}


@pytest.mark.full
@pytest.mark.parametrize("shape", ["csv", "xlsx"])
def test_five_thousand_rows_come_back_as_they_were(cast: Cast, shape: str) -> None:
    _round_trip(cast, shape, 5_000)


WRITTEN: dict[Any, tuple[int, int, int]] = {
    "2026-11-30": (30, 0, 0), "30/11/2026 08:05": (30, 8, 5), "30 de noviembre del 2026": (30, 0, 0),
    "30/11/26": (30, 0, 0), "30-11-2026 3:15 p. m.": (30, 15, 15), "2026-11-30T08:05": (30, 8, 5),
    46_356.336_806: (30, 8, 5), "3-nov-26": (3, 0, 0), "03 Nov. 2026 8:05 a.m.": (3, 8, 5),
    "martes, 3 de noviembre de 2026": (3, 0, 0), "Miércoles 4 de Nov de 2026": (4, 0, 0), "Nov 3, 2026": (3, 0, 0),
    "1.º de noviembre de 2026": (1, 0, 0), "2026-11-03T10:15:00-05:00": (3, 10, 15), "3/nov/2026": (3, 0, 0),
}  # fmt: skip


def test_a_date_may_be_written_as_people_write_it() -> None:
    for text, means in WRITTEN.items():
        found = dates.read_moment("said_at", text, UTC)  # type: ignore[arg-type]

        assert found is not None, text
        assert (found.year, found.month, found.day, found.hour, found.minute) == (2026, 11, *means), text
    for part, hour in ((8.995 / 24, time(9, 0)), (0.5, time(12)), (0.999_99, time(23, 59)), (7.0 / 24, time(7))):
        assert dates.read_hour("hour", part, UTC) == hour  # type: ignore[arg-type]
    assert dates.read_hour("hour", datetime(1899, 12, 30, 8, 5), UTC) == time(8, 5)  # type: ignore[arg-type]  # noqa: DTZ001
    for text in ("ayer", "31/11/2026", "3 de brumario de 2026", "2026-13-01", "=HOY()", "31/12/1999", "2100-01-01",
                 "9999-12-31T23:59:59-05:00"):  # fmt: skip
        with pytest.raises(Invalid):
            dates.read_moment("said_at", text, UTC)  # type: ignore[arg-type]


def test_a_book_as_an_office_keeps_it_comes_whole(app: Flask, cast: Cast) -> None:
    """Months on sheets, headings of two rows, an hour of its own, columns that are none of ours, one of them hidden."""
    groups = ["Turno", "Fecha", "Hora", "Red", "Solicitante", None, "Mensaje"]
    names = [None, None, None, None, "Nombre", "Cédula", None]
    book, first = Workbook(), ["Mañana", "3-nov-25", "3:15 p. m.", "Messenger", "Rosa Ejemplo", 52123456.0, "Sin agua"]
    november, december, notes = book.active, book.create_sheet("Diciembre"), book.create_sheet("Notas")
    for row in (["CE-F05"], groups, names, first, ["Tarde", *first[1:]]):
        november.append(row)
    november.merge_cells("E2:F2")
    november.merge_cells("B2:B3")
    november.merge_cells("B4:B5")
    november.column_dimensions["A"].hidden = True
    december.append(["Mensaje", "Red", "Fecha", "Hora", "Turno"])
    december.append(["Hueco", "fb", datetime(2025, 12, 1), time(8, 5), "Tarde"])  # noqa: DTZ001 - a sheet knows no zone
    december.append(["Poste", "fb", datetime(2025, 12, 1), "tarde", ""])  # noqa: DTZ001
    notes.append(["Nada que leer"])
    out = BytesIO()
    book.save(out)

    looked = bring(app, cast, cast.tenjo, out.getvalue())
    december["D3"] = 0.5
    november["G5"] = "Sin agua aún"
    out = BytesIO()
    book.save(out)
    mended = bring(app, cast, cast.tenjo, out.getvalue())
    assert mended.errors == []
    imports.keep(cast.staff("comu"), cast.tenjo, mended.id)
    after(app, mended.id)

    assert looked.errors == [["5 (Sheet)", "body", "social.console.known_report"],
                             ["3 (Diciembre)", "hour", "social.console.bad_hour"]]  # fmt: skip
    found = kept(cast.tenjo)
    assert [(one["said_at"], one["name"], one["document"], one["remarks"].removesuffix("Historia, importada").strip())
            for one in found] == [
        ("2025-11-03 15:15:00", "Rosa Ejemplo", "52123456", "Turno: Mañana"),
        ("2025-11-03 15:15:00", "Rosa Ejemplo", "52123456", "Turno: Tarde"),
        ("2025-12-01 08:05:00", "", "", "Turno: Tarde"), ("2025-12-01 12:00:00", "", "", ""),
    ]  # fmt: skip


def test_a_text_of_cells_is_read_by_whatever_parts_them(app: Flask, cast: Cast) -> None:
    lines = "CE-F05, formato consolidado\n\nFecha{0}Red{0}Mensaje{0}Objeto\n3/11/2025{0}Facebook{0}Ñame, {1}{0}{2}\n"
    sent = (
        lines.format(";", "año", "x" * 2_001).encode("cp1252"), lines.format("\t", "sí", "").encode("utf-16"),
        ("\ufeff" + lines.format(",", "", "").replace("Ñame, ", '"Ñame, ay"')).encode(),
    )  # fmt: skip

    looked = [bring(app, cast, cast.tenjo, content, "a.csv") for content in sent]

    assert [(one.state, one.rows, one.wrong) for one in looked] == [
        ("looked", n, w) for n, w in ((0, 1), (1, 0), (1, 0))
    ]
    assert looked[0].errors == [[4, "object", "social.console.too_long"]]


def test_every_heading_of_the_form_is_understood_in_both_languages() -> None:
    for lang in columns.LANGUAGES:
        assert [columns.column_of(columns.heading(name, lang)) for name in columns.NAMES] == list(columns.NAMES)
    assert opening.MAX_ROWS >= 5_000
