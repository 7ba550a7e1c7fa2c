"""What keeps a survey from being opened, and whether it may call itself encuesta."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import db
from tests.conftest import Cast, HostPage
from tests.survey.conftest import Opener, question, send, survey_of
from widgets.survey import counting, results, service
from widgets.survey.branching import shown
from widgets.survey.definition import political, problems


def _said(*questions: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.message_key.rpartition(".")[2], one.question) for one in problems(survey_of(*questions))]


def _if(asked: str, value: str = "yes", op: str = "is") -> dict[str, Any]:
    return {"op": op, "q": asked, "v": value}


def test_a_whole_survey_has_no_problems() -> None:
    assert _said(question("q1", "yes_no"), question("q2", "short", show_if=_if("q1"))) == []


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ([], [("no-questions", "")]),
        ([question("q1", "yes_no", show_if=_if("q1"))], [("loop", "q1")]),
        ([question("q1", "yes_no", show_if=_if("q2")), question("q2", "yes_no")], [("loop", "q1")]),
        ([question("q2", "short", show_if=_if("q1"))], [("deleted-question", "q2")]),
        ([question("q1", "single"), question("q2", "short", show_if=_if("q1", "o9"))], [("deleted-option", "q2")]),
        ([question("q1", "single", options=[])], [("options", "q1")]),
        ([question("q1", "yes_no", text={})], [("no-text", "q1")]),
        ([question("q1", "number", low=5, high=1)], [("range-order", "q1")]),
        ([question("q1", "yes_no"), question("q1", "yes_no")], [("key-twice", "q1")]),
        ([question("q1", "file"), question("q2", "file")], [("one-file", "q2")]),
        ([question("q1", "yes_no", show_if={"op": "exec", "q": "x"})], [("expression", "q1")]),
        ([question("q1", "yes_no", show_if="__import__('os')")], [("expression", "q1")]),
        ([question(f"q{n}", "yes_no") for n in range(500)], [("too-many-questions", "")]),
    ],
)
def test_each_problem_is_named_with_its_question(questions: list[dict[str, Any]], said: list[tuple[str, str]]) -> None:
    assert _said(*questions) == said


def test_a_question_that_no_answer_leads_to_is_found() -> None:
    both = {"op": "all", "of": [_if("q1", "yes"), _if("q1", "no")]}

    assert _said(question("q1", "yes_no"), question("q2", "short", show_if=both)) == [("unreachable", "q2")]


def test_a_question_behind_a_hidden_one_is_unreachable_too() -> None:
    behind = question("q3", "short", show_if=_if("q2", "yes"))
    hidden = question("q2", "yes_no", show_if=_if("q1", "no"))
    needs_yes = question("q4", "short", show_if={"op": "all", "of": [_if("q2", "yes"), _if("q1", "yes")]})

    assert _said(question("q1", "yes_no"), hidden, behind, needs_yes) == [("unreachable", "q4")]


def test_a_contradiction_is_found_among_many_branches_and_options() -> None:
    """Fourteen questions that branch: three answers to each are more combinations than could be tried together."""
    many = [question(f"q{n}", "yes_no") for n in range(1, 15)]
    opens = [question(f"a{n}", "short", show_if=_if(f"q{n}", "yes")) for n in range(1, 15)]
    never = question("z1", "short", show_if={"op": "all", "of": [_if("q3", "yes"), _if("q3", "no")]})
    two = question("m1", "multiple", most=1)
    both = question("z2", "short", show_if={"op": "all", "of": [_if("m1", "o1", "has"), _if("m1", "o2", "has")]})
    odd = question("z3", "short", show_if={"op": "all", "of": [_if("m2", "o1", "has"), _if("m2", "o3", "has")]})

    found = _said(*many, *opens, never, two, both, question("m2", "multiple", most=2), odd)

    assert found == [("unreachable", "z1"), ("unreachable", "z2")]
    assert _said(question("q1", "number"), question("q2", "short", show_if=_if("q1", "muchos", "at_least"))) == [
        ("expression", "q2")
    ]


def test_numbers_are_reached_where_their_limits_allow() -> None:
    age = question("q1", "number", low=0, high=17)
    adults = question("q2", "short", show_if=_if("q1", "18", "at_least"))

    assert _said(age, adults) == [("unreachable", "q2")]


def test_an_answer_to_a_hidden_question_opens_nothing() -> None:
    definition = survey_of(
        question("q1", "yes_no"),
        question("q2", "yes_no", show_if=_if("q1", "yes")),
        question("q3", "short", show_if=_if("q2", "yes")),
    )

    visible = [one["key"] for one in shown(definition, {"q1": "no", "q2": "yes", "q3": "x"})]

    assert visible == ["q1"]


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("¿Por cuál candidato a la alcaldía votaría?", True),
        ("Intención de voto en octubre", True),
        ("¿Qué obra le parece más urgente?", False),
        ("¿Asistió a la elección de la junta de acción comunal?", False),
    ],
)
def test_polls_about_voting_are_seen(text: str, warned: bool) -> None:
    assert bool(political(survey_of(question("q1", "short", text={"es": text})))) is warned


@pytest.mark.parametrize(
    ("design", "word", "has_margin"),
    [
        ("random", "encuesta", True),
        ("census", "encuesta", False),
        ("quota", "sondeo", False),
        ("open", "sondeo", False),
    ],
)
def test_only_a_random_draw_has_a_margin(
    host: HostPage, cast: Cast, opened: Opener, design: str, word: str, has_margin: bool
) -> None:
    key = opened(question("q1", "yes_no"), design=design, population=1000, show_results=True)
    for number in range(10):
        send(host, survey=key, answers={"q1": "yes" if number < 5 else "no"}, device=f"{number:032}")

    db.session.rollback()  # the requests have written past this context's read
    survey = service.by_key(cast.tenjo, key)
    sheet, [line, _] = results.sheet(survey, "Alcaldía", "es"), results.view(survey, "es")[0]["lines"]

    assert sheet["word"] == word
    assert (sheet["margin"] is not None) is has_margin
    assert ("low" in line) is has_margin


def test_results_grow_with_the_answers(host: HostPage, cast: Cast, six: str) -> None:
    survey = service.by_key(cast.tenjo, six)
    assert counting.tallies(survey).n == 0
    send(host)
    db.session.rollback()

    assert counting.tallies(service.by_key(cast.tenjo, six)).n == 1
    assert [line["count"] for line in results.view(survey, "es")[2]["lines"]] == [1, 0, 1]
