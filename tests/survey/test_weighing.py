"""Targets by group, weights that are said for what they are worth, and cross tables."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from app.db import db, write
from app.errors import Invalid
from tests.conftest import Cast, HostPage
from tests.survey.conftest import Opener, question
from widgets.survey import counting, results, setting_up
from widgets.survey.models import Survey, SurveyAnswer


def _survey() -> Survey:
    db.session.rollback()
    return db.session.scalars(select(Survey)).one()


def _answers(survey: Survey, **counts: int) -> None:
    """Answers by two options: o1o2=30 is thirty people of o1 who say o2."""
    with write():
        for both, count in counts.items():
            values = {"q1": both[:2], "q2": both[2:]}
            db.session.add_all(
                [SurveyAnswer(survey_id=survey.id, version=1, values=dict(values)) for _ in range(count)]
            )


TABLE = "pregunta;grupo;personas\nq1;Opción 1;5.000\nq1;opcion 2;5.000\nq1;o3;0\n"


@pytest.mark.store
def test_weighted_and_unweighted_stand_side_by_side(sign_in: Any, opened: Opener) -> None:
    opened(question("q1", "single"), question("q2", "single"))
    _answers(_survey(), o1o1=60, o1o2=15, o2o1=5, o2o2=20)
    desk, base = sign_in("comu"), f"/survey/{_survey().id}"

    saved = desk.post(f"{base}/targets", {"goal": "100", "table": TABLE})
    page = desk.get(f"{base}/results").text

    # 75 and 25 brought to halves: weights 2/3 and 2; n effective 75, design effect 4/3; 65 % of o1 become 50 %.
    assert saved.status_code == 302
    assert "Sus 100 respuestas valen como 75" in page
    assert "75,0" in page and "1,33" in page
    lines = results.view(_survey(), "es")[1]["lines"]
    assert [(line["share"], line["weighted"]) for line in lines[:2]] == [(65.0, 50.0), (35.0, 50.0)]


@pytest.mark.parametrize(
    ("confidence", "margin", "interval", "weighted_margin", "weighted_interval"),
    [
        (90, "± 7,81 puntos", "67,28–81,40", "± 9,14 puntos", "40,67–59,33"),
        (95, "± 9,30 puntos", "65,70–82,45", "± 10,89 puntos", "38,96–61,04"),
        (99, "± 12,22 puntos", "62,53–84,36", "± 14,31 puntos", "35,75–64,25"),
    ],
)
def test_the_sheet_tells_margins_at_the_confidence_that_staff_chose(
    sign_in: Any, opened: Opener, confidence: int, margin: str, interval: str, weighted_margin: str,
    weighted_interval: str,
) -> None:  # fmt: skip
    # Of 100 among 1,000, and of the 75 that they are worth, by scipy 1.17.1: norm.ppf, binomtest, and for the weighted
    # share of a half the roots of Wilson's equation by brentq.
    opened(question("q1", "single"), design="random", population=1000, confidence=confidence)
    _answers(_survey(), o1o1=75, o2o1=25)
    desk, base = sign_in("comu"), f"/survey/{_survey().id}"
    desk.post(f"{base}/targets", {"goal": "100", "table": TABLE})

    page = desk.get(f"{base}/results").text

    assert f"{confidence} %" in page and margin in page and interval in page
    assert weighted_margin in page and weighted_interval in page
    assert "de Wilson, por respuesta" in page and "no llevan corrección por población finita" in page


def test_a_full_group_shows_as_beyond_and_turns_nobody_away(host: HostPage, sign_in: Any, opened: Opener) -> None:
    key = opened(question("q1", "single"), question("q2", "single"))
    _answers(_survey(), o1o1=3)
    desk, base = sign_in("comu"), f"/survey/{_survey().id}"
    desk.post(f"{base}/targets", {"goal": "4", "file": (io.BytesIO(TABLE.encode("utf-8-sig")), "dane.csv")})

    taken = host.send("/survey/answers", {"survey": key, "version": 1, "answers": {"q1": "o1"}, "device": "d" * 32})
    page = desk.get(f"{base}/targets").text

    assert taken.status_code == 201, taken.text
    assert "Donde más faltan: opcion 2" in page
    assert "No hay pesos: nadie respondió en q1: opcion 2" in page
    assert "nadie respondió" in desk.get(f"{base}/results").text


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("q1;o1;10\nq1;o2;10\nq1;o3;0\nq2;o1;50\nq2;o2;0\nq2;o3;0", "no cuadran: q1: 20, q2: 50"),
        ("q1;o1;10\nq1;o1;10\nq1;o3;5", "Línea 2: ese grupo ya"),
        ("q9;o1;10", "Línea 1: la primera columna"),
        ("q1;Marte;10", "Línea 1: la pregunta no tiene ese grupo"),
        ("q1;o1;10\nq1;o2;muchos", "Línea 2: el tercer dato"),
        ("q1;o1;10", "faltan 2 grupos"),
        ("q1;o1;0\nq1;o2;0\nq1;o3;0", "suman cero"),
        ("q3;18-25;10\nq3;20-30;10", "comparte edades"),
    ],
)
def test_a_table_that_does_not_add_up_is_said_and_kept(sign_in: Any, opened: Opener, table: str, said: str) -> None:
    opened(question("q1", "single"), question("q2", "single"), question("q3", "number"))

    page = sign_in("comu").post(f"/survey/{_survey().id}/targets", {"goal": "100", "table": table})

    assert page.status_code == 422
    assert said in page.text
    assert table.splitlines()[0] in page.text
    assert _survey().targets == {}


def test_a_table_that_is_only_a_head_takes_no_targets_away(sign_in: Any, opened: Opener) -> None:
    opened(question("q1", "yes_no"))
    desk, path = sign_in("comu"), f"/survey/{_survey().id}/targets"
    desk.post(path, {"table": "q1;yes;60\nq1;no;40", "goal": "10"})

    answer = desk.post(path, {"table": "pregunta;grupo;personas", "goal": "10"})

    assert answer.status_code == 422 and "pregunta;grupo;personas" in answer.text
    assert _survey().targets["goal"] == 10


def test_ages_fall_into_their_bands(cast: Cast, opened: Opener) -> None:
    opened(question("q1", "single"), question("q3", "number"))
    setting_up.save_targets(cast.staff("comu"), cast.tenjo, _survey().id, "q3;18-25;50\nq3;26-59;30\nq3;60+;20", 100)
    survey = _survey()
    with write():
        for age in (18, 25, 25.5, 26, 60, 99, 17):
            db.session.add(SurveyAnswer(survey_id=survey.id, version=1, values={"q3": age}))

    cells = counting.tallies(_survey()).cells

    assert cells == {("18-25",): 3, ("26-59",): 1, ("60-",): 2, ("",): 1}


def test_two_questions_are_crossed_with_a_test(sign_in: Any, opened: Opener) -> None:
    opened(question("q1", "single"), question("q2", "single"))
    _answers(_survey(), o1o1=20, o1o2=30, o2o1=30, o2o2=20)
    desk, base = sign_in("comu"), f"/survey/{_survey().id}"

    page = desk.get(f"{base}/cross?row=q1&column=q2").text

    desk.post(f"{base}/targets", {"table": "q2;o1;50\nq2;o2;25\nq2;o3;0", "goal": "100"})
    weighed = desk.get(f"{base}/cross?row=q1&column=q2").text

    assert "Ji cuadrado = 4,00, 1 grados de libertad, p = 0,046; V de Cramér = 0,20" in page
    assert "Yates: ji cuadrado = 3,24, p = 0,072" in page
    assert "30 · 60,0 %" in page and "ponderado" not in page
    # Each of o2 weighs 2/3 and each of o1 4/3: 20 of 50 are then 20 x 4/3 of 20 x 4/3 + 30 x 2/3.
    assert "20 · 40,0 %<br>ponderado 57,1 %" in weighed
    assert "dos preguntas distintas" in desk.get(f"{base}/cross?row=q1&column=q1").text


def test_a_goal_of_nothing_is_refused(cast: Cast, opened: Opener) -> None:
    opened(question("q1", "single"))

    with pytest.raises(Invalid) as said:
        setting_up.save_targets(cast.staff("comu"), cast.tenjo, _survey().id, TABLE, 0)

    assert list(said.value.fields) == ["goal"]
