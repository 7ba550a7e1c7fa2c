"""Answers to reports: each with something of its own, none that names people in public unseen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from app.console.models import User
from app.content.service import FaqText, save_faq
from app.db import db
from app.errors import Invalid
from tests.conftest import Cast
from widgets.social.models import SocialReply, SocialReport
from widgets.social.register import people, replies, reports


def captured(site_id: int, body: str = "No llega el agua", interaction: str = "comment") -> int:
    said = reports.Said("x", interaction, "@vecina", "", body, datetime(2026, 11, 3, 15, tzinfo=UTC))
    code = reports.capture(site_id, said, "system")
    number: int = db.session.scalars(db.select(SocialReport.id).where(SocialReport.code == code)).one()
    db.session.rollback()
    return number


def row_of(report_id: int) -> SocialReport:
    db.session.rollback()
    return db.session.get_one(SocialReport, report_id)


@pytest.mark.store
def test_several_messages_get_one_answer_and_each_its_own_detail(sign_in: Any, cast: Cast) -> None:
    first, second = captured(cast.tenjo), captured(cast.tenjo, "Seguimos sin agua")
    desk, common = sign_in("comu"), "El servicio vuelve hoy a las 6:00 p. m."
    typed = {"report": [first, second], "common": common, f"detail-{first}": "Vimos su reporte del Centro."}

    same = desk.post("/social/reports/replies", {**typed, f"detail-{second}": "vimos su reporte  del centro."})
    lacking = desk.post("/social/reports/replies", typed)
    done = desk.post("/social/reports/replies", {**typed, f"detail-{second}": "Gracias por contar lo de El Roble."})

    assert (same.status_code, lacking.status_code, done.status_code) == (422, 422, 302)
    assert f'id="e-detail-{second}"' in lacking.text and common in lacking.text
    made = desk.get(done.location.partition("/tenjo")[2]).text
    assert f"Vimos su reporte del Centro.\n\n{common}" in made and f"El Roble.\n\n{common}" in made
    assert row_of(first).state == row_of(second).state == reports.ANSWERED


def test_a_public_answer_with_somebodys_data_waits_for_a_confirmation(sign_in: Any, cast: Cast) -> None:
    report_id, desk = captured(cast.tenjo), sign_in("comu")
    typed = {"report": report_id, "common": "Su cédula es 52.123.456 y llamamos al celular 310 555 12 12."}

    stopped = desk.post("/social/reports/replies", typed)

    assert stopped.status_code == 409 and 'name="despite_personal"' in stopped.text and "52.123.456" in stopped.text
    assert db.session.scalars(db.select(SocialReply)).all() == []
    db.session.rollback()
    assert desk.post("/social/reports/replies", {**typed, "despite_personal": "1"}).status_code == 302
    assert db.session.scalars(db.select(SocialReply.despite_personal)).all() == [True]


def test_a_private_answer_may_name_the_persons_data_and_a_public_one_the_entitys(sign_in: Any, cast: Cast) -> None:
    private, public, desk = captured(cast.tenjo, interaction="message"), captured(cast.tenjo), sign_in("comu")

    words = "Su celular 310 555 12 12 quedó registrado."
    told = desk.post("/social/reports/replies", {"report": private, "common": words})
    own = desk.post("/social/reports/replies", {"report": public, "common": "Llámenos al 601 864 6001."})

    assert (told.status_code, own.status_code) == (302, 302)


def test_asking_for_what_lacks_says_where_and_leaves_the_report_open(sign_in: Any, cast: Cast) -> None:
    report_id, desk = captured(cast.tenjo), sign_in("ana")
    page = desk.get(f"/social/reports/replies?report={report_id}&asks=1").text

    words = "Falta su nombre; escríbalo en privado."
    desk.post("/social/reports/replies", {"report": report_id, "common": words, "asks": "1"})

    assert "dirección de notificación" in page and "/tenjo/pqr" in page
    row = row_of(report_id)
    assert (row.state, row.decision, row.answered_at) == (reports.CAPTURED, reports.ASKED, None)


def test_a_petition_that_was_answered_in_public_still_waits_for_its_radicado(cast: Cast) -> None:
    report_id, ana = captured(cast.tenjo), cast.staff("ana")
    reports.judge(ana, cast.tenjo, report_id, {}, is_petition=True, at_once=False)

    replies.reply(ana, cast.tenjo, replies.Draft("Lo radicamos.", {report_id: ""}))

    assert row_of(report_id).state == reports.CAPTURED
    assert reports.radicate(ana, cast.tenjo, report_id, "queja").radicado


def test_where_an_answer_stands_is_kept_beside_its_report(sign_in: Any, cast: Cast) -> None:
    report_id, desk = captured(cast.tenjo), sign_in("comu")
    (number,) = replies.reply(cast.staff("comu"), cast.tenjo, replies.Draft("Ya vamos.", {report_id: ""}))

    wrong = desk.post(f"/social/reports/replies/{number}/link", {"link": "javascript:1"})
    right = desk.post(f"/social/reports/replies/{number}/link", {"link": "https://x.com/alcaldia/1"})

    assert wrong.status_code == 422 and "javascript:1" in wrong.text and right.status_code == 302
    assert row_of(report_id).details["reply_link"] == "https://x.com/alcaldia/1"


def test_a_report_is_handed_to_one_person_who_is_told_by_mail(sign_in: Any, cast: Cast, mails: Any) -> None:
    report_id, desk = captured(cast.tenjo, "¿Cómo pago el predial?"), sign_in("comu")
    path = f"/social/reports/{report_id}/refer"

    desk.post(path, {"why": "procedure", "colleague": cast.people["ana"]})

    row = row_of(report_id)
    assert (row.state, row.referred_why, row.referred_to) == ("handed", "procedure", f"staff:{cast.people['ana']}")
    (mail,) = mails()
    assert mail["To"] == "ana@tenjo.example" and row.code in mail["Subject"]
    assert "orientación sobre un trámite" in mail.get_content() and "predial" not in mail.get_content()
    other = captured(cast.tenjo, "El horario publicado está mal")
    desk.post(f"/social/reports/{other}/refer", {"why": "lacks", "colleague": cast.people["ana"]})
    assert (row_of(other).referred_why, mails()[-1]["To"]) == ("lacks", "ana@tenjo.example")
    for person, why in (("beto", "lacks"), ("olga", "lacks"), ("ana", "other")):
        with pytest.raises(Invalid):
            replies.refer(cast.staff("comu"), cast.tenjo, report_id, why, cast.people[person])


def test_only_who_may_open_the_register_is_offered(cast: Cast) -> None:
    assert [user.name for user in people.of_role(cast.tenjo, people.CITIZEN)] == ["Ana"]
    assert people.of_role(cast.tenjo, "office_officer") == [] and db.session.get(User, cast.people["ana"])


def test_what_is_published_already_stands_beside_the_message(app: Flask, sign_in: Any, cast: Cast) -> None:
    """To be suggested with its address (S4-25)."""
    save_faq(cast.staff("comu"), cast.tenjo, FaqText("¿Dónde es la vacunación?", "En el puesto de salud."))
    while app.extensions["ventanilla"].jobs.run_due():
        pass
    report_id = captured(cast.tenjo, "¿hay vacunacion el sábado?")

    page = sign_in("comu").get(f"/social/reports/replies?report={report_id}").text

    assert "¿Dónde es la vacunación? http" in page and "/tenjo/faq#faq-" in page
