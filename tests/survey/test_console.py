"""The survey's pages of the console: built, opened, coded, typed in from paper, read, closed with its record."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from tests.conftest import Cast, HostPage
from tests.survey.conftest import SIX, Opener, question, send, survey_of
from widgets.survey import codes, service, telling
from widgets.survey.definition import questions_of
from widgets.survey.models import Survey, SurveyAnswer


def _survey() -> Survey:
    db.session.rollback()
    found = db.session.scalar(select(Survey).order_by(Survey.id.desc()))
    assert found is not None
    return found


def test_a_survey_of_six_kinds_is_built_and_opened(host: HostPage, sign_in: Any) -> None:
    desk = sign_in("comu")
    desk.post("/survey", {"title": "Obras", "template": ""})
    base = f"/survey/{_survey().id}"
    new = {"required": "hard", "section": "s1", "labels": "satisfaction", "options": "Vías\nParques\n\nVías"}
    for kind in ("single", "multiple", "yes_no", "likert", "scale", "long"):
        answer = desk.post(f"{base}/questions", {**new, "kind": kind, "text": f"Pregunta {kind}"})
        assert answer.status_code == 302, answer.text
    desk.post(f"{base}/questions/q6", {"act": "up"})
    condition = {"if_mode": "all", "if_q0": "q1", "if_op0": "is", "if_v0": "VIAS"}
    desk.post(f"{base}/questions/q2", {**new, "act": "save", "kind": "multiple", "text": "¿Cuáles?", **condition})

    opened = desk.post(f"{base}/act", {"act": "open"})

    survey = _survey()
    asked = host.get("/survey/surveys/obras").json["sections"][0]["questions"]  # type: ignore[index]
    assert opened.status_code == 302
    assert (survey.state, survey.version) == ("open", 1)
    assert [one["key"] for one in asked] == ["q1", "q2", "q3", "q4", "q6", "q5"]
    assert [option["text"] for option in asked[0]["options"]] == ["Vías", "Parques"]
    assert asked[1]["show_if"] == {"op": "is", "q": "q1", "v": "o1"}


@pytest.mark.parametrize("limit", ["nan", "inf", "1e400"])
def test_a_limit_that_is_no_number_is_said_and_kept(sign_in: Any, cast: Cast, limit: str) -> None:
    survey_id = service.create(cast.staff("comu"), cast.tenjo, "Edades")
    desk = sign_in("comu")

    answer = desk.post(f"/survey/{survey_id}/questions", {"kind": "number", "text": "¿Edad?", "low": limit})

    assert answer.status_code == 422 and "¿Edad?" in answer.text
    assert list(questions_of(service.the_survey(cast.staff("comu"), cast.tenjo, survey_id).draft)) == []


def test_what_keeps_it_from_opening_is_listed_at_its_question(sign_in: Any, cast: Cast) -> None:
    desk = sign_in("comu")
    desk.post("/survey", {"title": "Rota", "template": "six"})
    base = f"/survey/{_survey().id}"
    loop = {"kind": "yes_no", "text": "¿Vive aquí?", "if_q0": "q6", "if_op0": "answered"}
    desk.post(f"{base}/questions/q1", {"act": "save", **loop})

    desk.post(f"{base}/act", {"act": "open"})

    page = desk.get(base)
    assert _survey().state == "draft"
    assert "daría vueltas" in page.text
    assert 'href="#q1"' in page.text


def test_a_poll_about_candidates_is_warned_of(sign_in: Any) -> None:
    desk = sign_in("comu")
    desk.post("/survey", {"title": "Opinión", "template": ""})
    base = f"/survey/{_survey().id}"
    asked = {"kind": "short", "text": "¿Por cuál de los candidatos a la alcaldía votaría?", "required": "no"}
    desk.post(f"{base}/questions", {**asked, "section": "s1"})

    assert "Ley 2494 de 2025" in desk.get(base).text


PAGES = (
    "", "/{id}", "/{id}/setup", "/{id}/questions", "/{id}/questions/q1", "/{id}/sections/s1", "/{id}/preview",
    "/{id}/paper", "/{id}/results", "/{id}/exports", "/{id}/texts", "/sample", "/{id}/closing", "/{id}/closing/themes",
)  # fmt: skip


def test_pages_open_for_who_may_and_for_nobody_else(host: HostPage, sign_in: Any, six: str) -> None:
    send(host)
    may, other, foreign = sign_in("comu"), sign_in("web"), sign_in("olga").client

    for path in PAGES:
        address = "/survey" + path.format(id=_survey().id)
        found = [
            may.get(address).status_code, other.get(address).status_code,
            foreign.get(f"/console/tenjo{address}").status_code,
            host.client.get(f"/console/tenjo{address}").status_code,
        ]  # fmt: skip
        assert found == [200, 403, 404, 302], path


def test_an_auditor_reads_results_and_changes_nothing(sign_in: Any, six: str) -> None:
    desk, survey = sign_in("audi"), _survey()

    assert desk.get(f"/survey/{survey.id}/results").status_code == 200
    assert desk.post(f"/survey/{survey.id}/act", {"act": "close"}).status_code == 403
    assert _survey().state == "open"


@pytest.mark.store
def test_two_who_change_one_survey_at_once_both_keep_their_change(app: Flask, cast: Cast, opened: Opener) -> None:
    opened(question("q1", "yes_no"))
    staff, survey_id = cast.staff("comu"), _survey().id

    def add(key: str, meanwhile: threading.Thread | None = None) -> None:
        def change(draft: Mapping[str, Any]) -> dict[str, Any]:
            if meanwhile:
                # It waits for the first, or it would have written by the time the first goes on.
                meanwhile.start()
                meanwhile.join(0.3)
            return survey_of(*draft["sections"][0]["questions"], question(key, "short"))

        with app.app_context():
            service.edit(staff, cast.tenjo, survey_id, change)

    other = threading.Thread(target=add, args=("q3",))
    add("q2", meanwhile=other)
    other.join()

    db.session.rollback()
    assert [one["key"] for one in questions_of(_survey().draft)] == ["q1", "q2", "q3"]


def test_paper_is_typed_in_with_its_slips_code(sign_in: Any, cast: Cast, opened: Opener) -> None:
    opened(question("q1", "yes_no"), level="codes")
    desk, base = sign_in("comu"), f"/survey/{_survey().id}"
    [code] = codes.make_codes(cast.staff("comu"), cast.tenjo, _survey().id, 1)

    wrong = desk.post(f"{base}/paper", {"code": code})
    typed = desk.post(f"{base}/paper", {"code": code, "q1": "yes"})
    twice = desk.post(f"{base}/paper", {"code": code, "q1": "yes"})

    assert (wrong.status_code, typed.status_code, twice.status_code) == (422, 302, 422)
    assert "Responda al menos una pregunta." in wrong.text and "ya se usó" in twice.text
    assert [row.channel for row in db.session.scalars(select(SurveyAnswer))] == ["paper"]


def test_codes_go_out_by_mail_one_each_and_open_the_survey_once(
    host: HostPage, sign_in: Any, opened: Opener, mails: Any
) -> None:
    key = opened(question("q1", "yes_no"), level="codes")
    desk, base = sign_in("comu"), f"/survey/{_survey().id}/codes/mail"
    wrong = desk.post(base, {"addresses": "ana@example.org\nluz@"})
    desk.post(base, {"addresses": "ana@example.org\nluz@example.org, ANA@example.org"})

    letters = mails()
    codes = [re.search(r"code=(\S+)", mail.get_content())[1] for mail in letters]  # type: ignore[index]
    answer = {"survey": key, "version": 1, "answers": {"q1": "yes"}}
    arrived = host.client.get(f"/tenjo/survey/{key}?lang=es&code={codes[0]}").text
    # Also who asks for the page in another language keeps it.
    assert f'value="{codes[0]}"' in arrived and f'href="?code={codes[0]}&amp;lang=en"' in arrived
    assert wrong.status_code == 422 and "luz@" in wrong.text and "No son correos: 2" in wrong.text
    assert sorted(str(mail["To"]) for mail in letters) == ["ana@example.org", "luz@example.org"]
    assert len(set(codes)) == 2
    assert [host.send("/survey/answers", {**answer, "code": code}).status_code for code in (*codes, codes[0])] == [
        201, 201, 409,
    ]  # fmt: skip


def test_codes_are_printed_with_a_square_that_opens_the_survey(sign_in: Any, opened: Opener) -> None:
    opened(question("q1", "yes_no"), level="codes")

    page = sign_in("comu").post(f"/survey/{_survey().id}/codes", {"count": "3", "batch": "Junta"})

    assert page.status_code == 200
    assert page.text.count("<svg") >= 3
    assert page.text.count('class="slip"') == 3


@pytest.mark.store
def test_results_are_a_chart_a_table_and_a_sheet(host: HostPage, sign_in: Any, six: str) -> None:
    send(host)
    send(host, device="e" * 32, answers={**SIX, "q2": "o1"})

    page = sign_in("comu").get(f"/survey/{_survey().id}/results").text

    assert "Ficha técnica del sondeo" in page
    assert "no representa a toda la población" in page
    assert "50,0 %" in page
    assert "Margen de error" not in page


@pytest.mark.store
def test_it_ends_with_its_closing_record(host: HostPage, sign_in: Any, six: str) -> None:
    desk, base = sign_in("comu"), f"/survey/{_survey().id}"
    desk.post(f"{base}/act", {"act": "close"})

    refused = desk.post(f"{base}/act", {"act": "archive"})
    theme = {"title": "Vías", "state": "taken", "answer": "Se pavimenta."}
    desk.post(f"{base}/closing/themes", theme)
    desk.post(f"{base}/closing", {"summary": "Gracias."})

    [_, row] = csv.reader(io.StringIO(desk.get(f"{base}/closing/matrix.csv").data.decode("utf-8-sig")))
    assert row[3:6] == ["Vías", "Acogida", "Se pavimenta."]
    assert f"{base}/closing/matrix.pdf" in desk.get(f"{base}/closing").text
    assert desk.get(f"{base}/closing/matrix.pdf").data[:4] == b"%PDF"
    assert refused.status_code in (302, 409)
    [told_of] = host.get("/survey/surveys/obras").json["record"]["themes"]  # type: ignore[index]
    assert told_of["answer"] == "Se pavimenta."
    assert f"({told_of['decided_text']})" in desk.client.get("/tenjo/survey/obras").text
    told = [one.title for one in telling.feed_entries(_survey().site_id)]
    assert told[-1] == "Qué dijeron y qué decidimos: " + _survey().title["es"] and len(told) == 3
    desk.post(f"{base}/act", {"act": "archive"})
    assert _survey().state == "archived"
