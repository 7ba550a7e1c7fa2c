"""Answering through the door that the element uses: each person once, what was asked and nothing else."""

from __future__ import annotations

import secrets
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from tests.conftest import Cast, HostPage
from tests.survey.conftest import SIX, Opener, question, send, sending
from widgets.survey import codes, service
from widgets.survey.models import Survey, SurveyAnswer, SurveyCode


def _answers() -> list[SurveyAnswer]:
    db.session.rollback()
    return list(db.session.scalars(select(SurveyAnswer)))


def test_six_kinds_of_question_are_read_and_answered(host: HostPage, six: str) -> None:
    asked = host.get(f"/survey/surveys/{six}").json

    answer = send(host)

    assert [q["kind"] for s in asked["sections"] for q in s["questions"]] == [  # type: ignore[index]
        "yes_no", "single", "multiple", "likert", "scale", "long",
    ]  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert _answers()[0].values == {**SIX, "q3": ["o1", "o3"], "q5": 10}


def test_a_foreign_origin_is_refused(host: HostPage, six: str) -> None:
    host.origin = "https://elsewhere.example"

    answer = host.client.post("/api/tenjo/survey/answers", json=sending(), headers={"Origin": host.origin})

    assert answer.status_code == 403
    assert _answers() == []


def test_a_browser_answers_once(host: HostPage, six: str) -> None:
    send(host)

    again = send(host)

    assert (again.status_code, again.json["error"]["code"]) == (409, "answered")
    assert len(_answers()) == 1


def test_the_same_key_gives_the_same_answer(host: HostPage, six: str) -> None:
    first = host.send("/survey/answers", sending(), key="k" * 32)
    again = host.send("/survey/answers", sending(), key="k" * 32)

    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert len(_answers()) == 1


def test_two_hundred_people_behind_one_address_are_all_heard(app: Flask, host: HostPage, opened: Opener) -> None:
    from widgets.survey import answering

    key = opened(question("q1", "yes_no"))

    for number in range(200):
        new = answering.NewAnswer(survey=key, version=1, values={"q1": "yes"}, device=f"{number:032}")
        answering.answer(service.by_key(1, key).site_id, new)

    assert len(_answers()) == 200


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"q1": "quizás"}, "q1"),
        ({"q2": "o9"}, "q2"),
        ({"q2": ["o1"]}, "q2"),
        ({"q3": ["o1", "o1"]}, "q3"),
        ({"q3": "o1"}, "q3"),
        ({"q4": 6}, "q4"),
        ({"q4": True}, "q4"),
        ({"q4": 4.5}, "q4"),
        ({"q5": 11}, "q5"),
        ({"q5": {"a": 1}}, "q5"),
        ({"q6": 7}, "q6"),
        ({"q6": "x" * 5001}, "q6"),
        ({"q1": ""}, "q1"),
        ({"q77": "hola"}, "q77"),
    ],
)
def test_what_a_question_cannot_take_is_refused_by_name(
    host: HostPage, six: str, values: dict[str, Any], wrong: str
) -> None:
    answer = send(host, answers={**SIX, **values})

    assert answer.status_code == 422, answer.text
    assert list(answer.json["error"]["fields"]) == [wrong]
    assert _answers() == []


def test_an_answer_to_a_question_that_is_not_shown_is_left_out(host: HostPage, opened: Opener) -> None:
    why = question("q2", "short", required="hard", show_if={"op": "is", "q": "q1", "v": "no"})
    key = opened(question("q1", "yes_no"), why)

    answer = send(host, survey=key, answers={"q1": "yes", "q2": "Nada"})

    assert answer.status_code == 201
    assert _answers()[0].values == {"q1": "yes"}


def test_a_required_question_counts_only_where_it_is_shown(host: HostPage, opened: Opener) -> None:
    why = question("q2", "short", required="hard", show_if={"op": "is", "q": "q1", "v": "no"})
    key = opened(question("q1", "yes_no"), why)

    refused = send(host, survey=key, answers={"q1": "no"})

    assert list(refused.json["error"]["fields"]) == ["q2"]


def test_a_soft_question_may_be_left_once_the_person_says_so(host: HostPage, opened: Opener) -> None:
    key = opened(question("q1", "short", required="soft"), question("q2", "yes_no"))

    asked = send(host, survey=key, answers={"q2": "yes"})
    left = send(host, survey=key, answers={"q2": "yes"}, skip_soft=True)

    assert (asked.status_code, left.status_code) == (422, 201)


def test_a_sheet_without_any_answer_is_refused_and_leaves_its_code(host: HostPage, cast: Cast, opened: Opener) -> None:
    key = opened(question("q1", "short", required="soft"), question("q2", "matrix"), level="codes")
    [code] = codes.make_codes(cast.staff("comu"), cast.tenjo, service.by_key(cast.tenjo, key).id, 1)
    nothing = {"survey": key, "code": code, "device": "", "skip_soft": True}

    refused = [send(host, **nothing, answers=empty) for empty in ({}, {"q1": " \u200b ", "q2": {}}, {"q1_other": "x"})]
    taken = send(host, **nothing, answers={"q2": {"r1": "o1"}})

    assert [one.json["error"]["fields"] for one in refused] == [{"q1": ["Responda al menos una pregunta."]}] * 3
    assert taken.status_code == 201


@pytest.mark.store
def test_a_code_that_another_session_holds_is_the_systems_failure_and_stays_good(
    host: HostPage, cast: Cast, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("told on PostgreSQL: SQLite has one writer")
    key = opened(question("q1", "yes_no"), level="codes")
    [code] = codes.make_codes(cast.staff("comu"), cast.tenjo, service.by_key(cast.tenjo, key).id, 1)
    monkeypatch.setattr("app.db.LOCK_WAIT_S", 0.3)
    db.session.remove()
    db.engine.dispose()
    body, sent, token = sending(survey=key, answers={"q1": "yes"}, code=code), secrets.token_hex(16), host.token()

    with db.engine.connect() as holder, holder.begin():
        holder.execute(select(SurveyCode.id).with_for_update())
        failed = host.send("/survey/answers", body, key=sent, token=token)
    taken = host.send("/survey/answers", body, key=sent, token=token)

    assert (failed.status_code, failed.headers["Retry-After"]) == (503, "30")
    assert (taken.status_code, len(_answers())) == (201, 1)


def test_the_text_of_another_option_is_kept(host: HostPage, six: str) -> None:
    answer = send(host, answers={**SIX, "q2": "other", "q2_other": "Un  puente"})

    assert answer.status_code == 201
    assert _answers()[0].values["q2_other"] == "Un puente"


def test_a_closed_survey_takes_nothing_and_forgets_its_key(host: HostPage, cast: Cast, opened: Opener) -> None:
    key = opened(question("q1", "yes_no"), level="document")
    survey_id = service.by_key(cast.tenjo, key).id
    assert service.by_key(cast.tenjo, key).document_key

    service.close(cast.staff("comu"), cast.tenjo, survey_id)

    answer = send(host, survey=key, answers={"q1": "yes"}, document="1020304050")
    assert answer.status_code == 409
    db.session.rollback()
    assert db.session.get_one(Survey, survey_id).document_key == ""


def test_a_document_answers_once_however_it_is_written_and_is_not_kept(host: HostPage, opened: Opener) -> None:
    key = opened(question("q1", "yes_no"), level="document")
    send(host, survey=key, answers={"q1": "yes"}, document="1.020.304-050")

    again = send(host, survey=key, answers={"q1": "no"}, document="1020304050", device="e" * 32)

    assert again.json["error"]["code"] == "answered"
    assert "1020304050" not in str([row.unit_hash for row in _answers()])


def test_an_answer_to_an_older_version_is_told_so(host: HostPage, cast: Cast, six: str) -> None:
    staff, survey_id = cast.staff("comu"), service.by_key(cast.tenjo, six).id
    from widgets.survey import builder

    service.edit(staff, cast.tenjo, survey_id, lambda draft: builder.remove_question(draft, "q6"))
    service.open_survey(staff, cast.tenjo, survey_id)

    answer = send(host)

    assert answer.status_code == 409
    assert _answers() == []


@pytest.mark.store
def test_a_code_used_twice_at_once_serves_once(app: Flask, host: HostPage, cast: Cast, opened: Opener) -> None:
    key = opened(question("q1", "yes_no"), level="codes")
    survey_id = service.by_key(cast.tenjo, key).id
    [code] = codes.make_codes(cast.staff("comu"), cast.tenjo, survey_id, 1)
    statuses: list[int] = []

    def use() -> None:
        page = HostPage(app.test_client())
        statuses.append(send(page, survey=key, answers={"q1": "yes"}, code=code.lower()).status_code)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201, 409, 409, 409]
    assert len(_answers()) == 1


def test_a_wrong_code_is_said_and_guesses_are_slowed(host: HostPage, opened: Opener) -> None:
    key = opened(question("q1", "yes_no"), level="codes")

    statuses = [send(host, survey=key, answers={"q1": "yes"}, code="AB2CD3EF").status_code for _ in range(3)]

    assert statuses == [422, 422, 422]


def test_nothing_stored_leads_from_a_code_to_its_answer(host: HostPage, cast: Cast, opened: Opener) -> None:
    key = opened(question("q1", "yes_no"), level="codes")
    [code] = codes.make_codes(cast.staff("comu"), cast.tenjo, service.by_key(cast.tenjo, key).id, 1)
    send(host, survey=key, answers={"q1": "yes"}, code=code)

    used = db.session.scalar(select(SurveyCode))

    assert _answers()[0].unit_hash is None
    assert used is not None and used.used_at is not None
    assert (used.used_at.hour, used.used_at.minute, used.used_at.second) == (0, 0, 0)


def test_paper_is_counted_apart(cast: Cast, six: str) -> None:
    from widgets.survey import answering

    survey_id = service.by_key(cast.tenjo, six).id
    new = answering.NewAnswer(survey=six, version=1, values=SIX, channel=answering.PAPER)

    answering.type_in(cast.staff("comu"), cast.tenjo, survey_id, new)

    assert service.count_answers(survey_id) == {"paper": 1}


def test_a_survey_of_another_site_is_not_found(host: HostPage, six: str) -> None:
    host.site, host.origin = "other", "https://www.otra.example"

    assert host.get(f"/survey/surveys/{six}").status_code == 404
    assert send(host).status_code == 404


def test_a_draft_is_not_public(host: HostPage, cast: Cast) -> None:
    service.create(cast.staff("comu"), cast.tenjo, "Secreta", "six")

    assert host.get("/survey/surveys/secreta").status_code == 404
    assert host.get("/survey/surveys").json == {"surveys": []}


def test_another_sites_staff_find_nothing(cast: Cast, six: str) -> None:
    from app.errors import NotFound

    survey_id = service.by_key(cast.tenjo, six).id

    with pytest.raises(NotFound):
        service.close(cast.staff("olga"), cast.other, survey_id)


def test_who_may_not_write_surveys_is_refused(cast: Cast, six: str) -> None:
    from app.errors import Forbidden

    with pytest.raises(Forbidden):
        service.close(cast.staff("audi"), cast.tenjo, service.by_key(cast.tenjo, six).id)
