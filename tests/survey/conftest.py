"""A survey of six kinds of question, open on Tenjo's site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Cast, HostPage
from tests.guest import Guest, guest_of
from widgets.survey import service, setting_up
from widgets.survey.setting_up import Setup


def question(key: str, kind: str, **more: Any) -> dict[str, Any]:
    """A question as the builder keeps it, with options o1 to o3 where its kind has options."""
    made: dict[str, Any] = {"key": key, "kind": kind, "required": "no", "text": {"es": f"Pregunta {key}"}}
    if kind in ("single", "multiple", "ranking", "place", "matrix"):
        made["options"] = [{"key": f"o{n}", "text": {"es": f"Opción {n}"}} for n in (1, 2, 3)]
    if kind == "matrix":
        made["rows"] = [{"key": f"r{n}", "text": {"es": f"Fila {n}"}} for n in (1, 2)]
    if kind == "likert":
        made["labels"] = "satisfaction"
    return {**made, **more}


def survey_of(*questions: dict[str, Any]) -> dict[str, Any]:
    return {"sections": [{"key": "s1", "title": {"es": "Única"}, "questions": list(questions)}], "last": 99}


Opener = Callable[..., str]


@pytest.fixture
def opened(cast: Cast) -> Opener:
    """`opened(question(…), …, level="codes")` opens a survey and returns its key."""

    def open_it(*questions: dict[str, Any], title: str = "Obras", **setup: Any) -> str:
        staff = cast.staff("comu")
        survey_id = service.create(staff, cast.tenjo, title)
        service.edit(staff, cast.tenjo, survey_id, lambda _draft: survey_of(*questions))
        setting_up.save_setup(staff, cast.tenjo, survey_id, Setup(title={"es": title}, **setup))
        service.open_survey(staff, cast.tenjo, survey_id)
        return service.the_survey(staff, cast.tenjo, survey_id).key

    return open_it


@pytest.fixture
def six(cast: Cast) -> str:
    """The ready-made survey of six kinds, open; its key."""
    staff = cast.staff("comu")
    survey_id = service.create(staff, cast.tenjo, "Obras", "six")
    service.open_survey(staff, cast.tenjo, survey_id)
    return "obras"


SIX = {"q1": "yes", "q2": "o2", "q3": ["o3", "o1"], "q4": 5, "q5": "10", "q6": "Más árboles."}


def sending(**changes: Any) -> dict[str, Any]:
    """The answers to `six`, as the element sends them."""
    return {"survey": "obras", "version": 1, "answers": SIX, "device": "d" * 32, **changes}


def send(host: HostPage, **changes: Any) -> Any:
    return host.send("/survey/answers", sending(**changes))


@pytest.fixture
def guest(app: Flask, cast: Cast, browser: Any) -> Iterator[Guest]:
    """A page of Tenjo's website in a real browser."""
    with guest_of(app, browser) as guest:
        yield guest
