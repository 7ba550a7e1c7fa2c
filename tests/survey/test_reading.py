"""Results are read on: what people wrote under tags, a printed report fit to be published, and how many are needed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.db import db, write
from tests.conftest import Cast
from tests.documents.reading import read
from tests.survey.conftest import Opener, question
from widgets.survey import service
from widgets.survey.models import Survey, SurveyAnswer, SurveyTag


def _survey() -> Survey:
    db.session.rollback()
    return db.session.scalars(select(Survey)).one()


def _answers(*many: dict[str, Any]) -> None:
    survey_id = _survey().id
    with write():
        db.session.add_all([SurveyAnswer(survey_id=survey_id, version=1, values=values) for values in many])


@pytest.mark.store
def test_texts_are_searched_without_accents_and_put_under_tags(sign_in: Any, opened: Opener) -> None:
    opened(question("q1", "long"), question("q2", "yes_no"))
    _answers({"q1": "La vía está rota"}, {"q1": "Más VIAS y árboles"}, {"q1": "Nada"}, {"q2": "yes"})
    desk, base = sign_in("comu"), f"/survey/{_survey().id}/texts"

    found = desk.get(f"{base}?q=via").text
    for _ in range(2):
        desk.post(base, {"question": "q1", "answer": ["1", "2", "999"], "tag": "  vías  rotas "})
    tagged = desk.get(f"{base}?tag=vías rotas").text
    desk.post(base, {"question": "q1", "answer": ["2"], "tag": "vías rotas", "act": "untag"})

    assert "La vía está rota" in found and "árboles" in found and "Nada" not in found
    assert "2 respuestas." in tagged and "Nada" not in tagged
    db.session.rollback()
    assert [(row.answer_id, row.tag) for row in db.session.scalars(select(SurveyTag))] == [(1, "vías rotas")]


def test_an_empty_tag_another_question_and_a_reader_change_nothing(sign_in: Any, opened: Opener) -> None:
    opened(question("q1", "long"), question("q2", "yes_no"))
    _answers({"q1": "Vía"})
    desk, base = sign_in("comu"), f"/survey/{_survey().id}/texts"

    assert "Elija respuestas" in desk.post(base, {"question": "q1", "tag": "x"}, follow_redirects=True).text
    assert desk.post(base, {"question": "q2", "answer": "1", "tag": "x"}).status_code == 404
    assert sign_in("audi").post(base, {"question": "q1", "answer": "1", "tag": "x"}).status_code == 403
    assert db.session.scalar(select(SurveyTag.id)) is None


def test_the_report_is_an_accessible_document_without_what_points_at_a_person(
    cast: Cast, sign_in: Any, opened: Opener
) -> None:
    opened(
        question("q1", "single"), question("q2", "matrix"), question("q3", "long"), question("q4", "yes_no"),
        design="random", population=1000, universe="Hogares de Tenjo",
    )  # fmt: skip
    texts = {"q2": {"r1": "o1"}, "q3": "Vivo en la calle 3"}
    _answers(*[{"q1": "o1", **texts}] * 20, *[{"q1": "o2", "q4": "no"}] * 9, *[{"q1": "o3", "q4": "no"}] * 7)
    _answers(*[{"q4": "yes"}] * 2)
    service.close(cast.staff("comu"), cast.tenjo, _survey().id)

    answer = sign_in("comu").get(f"/survey/{_survey().id}/report.pdf")
    told = read(answer.data)

    assert answer.status_code == 200 and told.tagged and told.ua and told.title == "Informe: Obras"
    assert "Barras de «Pregunta q1»" in told.alts[0]
    assert "Hogares de Tenjo" in told.text and "55,6" in told.text
    # Two of eighteen, and the sixteen beside them that would tell of the two.
    assert "calle" not in told.text and "11,1" not in told.text and "88,9" not in told.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"people": "1000", "margin": "5", "confidence": "95"}, "278 respuestas"),
        ({"people": "10000", "margin": "3", "confidence": "95"}, "965 respuestas"),
        ({"people": "", "margin": "5", "confidence": "95", "answers": "400"}, "± 4,90 puntos"),
        ({"people": "0", "margin": "0", "confidence": "95"}, "entre 0,1 y 50"),
    ],
)
def test_the_size_of_a_sample_is_worked_out(sign_in: Any, cast: Cast, asked: dict[str, str], said: str) -> None:
    assert said in sign_in("comu").get("/survey/sample", query_string=asked).text
