"""Answers are taken along as files that are made beside everything else: sheets, SPSS, codebook, open data."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyreadstat
import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from app.clock import now
from app.db import db, write
from tests.conftest import Cast
from tests.survey.conftest import Opener, question, survey_of
from widgets.survey import exporting, service
from widgets.survey.models import Survey, SurveyAnswer, SurveyExport


def _survey() -> Survey:
    db.session.rollback()
    return db.session.scalars(select(Survey)).one()


def _fill(survey_id: int, many: list[dict[str, Any]]) -> None:
    with write():
        db.session.add_all([SurveyAnswer(survey_id=survey_id, version=1, values=values) for values in many])


Taker = Any


@pytest.fixture
def take(app: Flask, sign_in: Any) -> Taker:
    """`take("csv")` asks for a file at the console, lets the worker make it, and returns what is downloaded."""
    desk = sign_in("comu")

    def get(kind: str) -> bytes:
        base = f"/survey/{_survey().id}/exports"
        asked = desk.post(base, {"kind": kind})
        app.extensions["ventanilla"].jobs.run_due(50)
        page = desk.get(base).text
        [number, *_] = db.session.scalars(select(SurveyExport.id).order_by(SurveyExport.id.desc()))
        answer = desk.get(f"{base}/{number}/file")
        assert (asked.status_code, answer.status_code) == (302, 200), answer.text
        assert f"{base}/{number}/file" in page
        data = bytes(answer.data)
        answer.close()
        return data

    return get


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def spss(data: bytes, folder: Path) -> Any:
    path = folder / "answers.sav"
    path.write_bytes(data)
    return pyreadstat.read_sav(str(path), output_format="dict")


def test_sheets_have_no_formulas_and_no_hours(
    cast: Cast, opened: Opener, take: Taker, tmp_path: Path
) -> None:
    text = {"es": "=1+1"}
    options = [{"key": "o1", "text": {"es": "=3"}}, {"key": "o2", "text": {"es": "+x"}}]
    rows = [{"key": "r1", "text": {"es": "@fila"}}, {"key": "r2", "text": {"es": " =4"}}]
    opened(
        question("q1", "matrix", text=text, options=options, rows=rows), question("q2", "single", options=options),
        question("q3", "short", text=text), question("q4", "multiple", text=text, options=options),
    )  # fmt: skip
    whole = {"q1": {"r1": "o1", "r2": "o2"}, "q2": "o1", "q3": "＝HYPERLINK(\"http://x\")", "q4": ["o2"]}
    _fill(_survey().id, [whole] * 12)
    service.close(cast.staff("comu"), cast.tenjo, _survey().id)

    data, meta = spss(take("sav"), tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(take("xlsx")))
    answers = take("csv")
    sheets = [row for made in (answers, take("codebook"), take("open")) for row in csv.reader(
        io.StringIO(made.decode("utf-8-sig")))]  # fmt: skip

    cells = [*sheets, *([cell.value for cell in row] for page in book for row in page), *(
        list(labels.values()) for labels in meta.variable_value_labels.values()), data["q3"], meta.column_labels]
    texts = [cell for row in cells for cell in row if isinstance(cell, str)]
    assert [text for text in texts if text.strip().startswith(("=", "+", "@", "＝"))] == []
    assert {"'=3", "'+x", "'=1+1: @fila", "' =4"} <= set(texts)
    assert {cell.data_type for page in book for row in page for cell in row} <= {"s", "n"}
    [told, *_] = rows_of(answers)
    assert told["q4.o2 =1+1: +x"] == "1" and ":" not in told["Día"]


@pytest.mark.store
def test_spss_reads_labels_codes_and_long_texts_as_they_were(opened: Opener, take: Taker, tmp_path: Path) -> None:
    opened(
        question("q1", "single", other=True), question("q2", "multiple"), question("q3", "matrix"),
        question("q4", "likert"), question("q5", "number"), question("q6", "long"), question("q7", "ranking"),
        question("q8", "date"),
    )  # fmt: skip
    long = "Vía rota frente al colegio, señor alcalde. " * 60 + "Fin"
    _fill(_survey().id, [
        {"q1": "o2", "q2": ["o1", "o3"], "q3": {"r1": "o3"}, "q4": 5, "q5": 2.5, "q6": long, "q7": ["o3", "o1"],
         "q8": "2026-11-28"},
        {"q1": "other", "q1_other": "Ñame 🙂"},
    ])  # fmt: skip

    data, meta = spss(take("sav"), tmp_path)

    assert meta.number_rows == 2 and meta.file_encoding == "UTF-8"
    assert meta.column_names_to_labels["q3.r1"] == "Pregunta q3: Fila 1"
    assert meta.variable_value_labels["q1"] == {1: "Opción 1", 2: "Opción 2", 3: "Opción 3", 4: "Otra"}
    assert (list(data["q1"]), list(data["q2.o1"]), list(data["q3.r1"])) == ([2.0, 4.0], [1.0, None], [3.0, None])
    assert (data["q4"][0], data["q5"][0], data["q7.o1"][0], data["q7.o2"][0]) == (5.0, 2.5, 2.0, None)
    assert (data["q6"][0], data["q1_other"][1], data["q8"][0]) == (long, "Ñame 🙂", "2026-11-28")
    assert meta.variable_value_labels["q4"][5.0] == "Muy satisfecho"
    assert (meta.variable_measure["q5"], meta.variable_measure["q1"]) == ("scale", "nominal")


def test_each_answer_has_its_weight_in_every_file(sign_in: Any, opened: Opener, take: Taker, tmp_path: Path) -> None:
    opened(question("q1", "single"))
    _fill(_survey().id, [{"q1": "o1"}] * 75 + [{"q1": "o2"}] * 25)
    sign_in("comu").post(f"/survey/{_survey().id}/targets", {"goal": "100", "table": "q1;o1;50\nq1;o2;50\nq1;o3;0"})

    told, (data, _) = rows_of(take("csv")), spss(take("sav"), tmp_path)

    # 75 and 25 brought to halves: 2/3 and 2, which sum to the hundred that answered.
    assert {row["peso"] for row in told} == {"0.666667", "2"} or {row["peso"] for row in told} == {"0.666667", "2.0"}
    assert sum(data["weight"]) == pytest.approx(100)


def test_answers_of_every_version_leave_under_what_was_asked(
    cast: Cast, opened: Opener, take: Taker, sign_in: Any
) -> None:
    opened(question("q1", "single"), question("q2", "yes_no"), question("q3", "short"))
    staff, survey_id = cast.staff("comu"), _survey().id
    _fill(survey_id, [{"q1": "o3", "q2": "yes", "q3": "Antes"}])
    newer = survey_of(question("q1", "multiple"), question("q3", "short", text={"es": "¿Qué falta?"}),
                      question("q4", "number"))  # fmt: skip
    service.edit(staff, cast.tenjo, survey_id, lambda _draft: newer)
    service.open_survey(staff, cast.tenjo, survey_id)
    with write():
        db.session.add(SurveyAnswer(survey_id=survey_id, version=2, values={"q1": ["o1"], "q3": "Ahora", "q4": 7}))

    first, second = rows_of(take("csv"))
    book = {row["Variable"]: list(row.values())[-1] for row in rows_of(take("codebook"))}
    page = sign_in("comu").get(f"/survey/{survey_id}/results").text
    texts = sign_in("comu").get(f"/survey/{survey_id}/texts?question=q3").text

    told = [list(row.values())[4:] for row in (first, second)]
    assert list(first)[4:] == [
        "q1.o1 Pregunta q1: Opción 1", "q1.o2 Pregunta q1: Opción 2", "q1.o3 Pregunta q1: Opción 3", "q3 ¿Qué falta?",
        "q4 Pregunta q4", "q1_v1 Pregunta q1", "q2 Pregunta q2",
    ]  # fmt: skip
    assert told == [["", "", "", "Antes", "", "Opción 3", "Sí"], ["1", "0", "0", "Ahora", "7", "", ""]]
    assert (book["q1.o1"], book["q1_v1"], book["q3"]) == ("2", "1", "1-2; 1: «Pregunta q3»")
    assert "Se preguntó en las versiones: 1." in page
    assert "Antes" in texts and "Ahora" in texts


def test_an_option_is_blank_for_who_was_not_offered_it(cast: Cast, opened: Opener, take: Taker) -> None:
    def asked(*options: str, other: bool) -> dict[str, Any]:
        return question("q1", "multiple", options=[{"key": one, "text": {"es": one}} for one in options], other=other)

    opened(asked("o1", "o2", other=False))
    staff, survey_id = cast.staff("comu"), _survey().id
    _fill(survey_id, [{"q1": ["o1"]}])
    service.edit(staff, cast.tenjo, survey_id, lambda _draft: survey_of(asked("o1", "o3", other=True)))
    service.open_survey(staff, cast.tenjo, survey_id)
    with write():
        db.session.add(SurveyAnswer(survey_id=survey_id, version=2, values={"q1": ["o1"]}))

    rows = rows_of(take("csv"))
    book = {row["Variable"]: list(row.values())[-1] for row in rows_of(take("codebook"))}

    told = [{name.split(" ")[0]: said for name, said in row.items() if name.startswith("q1")} for row in rows]
    assert told == [
        {"q1.o1": "1", "q1.o3": "", "q1.o2": "0", "q1.other": "", "q1_other": ""},
        {"q1.o1": "1", "q1.o3": "0", "q1.o2": "", "q1.other": "0", "q1_other": ""},
    ]
    assert (book["q1.o1"], book["q1.o2"], book["q1.o3"], book["q1_other"]) == ("1-2", "1", "2", "2")


def test_the_codebook_tells_what_each_code_means(six: str, take: Taker) -> None:
    book = rows_of(take("codebook"))

    said = {(row["Variable"], row["Código en SPSS"]): row["Significado"] for row in book}
    assert said["q1", "1"] == "Sí" and said["q1", "2"] == "No"
    assert {row["Variable"] for row in book} >= {"num", "channel", "q3.o1", "q6"}


def test_open_data_hides_small_cells_and_holds_no_person(cast: Cast, opened: Opener, take: Taker) -> None:
    opened(question("q1", "single"), question("q2", "long"), question("q3", "stars"))
    few = [{"q1": "o3", "q2": "Vivo en la calle 3", "q3": 2}] * 2
    _fill(_survey().id, [{"q1": "o1", "q3": 1}] * 20 + [{"q1": "o2", "q3": 3}] * 9 + few
          + [{"q3": 4}] * 6 + [{"q3": 5}] * 7)  # fmt: skip
    service.close(cast.staff("comu"), cast.tenjo, _survey().id)

    data = take("open")

    told = [(row["Respuesta"], row["Personas"]) for row in rows_of(data)]
    # Hiding the two alone would let anyone take the others from the sum: neighbours go with them.
    assert told[:3] == [("Opción 1", ""), ("Opción 2", ""), ("Opción 3", "")]
    assert [people for _, people in told[3:]] == ["", "", "9", "6", "7"]
    assert "calle" not in data.decode() and "menos de 5" in data.decode()


def test_asking_twice_makes_one_file_and_a_made_one_goes_after_a_week(
    app: Flask, sign_in: Any, six: str
) -> None:
    desk, base = sign_in("comu"), f"/survey/{_survey().id}/exports"
    for _ in range(2):
        desk.post(base, {"kind": "csv"})
    early = desk.get(f"{base}/1/file").status_code
    waiting = desk.get(base).text
    db.session.rollback()
    exporting.make({"export": 1})
    exporting.make({"export": 1})
    db.session.rollback()
    [made] = exporting.exports_of(_survey().id)
    storage = app.extensions["ventanilla"].storage
    assert made.state == "done", (made.problem, made.total)
    there = storage.path(made.key).is_file()
    key = made.key
    with time_machine.travel(now() + timedelta(days=8)):
        exporting.forget({})

    assert early == 404
    assert "<progress" in waiting and "data-watch" in waiting
    assert there and not (storage.root / key[:2] / key[2:4] / key).exists()
    assert not list(storage.incoming.glob("export-*"))
    assert exporting.exports_of(_survey().id) == []


def test_another_surveys_file_and_an_unknown_kind_are_not_there(sign_in: Any, cast: Cast, six: str) -> None:
    desk, survey_id = sign_in("comu"), _survey().id
    other = service.create(cast.staff("comu"), cast.tenjo, "Otra")
    asked = exporting.ask(cast.staff("comu"), cast.tenjo, survey_id, "codebook", "es")
    exporting.make({"export": asked})

    assert desk.get(f"/survey/{other}/exports/{asked}/file").status_code == 404
    assert desk.post(f"/survey/{survey_id}/exports", {"kind": "exe"}).status_code == 422
    assert sign_in("web").post(f"/survey/{survey_id}/exports", {"kind": "csv"}).status_code == 403


@pytest.mark.parametrize("many", [2_500, pytest.param(20_000, marks=pytest.mark.full)])
def test_a_big_file_tells_how_far_it_is_and_reads_in_chunks(
    app: Flask, opened: Opener, cast: Cast, tmp_path: Path, many: int
) -> None:
    opened(question("q1", "single"), question("q2", "number"))
    survey_id = _survey().id
    values = itertools.cycle([{"q1": "o1", "q2": 3}, {"q1": "o2", "q2": 4}])
    _fill(survey_id, list(itertools.islice(values, many)))
    asked = exporting.ask(cast.staff("comu"), cast.tenjo, survey_id, "sav", "es")
    reads: list[str] = []
    heard = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def count(_c: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if "survey_answers.values" in statement.replace('"', "") and "LIMIT" in statement:
            reads.append(statement)
        if statement.startswith("UPDATE survey_exports SET done"):
            heard.append(parameters[0] if isinstance(parameters, tuple) else parameters["done"])

    exporting.make({"export": asked})
    event.remove(db.engine, "before_cursor_execute", count)

    made = exporting.exports_of(survey_id)[0]
    data, _ = spss(app.extensions["ventanilla"].storage.path(made.key).read_bytes(), tmp_path)
    assert (made.state, made.done, made.total) == ("done", many, many)
    assert heard == [1_000 * (n + 1) for n in range(many // 1_000)]
    assert len(reads) == many // 1_000 + (2 if many % 1_000 else 1)
    assert (len(data["q1"]), sum(data["q2"])) == (many, many * 3.5)
