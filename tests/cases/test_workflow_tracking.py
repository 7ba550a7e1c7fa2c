"""What was required, as the person sees it with the code, with and without script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.cases import answering, drafts, reserve, workflow
from app.cases.answering import Answer
from app.cases.figures import figures_of
from app.cases.models import Case, CaseClock, CaseEvent, CaseMessage
from app.cases.reporting import each
from app.cases.reporting.counting import report_of
from app.cases.reporting.periods import SEMESTER, last_ones
from app.cases.reserve import Reserve
from app.cases.ties import ties_of
from app.cases.workflow import Transfer
from app.db import db
from app.errors import Invalid
from app.files import files_of
from app.mail.models import Mail
from tests.conftest import PDF, Cast, HostPage, filing


@pytest.fixture
def clock() -> Iterator[Any]:
    # Tuesday 24 November 2026, 10:00 in Bogotá.
    with time_machine.travel("2026-11-24T15:00:00Z", tick=True) as clock:
        yield clock


@pytest.fixture
def known(clock: Any, host: HostPage) -> dict[str, str]:
    """The radicado and code of a filed case."""
    filed = host.send("/pqr/cases", filing()).json
    assert filed is not None
    return {"radicado": filed["radicado"], "code": filed["code"]}


@pytest.fixture
def required(known: dict[str, str], cast: Cast) -> int:
    case_id = db.session.scalars(select(Case.id)).one()
    workflow.require(cast.staff("ana"), cast.tenjo, case_id, ["Copia del recibo"], "Sin él no se puede decidir.")
    return case_id


def track(host: HostPage, known: dict[str, str]) -> dict[str, Any]:
    answer = host.ask("/cases/track", known).json
    assert answer is not None
    return answer


def test_the_person_reads_what_lacks_and_until_when(host: HostPage, known: dict[str, str], required: int) -> None:
    case = track(host, known)

    assert "Copia del recibo" in case["request"]["body"]
    assert (case["request"]["until"], case["request"]["over"], case["can"]["time"]) == ("2026-12-24", False, True)


def test_more_time_is_given_once(host: HostPage, known: dict[str, str], required: int) -> None:
    first, second = host.send("/cases/time", known), host.send("/cases/time", known)

    assert first.json == {"until": "2027-01-25"}
    assert (second.status_code, second.json and second.json["error"]["code"]) == (409, "law-forbids")
    assert not track(host, known)["can"]["time"]


def test_answering_completes(host: HostPage, known: dict[str, str], required: int) -> None:
    sent = host.send("/cases/messages", {**known, "body": "Va el recibo.", "files": []})

    assert sent.status_code == 201
    case = track(host, known)
    assert (case["state"], case["request"]) == ("radicated", None)


def test_a_late_answer_leaves_the_decision_to_an_officer(
    host: HostPage, known: dict[str, str], required: int, clock: Any
) -> None:
    clock.move_to("2026-12-29T15:00:00Z")

    host.send("/cases/messages", {**known, "body": "Va el recibo.", "files": []})

    case = track(host, known)
    assert (case["state"], case["request"]["over"], case["can"]["time"]) == ("required", True, False)


def _page(app: Flask, known: dict[str, str], **more: str) -> str:
    client = app.test_client()
    form = client.get("/tenjo/track").text
    hidden = dict(re.findall(r'name="(token|key)" value="([^"]*)"', form))
    return client.post("/tenjo/track", data={**hidden, **known, "act": "track", **more}).text


def test_without_script_the_page_shows_it_and_gives_time(app: Flask, known: dict[str, str], required: int) -> None:
    page = _page(app, known)
    assert "Falta información suya" in page
    assert "jueves 24 de diciembre de 2026" in page

    assert "Tiene plazo hasta el lunes 25 de enero de 2027." in _page(app, known, act="time")
    assert 'value="time"' not in _page(app, known)


def test_without_script_answering_completes(app: Flask, known: dict[str, str], required: int) -> None:
    page = _page(app, known, act="add", body="Va el recibo.")

    assert "Falta información suya" not in page


def test_the_letter_of_a_transfer_can_be_downloaded(host: HostPage, known: dict[str, str], cast: Cast) -> None:
    receipt = host.upload("oficio.pdf", PDF).json["receipt"]  # type: ignore[index]
    case_id = db.session.scalars(select(Case.id)).one()
    workflow.transfer(cast.staff("ana"), cast.tenjo, case_id, Transfer("CAR", "", "OF-12", "Del río.", (receipt,)))

    message = track(host, known)["messages"][-1]
    with host.ask("/cases/file", {**known, "token": message["files"][0]["token"]}) as letter:
        assert letter.data == PDF
    assert (message["kind"], message["subject"]) == ("transfer", "CAR")


@pytest.mark.store
def test_what_went_to_another_entity_is_a_child_case_that_reports_do_not_count_again(
    app: Flask, cast: Cast, host: HostPage, sign_in: Any, known: dict[str, str]
) -> None:
    case_id = db.session.scalars(select(Case.id)).one()
    receipt = host.upload("oficio.pdf", PDF).json["receipt"]  # type: ignore[index]
    drafts.set_questions(cast.staff("ana"), cast.tenjo, case_id, ["¿Y lo?", "1. ¿Y lo del río?"])
    to = Transfer("CAR", "", "OF-12", "Una parte.", (receipt,), questions="- Y lo del  RÍO.\n- Otra cosa")
    period = last_ones(date(2026, 11, 24), SEMESTER, 1)[0]
    before = report_of(cast.tenjo, period).whole.states

    workflow.transfer(cast.staff("ana"), cast.tenjo, case_id, to)

    [(kind, way, child)] = ties_of(case_id)
    assert (kind, way, child.state, child.body) == ("part", "from", "transferred", "- Y lo del  RÍO.\n- Otra cosa")
    # What went away need not be ticked any more before ours is sent; the dashboard counts no new petition.
    assert [one.text for one in drafts.questions_of(case_id)] == ["¿Y lo?"]
    assert figures_of(cast.tenjo, None).figures[0].count == 1
    parent = db.session.get_one(Case, case_id)
    assert (parent.state, child.received_at, child.sequence) == ("radicated", parent.received_at, parent.sequence + 1)
    running = select(CaseClock.id).where(CaseClock.case_id == child.id, CaseClock.met_at.is_(None))
    assert not db.session.scalars(running).all()
    # The person opens either with the one code, and each names the other and the letter.
    ours, theirs = track(host, known), track(host, {**known, "radicado": child.radicado})
    assert [one["radicado"] for one in ours["linked"]] == [child.radicado]
    assert "CAR" in ours["linked"][0]["text"] and "OF-12" in ours["linked"][0]["text"]
    assert [one["radicado"] for one in theirs["linked"]] == [known["radicado"]]
    assert [file["name"] for file in theirs["messages"][0]["files"]] == ["oficio.pdf"]
    assert child.radicado in _page(app, known, act="track")
    desk = sign_in("ana")
    assert "Parte trasladada: " in desk.get(f"/cases/{case_id}").text
    assert "Parte trasladada del " in desk.get(f"/cases/{child.id}").text
    assert report_of(cast.tenjo, period).whole.states == before
    [row] = [row for row in each.rows(cast.tenjo, period, "es") if known["radicado"] in row]
    assert row[8] == "sí"
    assert not [row for row in each.rows(cast.tenjo, period, "es") if child.radicado in row]


@pytest.mark.store
def test_what_is_reserved_is_read_by_its_own_office_alone_and_the_rest_stays_open(
    host: HostPage, clock: Any, cast: Cast, sign_in: Any, mails: Any
) -> None:
    receipts = [host.upload(name, PDF).json["receipt"] for name in ("historia.pdf", "plano.pdf")]  # type: ignore[index]
    filed = host.send("/pqr/cases", filing(files=receipts)).json
    known = {name: filed[name] for name in ("radicado", "code")}  # type: ignore[index]
    assert host.send("/cases/messages", {**known, "body": "Tengo una enfermedad."}).status_code == 201
    case = db.session.scalars(select(Case)).one()
    case_id, site = case.id, cast.tenjo
    secret, plain = (file.id for file in files_of("case", [case_id])[case_id])
    said = db.session.scalars(select(CaseMessage.id)).one()
    boss, officer = sign_in("rita"), sign_in("ana")
    why = {"cause": "privacy", "reason": "Historia clínica"}

    for what in (f"file:{secret}", f"message:{said}"):
        assert boss.post(f"/cases/{case_id}/reserve", {"what": what, **why}).status_code == 302

    # Neither the person's page nor the desk shows it; what is not reserved is there as before.
    seen = track(host, known)
    assert [file["name"] for file in seen["files"]] == ["plano.pdf"] and seen["messages"] == []
    assert host.ask("/cases/file", {**known, "token": str(secret)}).status_code == 404
    for page in (officer.get(f"/cases/{case_id}").text, boss.get(f"/cases/{case_id}").text):
        assert "historia.pdf" not in page and "enfermedad" not in page
        assert "Cuaderno reservado" in page and "plano.pdf" in page
    # Nor goes it along to another entity.
    letter = host.upload("oficio.pdf", PDF).json["receipt"]  # type: ignore[index]
    to = Transfer("CAR", "car@example.org", "OF-12", "Del río.", (letter,), questions="Lo del río.")
    workflow.transfer(cast.staff("ana"), site, case_id, to)
    sent = db.session.scalars(select(Mail).where(Mail.source == "case_copy")).one()
    assert [one["name"] for one in sent.attachments] == ["oficio.pdf", "plano.pdf"]

    assert officer.post(f"/cases/{case_id}/reserve/open", {}).status_code == 403
    assert officer.get(f"/cases/{case_id}/files/{secret}").status_code == 403
    with officer.get(f"/cases/{case_id}/files/{plain}") as given:
        assert given.status_code == 200
    opened = boss.post(f"/cases/{case_id}/reserve/open", {}).text
    assert "historia.pdf" in opened and "enfermedad" in opened
    with boss.get(f"/cases/{case_id}/files/{secret}") as given:
        assert given.data == PDF
    db.session.rollback()
    read = select(CaseEvent.data).where(CaseEvent.kind == "reserve_read").order_by(CaseEvent.id)
    assert [data["what"] for data in db.session.scalars(read)] == ["folder", f"file:{secret}"]

    row = db.session.scalars(select(Reserve.id).where(Reserve.file_id == secret)).one()
    boss.post(f"/cases/{case_id}/reserve/release", {"reserve_id": str(row), "reason": "Ya no."})
    assert [file["name"] for file in track(host, known)["files"]] == ["historia.pdf", "plano.pdf"]


def test_an_answer_cannot_be_kept_from_the_person(known: dict[str, str], cast: Cast) -> None:
    case_id = answered(cast)
    answer = db.session.scalars(select(CaseMessage.id).where(CaseMessage.kind == "answer")).one()

    with pytest.raises(Invalid) as error:
        reserve.put_apart(cast.staff("rita"), cast.tenjo, case_id, f"message:{answer}", "privacy", "Porque sí.")

    assert set(error.value.fields) == {"what"}


def answered(cast: Cast, recourse: str = "appeal") -> int:
    case_id = db.session.scalars(select(Case.id)).one()
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, Answer("R", "No.", "Espere.", recourse=recourse))
    return case_id


@pytest.mark.store
def test_an_appeal_is_a_case_of_its_own_that_opens_with_the_same_code(
    host: HostPage, known: dict[str, str], cast: Cast, clock: Any, mails: Any
) -> None:
    answered(cast)
    assert track(host, known)["can"]["appeal"]
    clock.move_to("2026-12-01T15:00:00Z")

    brought = host.send("/cases/appeal", {**known, "body": "No estoy de acuerdo.", "files": []})

    assert brought.status_code == 201, brought.text
    assert brought.json is not None
    # Two months of the calendar; 1 February 2027 is a Monday.
    assert brought.json["due_on"] == "2027-02-01"
    child = track(host, {**known, "radicado": brought.json["radicado"]})
    assert (child["kind_title"], child["body"]) == ("Recurso", "No estoy de acuerdo.")
    assert not track(host, known)["can"]["appeal"]
    assert brought.json["radicado"] in str(mails()[-1]["Subject"])
    assert host.send("/cases/appeal", {**known, "body": "Otra vez.", "files": []}).status_code == 409


def test_a_late_appeal_is_taken_and_flagged(host: HostPage, known: dict[str, str], cast: Cast, clock: Any) -> None:
    answered(cast)
    track(host, known)
    clock.move_to("2027-01-20T15:00:00Z")

    host.send("/cases/appeal", {**known, "body": "No estoy de acuerdo.", "files": []})

    db.session.rollback()
    assert db.session.scalars(select(Case.marks).where(Case.kind == "recurso")).one() == ["late"]


def test_there_is_nothing_to_appeal_before_the_answer(host: HostPage, known: dict[str, str]) -> None:
    assert host.send("/cases/appeal", {**known, "body": "No.", "files": []}).status_code == 409


def test_one_insists_only_on_what_was_refused_as_reserved(host: HostPage, known: dict[str, str], cast: Cast) -> None:
    answered(cast, "insistence")

    assert track(host, known)["can"]["insist"]
    assert host.send("/cases/insistence", {**known, "body": "Es público.", "files": []}).status_code == 201


def test_without_script_one_appeals_too(app: Flask, known: dict[str, str], cast: Cast) -> None:
    answered(cast)

    page = _page(app, known, act="appeal", body="No estoy de acuerdo.")

    assert "Recibido con el radicado" in page


def test_another_sites_page_may_not_bring_an_appeal(host: HostPage, known: dict[str, str], cast: Cast) -> None:
    answered(cast)
    token, host.origin = host.token(), "https://www.otra.example"

    assert host.send("/cases/appeal", {**known, "body": "No.", "files": []}, token=token).status_code == 403
