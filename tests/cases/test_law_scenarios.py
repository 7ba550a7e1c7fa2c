"""Lives of cases through the console and the tracking page, each date counted by hand from the calendar.

Those that only say again in a whole life what other tests hold by pieces are played by make drills alone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select

from app import events
from app.cases import jobs, notices
from app.cases.filing import Filing, Party, file_case
from app.cases.models import Case, CaseClock, CaseEvent, CaseMessage
from app.cases.tasks import open_tasks
from app.cases.workflow_models import CaseNotice
from app.db import db, write
from app.documents.models import Document
from app.sites.service import change_site
from tests.cases.conftest import case
from tests.conftest import PDF, Cast, Desk, HostPage
from tests.documents.reading import read

ANONYMOUS = {
    "identity": "anonymous", "name": "", "document_type": "", "document_number": "", "email": "",
    "electronic_consent": False,
}  # fmt: skip
ANSWER = {"subject": "Respuesta a su solicitud", "body": "El poste se repara el lunes.", "next_step": "Espere."}


def clock_of(case_id: int, name: str = "answer") -> CaseClock:
    db.session.rollback()
    return db.session.scalars(select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == name)).one()


@pytest.fixture
def at(clock: Any, file: Any, mails: Any) -> Callable[..., tuple[int, dict[str, str]]]:
    """`at("2027-03-17T15:00:00Z", kind=…)` files a case then; its number in the store, and what opens it."""

    def send(moment: str, **changes: Any) -> tuple[int, dict[str, str]]:
        clock.move_to(moment)
        case_id = file(**changes)
        found = [re.search(r"secreto\): (\S+)", one.get_content()) for one in mails()[-1:] if not one.is_multipart()]
        code = found[0][1] if found and found[0] else ""
        return case_id, {"radicado": case(case_id).radicado, "code": code}

    return send


def track(host: HostPage, known: dict[str, str]) -> dict[str, Any]:
    shown = host.ask("/cases/track", known)
    assert shown.status_code == 200, shown.text
    return dict(shown.json)


def done(answer: Any) -> Any:
    """An answer of the console; afterwards the test reads the store as it is now."""
    assert "/login" not in answer.headers.get("Location", ""), "the session has ended: sign in on that day"
    db.session.rollback()
    return answer


def send(desk: Desk, case_id: int, **more: Any) -> Any:
    return done(desk.post(f"/cases/{case_id}/answer", {**ANSWER, "act": "send", **more}))


def act(desk: Desk, case_id: int, name: str, **typed: Any) -> Any:
    return done(desk.post(f"/cases/{case_id}/acts/{name}", typed, content_type="multipart/form-data"))


@pytest.mark.full
def test_a_suspension_across_holy_week_keeps_the_days_that_were_left(
    at: Any, clock: Any, sign_in: Any, host: HostPage
) -> None:
    # Wednesday 17 March 2027. 22 March is San José, 25 and 26 are Holy Thursday and Friday.
    case_id, known = at("2027-03-17T15:00:00Z")
    assert case(case_id).due_on == date(2027, 4, 12)
    clock.move_to("2027-03-23T15:00:00Z")
    assert act(sign_in("ana"), case_id, "require", items="Recibo", reason="Falta.").status_code == 302
    asked = track(host, known)["request"]
    assert (asked["until"], track(host, known)["due_on"]) == ("2027-04-23", None)
    # On its very last day the person asks for more; the second month ends on a Sunday.
    clock.move_to("2027-04-24T04:58:00Z")
    assert host.send("/cases/time", known).json == {"until": "2027-05-24"}
    assert host.send("/cases/time", known).status_code == 409
    clock.move_to("2027-05-25T04:58:00Z")
    assert host.send("/cases/messages", {**known, "body": "Va el recibo.", "files": []}).status_code == 201
    # Three days were used (18, 19 and 23 March). Twelve from 25 May: 31 May is Corpus Christi, 7 June Sagrado Corazón.
    assert track(host, known)["due_on"] == "2027-06-11"


def test_a_month_from_the_last_of_january_ends_on_the_leap_day(
    at: Any, clock: Any, sign_in: Any, host: HostPage
) -> None:
    case_id, known = at("2028-01-28T15:00:00Z")
    clock.move_to("2028-01-31T15:00:00Z")
    act(sign_in("ana"), case_id, "require", items="Recibo", reason="Falta.")

    assert track(host, known)["request"]["until"] == "2028-02-29"
    assert host.send("/cases/time", known).json == {"until": "2028-03-31"}


@pytest.mark.full
def test_an_extension_at_the_last_minute_of_the_year_end_is_taken_and_a_minute_later_refused(
    at: Any, clock: Any, sign_in: Any, mails: Any
) -> None:
    first, second = at("2026-12-21T15:00:00Z")[0], at("2026-12-21T15:05:00Z")[0]
    # 22 to 24, 28 to 31 December, 4 to 8 January, and (the 11th is Epiphany) 12 to 14.
    assert case(first).due_on == date(2027, 1, 14)
    clock.move_to("2027-01-15T04:58:00Z")
    boss = sign_in("rita")
    assert act(boss, first, "extend", more="16", reason="Falta un concepto.").status_code == 409
    assert act(boss, first, "extend", more="15", reason="Falta un concepto.").status_code == 302
    assert case(first).due_on == date(2027, 2, 4)
    told = next(one for one in mails() if one["To"] == "luz@example.org" and "4 de febrero" in one.get_content())
    assert "jueves 4 de febrero de 2027" in told.get_content() and "Falta un concepto." in told.get_content()
    clock.move_to("2027-01-15T05:01:00Z")
    late = act(boss, second, "extend", more="5", reason="Falta un concepto.")
    assert late.status_code == 409
    assert "art. 14, par." in late.text and "Falta un concepto." in late.text, "the article, and what was typed"
    assert case(second).due_on == date(2027, 1, 14)


@pytest.mark.full
def test_saturday_before_a_monday_holiday_is_radicated_on_tuesday_and_its_transfer_counts_from_there(
    at: Any, clock: Any, sign_in: Any, mails: Any, host: HostPage
) -> None:
    # Saturday 10 October 2026; Monday the 12th is Día de la Raza.
    cases = [at(f"2026-10-10T15:0{n}:00Z", kind="informacion")[0] for n in (0, 1)]
    assert (case(cases[0]).radicated_on, case(cases[0]).due_on) == (date(2026, 10, 13), date(2026, 10, 27))
    # Midnight in Bogotá is five in the morning.
    for case_id, hour, in_time in zip(cases, ("04", "05"), (True, False), strict=True):
        clock.move_to(f"2026-10-21T{hour}:30:00Z")
        typed = {"entity": "CAR", "letter": "OF-1", "reason": "Es del río.", "files": (BytesIO(PDF), "oficio.pdf")}
        assert act(sign_in("ana"), case_id, "transfer", **typed).status_code == 302
        moved = select(CaseEvent.data).where(CaseEvent.case_id == case_id, CaseEvent.kind == "transferred")
        data = db.session.scalars(moved).one()
        assert data["in_time"] is in_time
        db.session.rollback()
    bare = at("2026-10-21T15:00:00Z")[0]
    assert act(sign_in("ana"), bare, "transfer", entity="CAR", letter="OF-1", reason="Suya.").status_code == 422


def test_thirty_days_step_over_four_monday_holidays(at: Any) -> None:
    # Friday 28 May 2027; 31 May, 7 June, 5 and 12 July are holidays.
    assert case(at("2027-05-28T15:00:00Z", kind="consulta")[0]).due_on == date(2027, 7, 15)


@pytest.mark.full
def test_a_tacit_withdrawal_without_its_number_or_its_hand_is_refused(at: Any, clock: Any, sign_in: Any) -> None:
    case_id, _ = at("2026-12-01T15:00:00Z")
    act(sign_in("ana"), case_id, "require", items="Recibo", reason="Falta.")
    early = act(sign_in("rita"), case_id, "lapse", act="Auto 1", text="Se decreta.")
    assert early.status_code == 409 and "art. 17" in early.text
    # 1 January is a holiday and the 2nd a Saturday: the month ends on Monday 4 January.
    clock.move_to("2027-01-05T04:30:00Z")
    assert act(sign_in("rita"), case_id, "lapse", act="Auto 1", text="Se decreta.").status_code == 409
    clock.move_to("2027-01-05T15:00:00Z")
    jobs.propose_lapses({})
    assert case(case_id).state == "required", "proposed, never done by itself"
    assert act(sign_in("ana"), case_id, "lapse", act="Auto 1", text="Se decreta.").status_code == 403
    assert act(sign_in("rita"), case_id, "lapse", act="", text="Se decreta.").status_code == 422
    assert case(case_id).state == "required"
    # What comes late an officer may still take: the days left from 6 January, the 11th is a holiday.
    assert act(sign_in("ana"), case_id, "take").status_code == 302
    assert case(case_id).due_on == date(2027, 1, 27)


@pytest.mark.full
def test_the_fifth_day_to_appeal_against_a_utility_is_friday_and_the_holiday_after_it_is_late(
    at: Any, clock: Any, sign_in: Any, host: HostPage, cast: Cast, mails: Any
) -> None:
    change_site(cast.tenjo, "system", regime="utility")
    two = [at(f"2026-11-03T15:0{n}:00Z", kind="reclamo_facturacion", account="77") for n in (0, 1)]
    clock.move_to("2026-11-06T15:00:00Z")
    for case_id, known in two:
        send(sign_in("ana"), case_id)
        track(host, known)
        assert case(case_id).state == "notified"
    # 9 to 13 November; Monday the 16th is Independencia de Cartagena.
    clock.move_to("2026-11-14T04:30:00Z")
    in_time = host.send("/cases/appeal", {**two[0][1], "body": "No.", "files": []}).json
    clock.move_to("2026-11-16T15:00:00Z")
    late = host.send("/cases/appeal", {**two[1][1], "body": "No.", "files": []}).json
    assert in_time and late
    db.session.rollback()
    found = {one.radicado: one for one in db.session.scalars(select(Case).where(Case.kind == "recurso"))}
    assert (found[in_time["radicado"]].marks, found[late["radicado"]].marks) == ([], ["late"])
    # Fifteen working days: what came after closing on Friday is radicated on Tuesday the 17th too (art. 54).
    assert {one.due_on for one in found.values()} == {date(2026, 12, 9)}
    letter = next(part for one in mails() for part in one.iter_attachments())
    said = " ".join(read(letter.get_content()).text.split())
    assert "dentro de los 5 días hábiles" in said and "Superintendencia de Servicios Públicos" in said
    answered = select(CaseMessage.radicado).where(CaseMessage.case_id == two[0][0], CaseMessage.kind == "answer")
    number = db.session.scalars(answered).one()
    assert number in said
    issued = db.session.scalars(select(Document).where(Document.number == number)).one()
    assert issued.code in said
    db.session.rollback()
    checked = host.client.post(f"/tenjo/verify/{issued.code}", data={"file": (BytesIO(letter.get_content()), "c.pdf")})
    assert checked.status_code == 200
    assert "Su archivo es idéntico al que expidió la entidad" in checked.text


@pytest.mark.full
def test_an_insistence_on_reserved_information_goes_to_the_judge(
    at: Any, clock: Any, sign_in: Any, host: HostPage
) -> None:
    case_id, known = at("2026-12-10T15:00:00Z", kind="informacion")
    ana, rita = sign_in("ana"), sign_in("rita")
    told = {**ANSWER, "recourse": "insistence"}
    assert ana.post(f"/cases/{case_id}/draft", {**told, "act": "submit"}).status_code == 302
    assert rita.post(f"/cases/{case_id}/draft", {**told, "act": "approve"}).status_code == 302
    assert host.send("/cases/insistence", {**known, "body": "Insisto.", "files": []}).status_code == 409
    assert ana.post(f"/cases/{case_id}/draft", {**told, "act": "send"}).status_code == 302
    shown = track(host, known)
    assert shown["can"]["insist"] and "art. 26" in shown["messages"][-1]["body"]
    # Ten days from Thursday 10 December: 11, 14 to 18, 21 to 24. The 25th is late.
    clock.move_to("2026-12-25T04:30:00Z")
    child = host.send("/cases/insistence", {**known, "body": "Insisto.", "files": []})
    assert child.status_code == 201
    db.session.rollback()
    row = db.session.scalars(select(Case).where(Case.kind == "insistencia")).one()
    assert row.marks == []
    child_id = row.id
    db.session.rollback()
    paper = (BytesIO(PDF), "oficio.pdf")
    sent = act(sign_in("rita"), child_id, "remit", to="Tribunal", letter="OF-9", text="Se remite.", files=paper)
    assert sent.status_code == 302
    assert case(child_id).state == "transferred"


@pytest.mark.full
def test_ten_alike_are_answered_one_by_one_and_eleven_at_once(
    at: Any, sign_in: Any, mails: Any, host: HostPage, cast: Cast
) -> None:
    # By the verb: the gate would have asked one network for work at the tenth.
    all_of = []
    for n in range(11):
        party = Party(name=f"P{n}", email=f"p{n}@example.org", document_type="CC", document_number=str(1000 + n))
        filing = Filing(
            "peticion_general", "Poste", "Arréglenlo.", "web", bytes([n] * 8), party=party, electronic_consent=True
        )
        with write():
            all_of.append((file_case(cast.tenjo, filing).case_id, ""))
    main, others = all_of[0][0], [case(number).radicado for number, _ in all_of[1:]]
    boss = sign_in("rita")
    few = act(boss, main, "gather", radicados="\n".join(others[:9]), newspaper="El Tiempo")
    assert few.status_code == 409 and "art. 22" in few.text
    assert act(boss, main, "gather", radicados="\n".join(others), newspaper="El Tiempo").status_code == 302
    assert send(sign_in("ana"), main).status_code == 302
    assert {case(case_id).state for case_id, _ in all_of} == {"answered"}
    letters = [one for one in mails() if list(one.iter_attachments())]
    assert sorted(str(one["To"]) for one in letters) == sorted(f"p{n}@example.org" for n in range(11))
    assert all(len(list(one.iter_attachments())) == 1 for one in letters)
    numbers = db.session.scalars(select(CaseMessage.radicado).where(CaseMessage.kind == "answer")).all()
    assert len(set(numbers)) == 11
    assert "El poste se repara" in host.client.get("/tenjo/notices").text


@pytest.mark.full
def test_joined_cases_keep_their_dates_and_the_first_of_them_is_the_target(at: Any, clock: Any, sign_in: Any) -> None:
    early, _ = at("2026-12-01T15:00:00Z", kind="informacion")
    late, known = at("2026-12-09T15:00:00Z")
    # Ten days from 1 December: 2 to 4, 7, 9 to 11, 14 to 16. Fifteen from the 9th: to the 31st without Christmas.
    assert (case(early).due_on, case(late).due_on) == (date(2026, 12, 16), date(2026, 12, 31))
    assert act(sign_in("ana"), early, "merge", radicado=known["radicado"], reason="Lo mismo.").status_code == 302
    assert (case(early).due_on, case(late).due_on, case(late).target_on) == (
        date(2026, 12, 16), date(2026, 12, 31), date(2026, 12, 16),
    )  # fmt: skip
    clock.move_to("2026-12-17T15:00:00Z")
    send(sign_in("ana"), late)
    said = select(CaseEvent.case_id, CaseEvent.data).where(CaseEvent.kind == "answered").order_by(CaseEvent.case_id)
    assert {number: data["in_time"] for number, data in db.session.execute(said)} == {early: False, late: True}


@pytest.mark.full
def test_what_bounced_may_be_opened_again_with_a_new_term(at: Any, clock: Any, sign_in: Any, mails: Any) -> None:
    case_id, _ = at("2026-12-10T15:00:00Z")
    send(sign_in("ana"), case_id)
    events.send("mail.failed", mail_id=7, source="case", source_id=case_id)
    db.session.rollback()
    assert case(case_id).notified_at is None and [one.kind for one in open_tasks(case_id)] == ["bounce"]
    clock.move_to("2026-12-30T15:00:00Z")
    assert act(sign_in("ana"), case_id, "reopen", reason="Dirección errada.", restart="y").status_code == 403
    assert act(sign_in("rita"), case_id, "reopen", reason="Dirección errada.", restart="y").status_code == 302
    # 31 December, 4 to 8, 12 to 15, 18 to 22 January.
    assert case(case_id).due_on == date(2027, 1, 22)
    assert send(sign_in("ana"), case_id).status_code == 302
    db.session.rollback()
    answers = db.session.scalars(select(CaseMessage).where(CaseMessage.kind == "answer")).all()
    assert len({one.radicado for one in answers}) == 2
    assert [one.kind for one in open_tasks(case_id)] == []


@pytest.mark.full
def test_a_notice_over_holy_week_hangs_five_working_days(at: Any, clock: Any, sign_in: Any, host: HostPage) -> None:
    case_id, _ = at("2027-03-16T15:00:00Z", **ANONYMOUS)
    clock.move_to("2027-03-23T15:00:00Z")
    send(sign_in("ana"), case_id)
    notice = db.session.scalars(select(CaseNotice)).one()
    # 24 March, 29 to 31, 1 April; Holy Thursday and Friday are none.
    assert (notice.until_on, notice.effective_on) == (date(2027, 4, 1), date(2027, 4, 2))
    db.session.rollback()
    clock.move_to("2027-04-02T04:59:00Z")
    notices.take_down({})
    assert host.get("/cases/notices").json["notices"]  # type: ignore[index]
    clock.move_to("2027-04-03T15:00:00Z")
    notices.take_down({})
    assert case(case_id).state == "notified"


def test_the_notice_of_a_decision_that_was_undone_comes_down_and_notifies_nothing(
    at: Any, clock: Any, sign_in: Any, host: HostPage
) -> None:
    case_id, _ = at("2026-11-23T15:00:00Z", **ANONYMOUS)
    send(sign_in("ana"), case_id)
    clock.move_to("2026-11-25T15:00:00Z")
    act(sign_in("rita"), case_id, "reopen", reason="Faltó una parte.")
    assert host.get("/cases/notices").json == {"notices": []}
    clock.move_to("2026-11-27T15:00:00Z")
    send(sign_in("ana"), case_id, body="El poste y el cable.")
    # The first one would have ended on 30 November; the second hangs until 4 December, and takes effect on Monday.
    clock.move_to("2026-12-02T15:00:00Z")
    notices.take_down({})
    assert case(case_id).state == "answered"
    clock.move_to("2026-12-09T15:00:00Z")
    notices.take_down({})
    assert case(case_id).notified_at.isoformat() == "2026-12-08T04:59:59+00:00"  # type: ignore[union-attr]


@pytest.mark.full
def test_personal_data_have_their_own_days(at: Any, clock: Any, sign_in: Any, host: HostPage, mails: Any) -> None:
    query, _ = at("2026-12-18T16:00:00Z", kind="habeas_consulta")
    claim, known = at("2026-12-18T16:05:00Z", kind="habeas_reclamo")
    late, _ = at("2026-12-18T16:06:00Z", kind="habeas_reclamo")
    assert (case(query).due_on, case(claim).due_on) == (date(2027, 1, 5), date(2027, 1, 13))
    assert clock_of(claim, "label").due_on == date(2026, 12, 22)
    boss = sign_in("rita")
    for case_id, most, to in ((query, 5, date(2027, 1, 13)), (late, 8, date(2027, 1, 25))):
        refused = act(boss, case_id, "extend", more=str(most + 1), reason="Falta.")
        assert refused.status_code == 409 and "1581" in refused.text
        assert act(boss, case_id, "extend", more=str(most), reason="Falta.").status_code == 302
        assert case(case_id).due_on == to
    assert act(sign_in("ana"), claim, "comply", which="label", text="Se puso la leyenda.").status_code == 302
    assert clock_of(claim, "label").met_at is not None
    # Five days to ask for what lacks: 21 to 24 and 28 December. Two months for the person: 28 February is a Sunday.
    clock.move_to("2026-12-28T16:00:00Z")
    assert act(sign_in("ana"), claim, "require", items="Poder", reason="Falta.").status_code == 302
    assert track(host, known)["request"]["until"] == "2027-03-01"
    clock.move_to("2026-12-29T16:00:00Z")
    refused = act(sign_in("ana"), late, "require", items="Poder", reason="Falta.")
    assert refused.status_code == 409 and "1581" in refused.text


@pytest.mark.full
def test_a_silent_utility_counts_72_hours_down_and_pays_its_debt(
    at: Any, clock: Any, sign_in: Any, cast: Cast, host: HostPage
) -> None:
    change_site(cast.tenjo, "system", regime="utility")
    case_id, known = at("2026-11-06T15:00:00Z", kind="reclamo_facturacion", account="77")
    # 9 to 13, (16 is a holiday) 17 to 20, 23 to 27, and 30 November.
    assert case(case_id).due_on == date(2026, 11, 30)
    clock.move_to("2026-12-01T04:58:00Z")
    jobs.remind({})
    silence = select(func.count()).select_from(CaseClock).where(CaseClock.name == "positive_silence")
    assert db.session.scalar(silence) == 0
    db.session.rollback()
    clock.move_to("2026-12-02T16:59:00Z")
    jobs.remind({})
    page = sign_in("ana").get(f"/cases/{case_id}").text
    # Midnight of the 30th and 72 hours: 36 are left at noon of 2 December.
    assert "quedan 36 horas" in page, re.findall(r".{200}hora.{60}", page)
    assert track(host, known)["late"]
    assert act(sign_in("ana"), case_id, "comply", which="positive_silence", text="Se devolvió.").status_code == 302
    assert clock_of(case_id, "positive_silence").met_at is not None


@pytest.mark.full
def test_silence_on_documents_grants_copies_in_three_days(at: Any, clock: Any) -> None:
    case_id, _ = at("2026-12-03T15:00:00Z", kind="documentos")
    assert case(case_id).due_on == date(2026, 12, 18)
    clock.move_to("2026-12-19T15:00:00Z")
    jobs.remind({})
    assert clock_of(case_id, "copies").due_on == date(2026, 12, 23)


@pytest.mark.full
def test_a_conflict_of_competence_stands_still_over_july(at: Any, clock: Any, sign_in: Any) -> None:
    # Monday 29 June 2026 is San Pedro: radicated on the 30th. 13 and 20 July are holidays.
    case_id, _ = at("2026-06-29T15:00:00Z")
    assert (case(case_id).radicated_on, case(case_id).due_on) == (date(2026, 6, 30), date(2026, 7, 23))
    clock.move_to("2026-07-03T15:00:00Z")
    assert act(sign_in("rita"), case_id, "dispute", entity="CAR", reason="Es suya.").status_code == 302
    assert act(sign_in("rita"), case_id, "extend", more="3", reason="Falta.").status_code == 409
    clock.move_to("2026-07-14T15:00:00Z")
    assert act(sign_in("rita"), case_id, "decide_dispute", act="Auto 2", text="Es nuestra.").status_code == 302
    # Three were used; twelve from the 15th: 15 to 17, 21 to 24, 27 to 31.
    assert case(case_id).due_on == date(2026, 7, 31)


@pytest.mark.full
def test_an_answer_that_lacks_a_tick_a_review_of_its_copies_or_a_short_subject_stays_with_its_text(
    at: Any, sign_in: Any, mails: Any
) -> None:
    case_id, _ = at("2026-11-23T15:00:00Z")
    ana = sign_in("ana")
    act(ana, case_id, "questions", questions="¿Cuándo?\n¿Quién?")
    unticked = send(ana, case_id)
    assert unticked.status_code == 409 and "art. 42" in unticked.text and ANSWER["body"] in unticked.text
    act(ana, case_id, "questions", questions="")
    long = send(ana, case_id, subject="a" * 121)
    assert long.status_code == 422 and "a" * 121 in long.text
    unseen = send(ana, case_id, copies="veedor@example.org")
    assert unseen.status_code == 422
    assert send(ana, case_id, subject="a" * 120, copies="veedor@example.org", copies_reviewed="y").status_code == 302
    assert {str(one["To"]) for one in mails()[1:]} == {"luz@example.org", "veedor@example.org"}


@pytest.mark.full
def test_who_may_approve_does_not_approve_what_they_wrote(at: Any, sign_in: Any) -> None:
    case_id, _ = at("2026-11-23T15:00:00Z")
    rita = sign_in("rita")
    assert rita.post(f"/cases/{case_id}/draft", {**ANSWER, "act": "submit"}).status_code == 302
    assert rita.post(f"/cases/{case_id}/draft", {**ANSWER, "act": "approve"}).status_code == 409
    assert rita.post(f"/cases/{case_id}/draft", {**ANSWER, "act": "send"}).status_code == 409
    assert sign_in("admin").post(f"/cases/{case_id}/draft", {**ANSWER, "act": "approve"}).status_code == 302
    assert rita.post(f"/cases/{case_id}/draft", {**ANSWER, "act": "send"}).status_code == 302
    assert case(case_id).state == "answered"


@pytest.mark.full
def test_a_changed_rule_moves_what_is_open_and_writes_both_dates_down(
    at: Any, sign_in: Any, mails: Any, host: HostPage
) -> None:
    case_id, known = at("2026-12-10T15:00:00Z")
    assert case(case_id).due_on == date(2027, 1, 4)
    typed = {
        "kind": "peticion_particular", "regime": "general", "days": "10", "extension_max": "10", "enabled": "y",
        "in_force_from": "2026-12-01", "citation": "Ley 9999 de 2026, art. 1",
    }  # fmt: skip
    done = sign_in("admin").post("/terms", typed)
    assert done.status_code == 302, re.findall(r"invalid-feedback[^>]*>([^<]+)", done.text)
    mails()
    # 11, 14 to 18, 21 to 24 December.
    assert track(host, known)["due_on"] == "2026-12-24"
    data = db.session.scalars(select(CaseEvent.data).where(CaseEvent.kind == "recomputed")).one()
    assert (data["old"], data["new"]) == ("2027-01-04", "2026-12-24")


def test_two_officers_at_once_do_one_thing(at: Any, app: Any, sign_in: Any) -> None:
    case_id, _ = at("2026-11-23T15:00:00Z")
    desks = [sign_in(name) for name in ("ana", "rita", "admin")]
    page = desks[0].get(f"/cases/{case_id}/answer").text
    state = {name: re.search(rf'name="{name}"[^>]*value="(\d+)"', page)[1] for name in ("version", "seen")}  # type: ignore[index]
    start, got = threading.Barrier(3), {}

    def go(name: str, what: Callable[[], Any]) -> None:
        with app.app_context():
            start.wait()
            got[name] = what().status_code

    acts = {
        "answer": lambda: send(desks[0], case_id, **state),
        "extend": lambda: act(desks[1], case_id, "extend", more="3", reason="Falta.", **state),
        "again": lambda: send(desks[2], case_id, **state),
    }
    threads = [threading.Thread(target=go, args=one) for one in acts.items()]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(got.values()) == [302, 409, 409], got
    db.session.rollback()
    done = db.session.scalars(select(CaseEvent.kind).where(CaseEvent.kind.in_(("answered", "extended")))).all()
    assert len(done) == 1


@pytest.mark.full
def test_between_authorities_it_is_ten_days_over_the_year_end(at: Any, mails: Any) -> None:
    case_id, _ = at("2026-12-18T16:00:00Z", kind="informacion", person_type="public_entity", name="Personería de Cota")
    assert (case(case_id).kind, case(case_id).due_on) == ("entre_autoridades", date(2027, 1, 5))
    assert "art. 30" in mails()[0].get_content() and "martes 5 de enero de 2027" in mails()[0].get_content()


@pytest.mark.full
def test_what_was_withdrawn_while_it_stood_still_goes_on_with_the_days_left(
    at: Any, clock: Any, sign_in: Any, host: HostPage
) -> None:
    case_id, known = at("2026-12-14T15:00:00Z")
    clock.move_to("2026-12-16T15:00:00Z")
    act(sign_in("ana"), case_id, "require", items="Recibo", reason="Falta.")
    assert act(sign_in("rita"), case_id, "extend", more="3", reason="Falta.").status_code == 409
    clock.move_to("2026-12-18T15:00:00Z")
    assert host.send("/cases/withdraw", {**known, "reason": ""}).status_code == 200
    clock.move_to("2026-12-22T15:00:00Z")
    assert act(sign_in("ana"), case_id, "continue", act="Res. 1", text="Interés general.").status_code == 403
    assert act(sign_in("rita"), case_id, "continue", act="Res. 1", text="Interés general.").status_code == 302
    # Two were used (15 and 16); thirteen from the 23rd: 23, 24, 28 to 31, 4 to 8 January, 12 and 13.
    assert (case(case_id).due_on, case(case_id).state) == (date(2027, 1, 13), "radicated")


@pytest.mark.full
def test_an_extended_term_that_stood_still_keeps_its_added_days(
    at: Any, clock: Any, sign_in: Any, host: HostPage
) -> None:
    case_id, known = at("2026-11-23T15:00:00Z")
    clock.move_to("2026-11-24T15:00:00Z")
    act(sign_in("rita"), case_id, "extend", more="5", reason="Falta un concepto.")
    assert case(case_id).due_on == date(2026, 12, 22)
    clock.move_to("2026-12-04T15:00:00Z")
    act(sign_in("ana"), case_id, "require", items="Recibo", reason="Falta.")
    clock.move_to("2026-12-11T15:00:00Z")
    host.send("/cases/messages", {**known, "body": "Va.", "files": []})
    # Nine of twenty were used; eleven from 14 December: 14 to 18, 21 to 24, 28 and 29.
    assert case(case_id).due_on == date(2026, 12, 29)


@pytest.mark.full
def test_a_shorter_type_given_too_late_is_late_at_once_and_never_later_by_an_officer(
    at: Any, clock: Any, sign_in: Any
) -> None:
    case_id, _ = at("2026-12-03T15:00:00Z")
    clock.move_to("2026-12-21T15:00:00Z")
    longer = act(sign_in("ana"), case_id, "reclassify", kind="consulta", reason="Pide un concepto.")
    assert longer.status_code == 409 and "art. 14" in longer.text
    assert act(sign_in("ana"), case_id, "reclassify", kind="informacion", reason="Pide datos.").status_code == 302
    assert case(case_id).due_on == date(2026, 12, 18)


@pytest.mark.full
def test_a_past_day_made_a_holiday_is_taken_and_marked_as_such(at: Any, clock: Any, sign_in: Any, mails: Any) -> None:
    missed, running = at("2026-11-20T15:00:00Z", kind="informacion")[0], at("2026-11-23T15:00:00Z")[0]
    clock.move_to("2026-12-09T15:00:00Z")
    typed = {"day": "2026-11-25", "works": "0", "name": "Paro"}
    said = sign_in("admin").post("/settings/calendar", typed, follow_redirects=True).text
    mails()
    assert "Ese día ya pasó" in said
    assert (case(missed).due_on, case(running).due_on) == (date(2026, 12, 4), date(2026, 12, 16))
    event = select(CaseEvent.data).where(CaseEvent.kind == "recomputed", CaseEvent.case_id == running)
    data = db.session.scalars(event).one()
    assert (data["old"], data["new"]) == ("2026-12-15", "2026-12-16")
