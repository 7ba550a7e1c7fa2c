"""What an officer does with a case, through the pages that they use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import event, select

from app.audit import AuditEntry
from app.cases import answering, service
from app.cases.inbox import Filters, find_page
from app.cases.models import Case, CaseEvent, CaseMessage
from app.console.models import SavedText
from app.db import db, write
from tests.conftest import Cast, HostPage
from tests.console.conftest import Filer

ANSWER = {"subject": "Respuesta", "body": "Se repara el lunes.", "next_step": "Espere la visita."}


def read(case_id: int) -> Case:
    db.session.rollback()
    return db.session.get_one(Case, case_id, populate_existing=True)


@contextmanager
def counted() -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_the_inbox_asks_as_much_for_many_cases_as_for_one(sign_in: Any, file_one: Filer) -> None:
    desk = sign_in("ana")
    file_one()
    desk.get("/cases")  # the first page of a session writes its token down
    with counted() as for_one:
        desk.get("/cases")
    for _ in range(12):
        file_one()

    with counted() as for_many:
        page = desk.get("/cases").text

    assert page.count("v-radicado") == 13
    assert len(for_many) == len(for_one) < 25


def test_the_case_page_asks_as_much_for_a_long_talk_as_for_a_short_one(
    sign_in: Any, cast: Cast, file_one: Filer
) -> None:
    desk, case_id = sign_in("ana"), file_one()
    desk.get(f"/cases/{case_id}")
    with counted() as for_short:
        desk.get(f"/cases/{case_id}")
    for number in range(8):
        service.add_note(cast.staff("rita"), cast.tenjo, case_id, f"Nota {number}")
        service.add_from_person(cast.tenjo, case_id, service.Words(f"Dato {number}"))
        file_one()

    with counted() as for_long:
        page = desk.get(f"/cases/{case_id}").text

    assert "Nota 7" in page and "Dato 7" in page
    # Among them the reserved folder, the series of the file, and the cases that it is joined to.
    assert len(for_long) == len(for_short) <= 44


@pytest.mark.store
def test_two_officers_at_once_the_second_is_told_and_loses_nothing(sign_in: Any, cast: Cast, file_one: Filer) -> None:
    case_id = file_one()
    desk = sign_in("ana")
    seen = {"version": read(case_id).version, "seen": _last_event(case_id)}
    service.assign(cast.staff("rita"), cast.tenjo, case_id, assignee_id=cast.people["beto"], office_id=_office(cast))

    answer = desk.post(f"/cases/{case_id}/answer", {"act": "send", **ANSWER, **seen})

    assert answer.status_code == 409
    assert "Se repara el lunes." in answer.text
    assert "Rita" in answer.text
    assert read(case_id).state == "in_process"


def test_what_the_person_adds_meanwhile_is_read_before_the_answer_goes(
    sign_in: Any, cast: Cast, file_one: Filer
) -> None:
    case_id = file_one()
    desk = sign_in("ana")
    seen = {"version": read(case_id).version, "seen": _last_event(case_id)}
    service.add_from_person(cast.tenjo, case_id, service.Words("Ya lo arreglaron, gracias."))

    refused = desk.post(f"/cases/{case_id}/answer", {"act": "send", **ANSWER, **seen})
    sent = desk.post(
        f"/cases/{case_id}/answer",
        {"act": "send", **ANSWER, "version": read(case_id).version, "seen": _last_event(case_id)},
    )

    assert refused.status_code == 409
    assert "Ya lo arreglaron" in refused.text
    assert sent.status_code == 302


def _last_event(case_id: int) -> int:
    db.session.rollback()
    return max(db.session.scalars(select(CaseEvent.id).where(CaseEvent.case_id == case_id)))


def _office(cast: Cast) -> int:
    from app.sites.service import office_by_code

    office = office_by_code(cast.tenjo, "120")
    assert office is not None
    return office.id


def test_an_answer_carries_opening_next_step_and_signature(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one()
    desk = sign_in("ana")

    form = desk.get(f"/cases/{case_id}/answer").text
    desk.post(f"/cases/{case_id}/answer", {"act": "send", **ANSWER})

    assert "En respuesta a su solicitud de fecha" in form
    db.session.rollback()
    sent = db.session.scalars(select(CaseMessage).where(CaseMessage.kind == "answer")).one()
    assert sent.body.startswith("Se repara el lunes.")
    for part in ("Ana", "Profesional", "601 864 6001", "contacto@tenjo.example", "Alcaldía de Tenjo"):
        assert part in sent.body


@pytest.mark.parametrize("missing", ["subject", "body", "next_step"])
def test_an_answer_without_its_parts_is_not_sent(sign_in: Any, file_one: Filer, missing: str) -> None:
    case_id = file_one()

    answer = sign_in("ana").post(f"/cases/{case_id}/answer", {"act": "send", **ANSWER, missing: ""})

    assert answer.status_code == 422
    assert read(case_id).state == "radicated"


def test_a_saved_text_is_filled_with_the_case(sign_in: Any, cast: Cast, file_one: Filer) -> None:
    case_id = file_one()
    with write():
        db.session.add(SavedText(site_id=cast.tenjo, title="Luz", body="{nombre}, caso {radicado}, {nada}."))
    text_id = db.session.scalars(select(SavedText.id)).one()

    page = sign_in("ana").post(f"/cases/{case_id}/answer", {"act": "use", "text_id": text_id}).text

    assert f"Luz Marina Peña, caso {read(case_id).radicado}, {{nada}}." in page


def test_another_sites_text_is_not_used(sign_in: Any, cast: Cast, file_one: Filer) -> None:
    case_id = file_one()
    with write():
        db.session.add(SavedText(site_id=cast.other, title="Ajeno", body="De otra parte."))
    text_id = db.session.scalars(select(SavedText.id)).one()

    page = sign_in("ana").post(f"/cases/{case_id}/answer", {"act": "use", "text_id": text_id, "body": "Lo mío"}).text

    assert "De otra parte" not in page
    assert "Lo mío" in page


def test_a_file_of_an_answer_survives_the_preview(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one()
    desk = sign_in("ana")
    pdf = (BytesIO(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"), "plano.pdf")

    preview = desk.post(f"/cases/{case_id}/answer", {"act": "preview", **ANSWER, "files": pdf}).text
    receipts = preview.split('name="receipts"')[1].split('value="')[1].split('"')[0]
    desk.post(f"/cases/{case_id}/answer", {"act": "send", **ANSWER, "receipts": receipts})

    page = desk.get(f"/cases/{case_id}").text
    assert "plano.pdf" in preview and "plano.pdf" in page
    link = page.split("/files/")[1].split('"')[0]
    taken = desk.get(f"/cases/{case_id}/files/{link}")
    taken.close()
    assert taken.headers["Content-Disposition"].startswith("attachment")
    other = file_one()
    assert desk.get(f"/cases/{other}/files/{link}").status_code == 404


def test_a_reveal_needs_a_reason_and_is_written_down(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one(identity="reserved")
    desk = sign_in("ana")

    before = desk.get(f"/cases/{case_id}").text
    refused = desk.post(f"/cases/{case_id}/reveal", {"reason": ""}, follow_redirects=True).text
    shown = desk.post(f"/cases/{case_id}/reveal", {"reason": "Notificar por correo postal"}).text
    after = desk.get(f"/cases/{case_id}").text

    assert "Luz Marina" not in before + refused + after
    assert "Luz Marina Peña" in shown
    db.session.rollback()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "case.revealed")).one()
    assert entry.data == {"why": "Notificar por correo postal"}


def test_other_cases_of_a_person_are_shown_but_never_of_a_reserved_one(sign_in: Any, file_one: Filer) -> None:
    first, second = file_one(subject="El primero"), file_one(subject="El segundo")
    reserved = file_one(subject="El reservado", identity="reserved")
    desk = sign_in("ana")

    page = desk.get(f"/cases/{second}").text

    assert "El primero" in page
    assert "El reservado" not in page
    assert "El primero" not in desk.get(f"/cases/{reserved}").text
    assert first != second


def test_many_cases_are_given_at_once_and_the_ended_one_is_left(sign_in: Any, cast: Cast, file_one: Filer) -> None:
    ids = [file_one(office="120") for _ in range(3)]
    service.withdraw(cast.tenjo, ids[0], "")
    db.session.rollback()

    answer = sign_in("ana").post(
        "/cases/assign?state=all", {"case": ids, "assignee_id": cast.people["beto"]}, follow_redirects=True
    )

    assert "Se asignaron 2 casos" in answer.text
    assert [read(case_id).assignee_id for case_id in ids] == [None, cast.people["beto"], cast.people["beto"]]


def test_a_case_is_not_given_to_who_does_not_answer_for_it(sign_in: Any, cast: Cast, file_one: Filer) -> None:
    case_id = file_one(office="120")

    sign_in("ana").post("/cases/assign", {"case": case_id, "assignee_id": cast.people["carla"]})

    assert read(case_id).assignee_id is None
    assert read(case_id).version == 1


def test_a_kept_list_is_its_owners_alone(sign_in: Any, file_one: Filer) -> None:
    file_one()
    ana, rita = sign_in("ana"), sign_in("rita")

    ana.post("/cases/views?due=overdue&assignee=me", {"name": "Mis vencidas"})

    assert "Mis vencidas" in ana.get("/cases").text
    assert "due=overdue&amp;assignee=me" in ana.get("/cases").text
    assert "Mis vencidas" not in rita.get("/cases").text
    assert rita.post("/cases/views/1/forget", {}).status_code == 404


def test_an_officer_lists_only_the_cases_of_the_office(cast: Cast, file_one: Filer) -> None:
    mine, _other = file_one(office="120"), file_one(office="130")

    offices = cast.staff("beto").offices("cases.read", cast.tenjo)
    rows = find_page(cast.tenjo, offices, cast.people["beto"], Filters()).rows

    assert [row.id for row in rows] == [mine]


def test_an_act_that_the_law_forbids_is_shown_with_its_article(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one()
    desk = sign_in("ana")
    desk.post(f"/cases/{case_id}/answer", {"act": "send", **ANSWER})

    page = desk.get(f"/cases/{case_id}").text

    assert 'aria-disabled="true" aria-describedby="why-answer"' in page
    assert "Ley 1437 de 2011, art. 42" in page


def test_the_palette_finds_cases_and_pages(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one()
    desk = sign_in("ana")

    cases, pages = desk.get("/cases/palette?q=alumb").json, desk.get("/cases/palette?q=contac").json

    assert [entry["url"] for entry in cases] == [f"/console/tenjo/cases/{case_id}"]
    assert [entry["url"] for entry in pages] == ["/console/tenjo/contact"]


def test_a_radicado_goes_straight_to_its_case(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one()

    answer = sign_in("ana").get(f"/cases/find?q={read(case_id).radicado}")

    assert answer.location == f"/console/tenjo/cases/{case_id}"


def test_the_coach_speaks_while_the_answer_is_written(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one()

    said = sign_in("ana").post(f"/cases/{case_id}/coach", {"body": "TU SOLICITUD FUE RECIBIDA!!! :)"}).text

    assert "mayúsculas" in said


@pytest.mark.store
def test_each_number_of_the_dashboard_opens_the_list_that_it_counts(sign_in: Any, cast: Cast, file_one: Filer) -> None:
    from datetime import timedelta

    from app.cases.figures import figures_of
    from app.clock import now

    for days in (0, 3, 12, 20, 21, 22, 60):
        file_one(received_at=now() - timedelta(days=days))
    answering.answer(cast.staff("ana"), cast.tenjo, file_one(), answering.Answer("a", "b", "c"))

    from urllib.parse import parse_qsl

    for figure in figures_of(cast.tenjo, None).figures:
        filters = Filters.of(dict(parse_qsl(figure.query)))
        assert len(find_page(cast.tenjo, None, 0, filters).rows) == figure.count, figure.name
    assert sum(figure.count for figure in figures_of(cast.tenjo, None).figures) > 5


def test_a_thread_of_contact_is_read_and_becomes_a_case(host: HostPage, sign_in: Any) -> None:
    sent = host.send(
        "/contact/messages",
        {"name": "José", "email": "j@example.org", "subject": "Pregunta", "body": "¿Abren hoy?", "notice_version": 1},
    )  # fmt: skip
    assert sent.status_code == 201, sent.text
    desk = sign_in("ana")

    desk.post("/contact/1/radicate", {"kind": "consulta"})

    assert "J•••" in desk.get("/contact?state=radicated").text
    assert "/cases/1" in desk.get("/contact/1").text


def test_the_dashboard_narrows_to_an_office_and_a_kind_and_its_lists_agree(
    sign_in: Any, cast: Cast, file_one: Filer
) -> None:
    from urllib.parse import parse_qsl

    from app.cases.figures import figures_of

    file_one(office="120", kind="queja")
    file_one(office="120")
    file_one(kind="queja")
    planning = read(1).office_id

    for office, kind in ((planning, ""), (None, "queja"), (planning, "queja"), (planning, "denuncia")):
        found = figures_of(cast.tenjo, None, office, kind)
        for one in (*found.figures, *found.offices, *found.kinds):
            listed = find_page(cast.tenjo, None, 0, Filters.of(dict(parse_qsl(one.query)))).rows
            assert len(listed) == one.count, (office, kind, one)
    desk = sign_in("ana")
    assert "Por responder" in desk.get(f"/?office={planning}&kind=queja").text
    assert "Queja,1,0" in desk.get(f"/figures/kind.csv?office={planning}").text


def test_no_list_of_kinds_shows_a_key_and_no_person_a_code(sign_in: Any, file_one: Filer) -> None:
    case_id = file_one(person={"user_class": "citizen", "municipality": "25799"})
    desk = sign_in("ana")

    for path in ("/", "/cases", "/texts/new", f"/cases/{case_id}"):
        assert "count.kinds." not in desk.get(path).text
    page = desk.get(f"/cases/{case_id}").text
    assert all(word in page for word in ("Persona natural", "Cédula de ciudadanía", "Ciudadano(a)", "Tenjo, "))
    assert all(code not in page for code in (">person<", ">citizen<", ">CC<", ">25799<"))


def test_the_answer_of_who_comes_second_is_kept_and_said_to_be_late(sign_in: Any, cast: Cast, file_one: Filer) -> None:
    case_id = file_one()
    answering.answer(cast.staff("ana"), cast.tenjo, case_id, answering.Answer("a", "b", "c"))
    desk = sign_in("ana")

    refused = desk.post(f"/cases/{case_id}/answer", {**ANSWER, "act": "send"})

    assert refused.status_code == 409
    assert "ya fue respondido" in refused.text
    assert ANSWER["body"] in refused.text
    assert desk.get(f"/cases/{case_id}/answer").location.endswith(f"/cases/{case_id}")


def test_an_act_on_many_names_those_it_left_as_they_were(sign_in: Any, cast: Cast, file_one: Filer) -> None:
    answered, waiting = file_one(), file_one()
    answering.answer(cast.staff("ana"), cast.tenjo, answered, answering.Answer("a", "b", "c"))

    page = sign_in("ana").post(
        "/cases/assign", {"case": [answered, waiting], "assignee_id": cast.staff("ana").id}, follow_redirects=True
    ).text  # fmt: skip

    assert "Se asignó 1 caso" in page
    assert read(answered).radicado in page.split("alert-danger")[1].split("</div>")[0]


def test_the_coach_reads_what_will_be_published_and_says_it_in_words(sign_in: Any, file_one: Filer) -> None:
    published = sign_in("comu").post("/coach?field=body", {"body": "TU ALCALDÍA TE INVITA!!!", "lang": "es"}).text
    letter = sign_in("ana").post(f"/cases/{file_one()}/coach", {"body": "Se repara."}).text
    bold = sign_in("comu").post("/coach?field=body", {"body": "Es **gratis**.", "lang": "es"}).text

    assert "mayúsculas" in published and "**" not in bold
    assert "usted" in published
    assert "la dirección web" in letter
    assert "[" not in letter
