"""A site's settings through the console: saved, refused beside the field, kept from those who may not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.cases.texts import signature
from app.cli import cli
from app.console.models import User
from app.console.staff import invite_by_key
from app.db import db
from app.errors import Invalid
from app.sites import service
from tests.conftest import Cast, Desk, HostPage

SECRET = "una clave larga de Nora"
PAGES = ("", "offices", "hours", "calendar", "brand", "origins", "widgets", "widgets/pqr", "forms")


@pytest.fixture
def desk(sign_in: Any) -> Desk:
    made: Desk = sign_in("admin")
    return made


@pytest.mark.parametrize("page", PAGES)
def test_an_administrator_sees_each_page(desk: Desk, page: str) -> None:
    assert desk.get(f"/settings/{page}").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_an_officer_sees_none(sign_in: Any, page: str) -> None:
    assert sign_in("beto").get(f"/settings/{page}").status_code == 403


@pytest.mark.store
def test_hours_of_several_intervals_are_saved(desk: Desk, cast: Cast) -> None:
    data = {"day-0": "8:00-12:00, 14:00-16:30", "day-5": "9:00-11:00"}

    assert desk.post("/settings/hours", data).status_code == 302

    db.session.rollback()
    assert service.hours_rows(cast.tenjo) == [(0, 480, 720), (0, 840, 990), (5, 540, 660)]


@pytest.mark.store
def test_an_office_has_hours_of_its_own_and_the_others_the_sites(desk: Desk, cast: Cast) -> None:
    office, other = service.offices(cast.tenjo)[:2]

    assert desk.post("/settings/hours", {"office": office.id, "day-1": "9:00-10:00"}).status_code == 302

    assert desk.get(f"/settings/hours?office={office.id}").status_code == 200
    db.session.rollback()
    assert service.hours_rows(cast.tenjo, office.id) == [(1, 540, 600)]
    assert service.hours_rows(cast.tenjo, other.id) == service.hours_rows(cast.tenjo) != [(1, 540, 600)]


@pytest.mark.parametrize("typed", ["ocho a doce", "12:00-8:00", "8:00-12:00, 11:00-13:00", "25:00-26:00"])
def test_hours_that_make_no_sense_are_refused_and_kept(desk: Desk, cast: Cast, typed: str) -> None:
    answer = desk.post("/settings/hours", {"day-0": typed})

    assert answer.status_code == 422
    assert typed in answer.text
    db.session.rollback()
    assert len(service.hours_rows(cast.tenjo)) == 10


def test_a_closure_is_declared_and_taken_back(desk: Desk, cast: Cast) -> None:
    desk.post("/settings/calendar", {"day": "2026-12-07", "works": "0", "name": "Día cívico"})
    db.session.rollback()
    assert service.calendar_rows(cast.tenjo) == [(date(2026, 12, 7), False, "Día cívico")]

    desk.post("/settings/calendar/remove", {"day": "2026-12-07"})
    db.session.rollback()
    assert service.calendar_rows(cast.tenjo) == []


def test_a_pale_accent_is_mended_and_the_webmaster_told(sign_in: Any) -> None:
    desk = sign_in("web")

    desk.post("/settings/brand", {"accent": "#ffe600"})

    assert "4,5 a 1" in desk.get("/settings/brand").text


def test_an_origin_with_a_path_is_refused_and_kept(desk: Desk) -> None:
    answer = desk.post("/settings/origins", {"origins": "https://a.example\nhttps://b.example/ruta"})

    assert answer.status_code == 422
    assert "https://b.example/ruta" in answer.text


def test_rules_are_published_as_versions_that_the_widget_shows(desk: Desk, host: HostPage) -> None:
    desk.post("/settings/widgets/pqr/rules", {"text": "Primera."})
    desk.post("/settings/widgets/pqr/rules", {"text": "Segunda.", "text_en": "Second."})

    rules = host.get("/boot?w=pqr").json["widgets"]["pqr"]["rules"]  # type: ignore[index]

    assert (rules["version"], "Segunda." in rules["text"]) == (2, True)


def test_a_widget_that_is_off_says_so_at_start(desk: Desk, host: HostPage) -> None:
    desk.post("/settings/widgets/contact", {"office_id": "", "help_es": "Solo de día."})

    about = host.get("/boot?w=contact").json["widgets"]["contact"]  # type: ignore[index]

    assert (about["enabled"], about["help"]) == (False, "Solo de día.")


def test_an_office_of_another_site_cannot_be_changed(desk: Desk, cast: Cast) -> None:
    foreign = service.offices(cast.other)[0]

    desk.post("/settings/offices", {"id": str(foreign.id), "code": "999", "name": "Tomada"})

    db.session.rollback()
    assert service.offices(cast.other)[0].name == foreign.name


def test_a_person_is_invited_given_an_end_and_removed(desk: Desk, cast: Cast, mails: Any) -> None:
    desk.post(
        "/people",
        {"email": "nueva@tenjo.example", "name": "Nueva", "role": "auditor", "office_id": "", "until": "2026-12-31"},
    )
    [mail] = mails()
    assert "/console/reset/" in mail.get_content()

    from app.console.staff import people

    db.session.rollback()
    invited = next(person for person in people(cast.tenjo) if person.email == "nueva@tenjo.example")
    assert invited.until == date(2026, 12, 31)
    desk.post(f"/people/{invited.id}/disable", {})
    db.session.rollback()
    assert invited.id not in {person.id for person in people(cast.tenjo)}


def test_who_was_removed_is_invited_again_with_a_new_password(desk: Desk, cast: Cast, mails: Any) -> None:
    person = {"email": "beto@tenjo.example", "role": "office_officer", "office_id": ""}
    desk.post(f"/people/{cast.people['beto']}/disable", {})

    desk.post("/people", person)

    assert "/console/reset/" in mails()[-1].get_content()
    db.session.rollback()
    assert db.session.get_one(User, cast.people["beto"]).active


def test_nobody_removes_themselves(desk: Desk, cast: Cast) -> None:
    assert desk.post(f"/people/{cast.people['admin']}/disable", {}).status_code == 409


def test_the_snippet_page_shows_what_to_paste(sign_in: Any) -> None:
    html = sign_in("web").get("/snippet").text

    assert "data-site=&#34;tenjo&#34;" in html
    assert "ventanilla-pqr" in html


def test_the_check_refuses_to_visit_what_is_not_public(sign_in: Any) -> None:
    answer = sign_in("web").post("/snippet", {"url": "http://127.0.0.1:5432/"})

    assert answer.status_code == 422


def test_an_invitation_is_sent_again_until_the_person_comes_in(desk: Desk, cast: Cast, mails: Any) -> None:
    person = {"email": "nora@tenjo.example", "name": "Nora", "role": "office_officer", "until": "2026-12-31"}
    for until in ("2026-12-31", "2027-01-31"):
        desk.post("/people", {**person, "until": until})
    nora = db.session.scalars(select(User).where(User.email == "nora@tenjo.example")).one()
    assert [str(grant.until) for grant in nora.grants] == ["2027-01-31"]
    assert "Invitada, sin entrar" in desk.get("/people").text

    desk.post(f"/people/{nora.id}/again", {})
    links = [line for mail in mails() for line in mail.get_content().split() if "/console/reset/" in line]
    client = desk.client.application.test_client()
    address = f"/console/reset/{links[-1].partition('/reset/')[2]}"
    client.post(address, data=dict.fromkeys(("password", "password_confirm"), SECRET))

    assert len(links) == 3
    db.session.rollback()
    assert db.session.get_one(User, nora.id, populate_existing=True).confirmed_at is not None
    assert desk.post(f"/people/{nora.id}/again", {}).status_code == 409


def test_nobody_ends_their_own_time(desk: Desk, cast: Cast) -> None:
    assert desk.post(f"/people/{cast.people['admin']}/until", {"until": "2020-01-01"}).status_code == 409


def test_a_person_changes_what_their_signature_says(desk: Desk, cast: Cast) -> None:
    desk.client.post("/console/account", data={"name": "Óscar V.", "position": "Jefe", "phone": "601 555 0101"})

    assert signature(cast.staff("admin"), cast.tenjo, "es").startswith("Óscar V.\nJefe\nTeléfono: 601 555 0101")


def test_a_command_takes_no_address_that_is_none_and_ends_a_contractors_time(app: Any, cast: Cast) -> None:
    run = app.test_cli_runner().invoke
    to_tenjo = ["--site", "tenjo", "--role", "auditor"]

    with pytest.raises(Invalid):
        invite_by_key("tenjo", "no-es-correo", "auditor", "", "")
    with pytest.raises(Invalid):
        service.create_site(key="otra", name="Otra", entity="Otra", official_email="malo", origins=[])
    unknown = run(cli, ["staff", "invite", "x@tenjo.example", *to_tenjo[:3], "jefe"])
    invite_by_key("tenjo", "pia@tenjo.example", "auditor", "", "", date(2026, 12, 31))

    assert "auditor" in unknown.output
    pia = db.session.scalars(select(User).where(User.email == "pia@tenjo.example")).one()
    assert [grant.until for grant in pia.grants] == [date(2026, 12, 31)]
