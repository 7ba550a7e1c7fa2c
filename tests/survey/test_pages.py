"""The survey without script: read, answered by parts, corrected, and its results seen."""

from __future__ import annotations

import io
import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app.db import db, write
from tests.conftest import PDF, Cast, HostPage
from tests.survey.conftest import Opener, question
from widgets.survey import service
from widgets.survey.models import SurveyAnswer


def _hidden(html: str) -> dict[str, str]:
    return {match[1]: match[2] for match in re.finditer(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html)}


def _post(client: FlaskClient, key: str, html: str, **fields: str) -> Any:
    return client.post(f"/tenjo/survey/{key}", data={**_hidden(html), **fields})


def test_a_survey_is_answered_without_script(host: HostPage, six: str) -> None:
    html = host.client.get(f"/tenjo/survey/{six}").text

    fields = {"q1": "yes", "q2": "o1", "q3.o2": "1", "q3.o3": "1", "q4": "4", "q5": "0", "q6": "Gracias"}
    answer = _post(host.client, six, html, **fields)

    assert answer.status_code == 200, answer.text
    db.session.rollback()
    [row] = db.session.scalars(select(SurveyAnswer))
    assert row.values == {"q1": "yes", "q2": "o1", "q3": ["o2", "o3"], "q4": 4, "q5": 0, "q6": "Gracias"}


def test_matrix_and_ranking_work_without_script(host: HostPage, opened: Opener) -> None:
    key = opened(question("q1", "matrix"), question("q2", "ranking"))
    html = host.client.get(f"/tenjo/survey/{key}").text

    fields = {"q1.r1": "o1", "q1.r2": "o3", "q2.o3": "1", "q2.o1": "2"}
    answer = _post(host.client, key, html, **fields)

    assert answer.status_code == 200, answer.text
    db.session.rollback()
    [row] = db.session.scalars(select(SurveyAnswer))
    assert row.values == {"q1": {"r1": "o1", "r2": "o3"}, "q2": ["o3", "o1"]}


def test_a_file_is_sent_without_script_and_read_by_the_staff(host: HostPage, sign_in: Any, opened: Opener) -> None:
    key = opened(question("q1", "file", required="hard"), question("q2", "short", required="hard"))
    html = host.client.get(f"/tenjo/survey/{key}").text

    fields = {**_hidden(html), "files": (io.BytesIO(PDF), "recibo.pdf")}
    missing = host.client.post(f"/tenjo/survey/{key}", data=fields)
    done = _post(host.client, key, missing.text, q2="Listo")

    assert missing.status_code == 422 and 'href="#f-q2"' in missing.text and 'href="#f-q1"' not in missing.text
    assert done.status_code == 200, done.text
    db.session.rollback()
    [row] = db.session.scalars(select(SurveyAnswer))
    assert len(row.values["q1"]) == 1
    desk, base = sign_in("comu"), f"/survey/{row.survey_id}/files"
    assert "recibo.pdf" in desk.get(base).text
    with desk.get(f"{base}/1") as file:
        assert (file.status_code, file.data) == (200, PDF)
    assert desk.get(f"{base}/2").status_code == 404


def test_questions_that_answers_open_are_asked_before_anything_is_taken(host: HostPage, opened: Opener) -> None:
    why = question("q2", "short", required="hard", show_if={"op": "is", "q": "q1", "v": "no"})
    key = opened(question("q1", "yes_no"), why)
    html = host.client.get(f"/tenjo/survey/{key}").text
    assert 'name="q2"' not in html

    more = _post(host.client, key, html, q1="no")
    done = _post(host.client, key, more.text, q1="no", q2="Porque sí")

    assert 'name="q2"' in more.text
    assert "Gracias" in done.text


def test_a_mistake_keeps_everything_typed(host: HostPage, six: str) -> None:
    html = host.client.get(f"/tenjo/survey/{six}").text

    answer = _post(host.client, six, html, q1="yes", q6="Mi texto")

    assert answer.status_code == 422
    assert "Mi texto" in answer.text
    assert 'href="#f-q2"' in answer.text


def test_what_was_typed_while_the_survey_closed_stays_on_the_page(host: HostPage, cast: Cast, six: str) -> None:
    html = host.client.get(f"/tenjo/survey/{six}").text
    survey = service.by_key(cast.tenjo, six)
    service.close(cast.staff("comu"), cast.tenjo, survey.id)

    answer = _post(host.client, six, html, q1="yes", q6="Más <árboles>")

    assert answer.status_code == 409 and "Obras: Esta encuesta ya no recibe respuestas." in answer.text
    assert "Más &lt;árboles&gt;" in answer.text and "Enviar mis respuestas" not in answer.text


def test_results_are_shown_where_staff_allow_it(host: HostPage, cast: Cast, opened: Opener) -> None:
    key = opened(question("q1", "yes_no"), show_results=True)
    hidden = opened(question("q1", "yes_no"), title="Otra")
    survey_id = service.by_key(cast.tenjo, key).id
    with write():
        many = [{"q1": "no" if number % 2 else "yes"} for number in range(15)]
        db.session.add_all([SurveyAnswer(survey_id=survey_id, version=1, values=values) for values in many])

    shown = host.client.get(f"/tenjo/survey/{key}/results")

    assert "50,0 %" in shown.text and "cinco en cinco" in shown.text
    assert "sondeo" in shown.text
    assert host.client.get(f"/tenjo/survey/{hidden}/results").status_code == 404


def test_no_cookie_is_set(host: HostPage, cast: Cast, six: str) -> None:
    answer = host.client.get(f"/tenjo/survey/{six}")

    assert "Set-Cookie" not in answer.headers
