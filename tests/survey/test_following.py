"""One survey is followed by mail: asked, confirmed, told of its opening, end, results and record, left by a click."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.clock import now
from app.db import db, write
from app.mail.models import Mail
from app.participation.closing import Decision
from tests.conftest import Cast, HostPage
from tests.survey.conftest import Opener, question
from widgets.survey import following, service, setting_up
from widgets.survey.models import Survey, SurveyFollower
from widgets.survey.setting_up import Setup


def the_id() -> int:
    db.session.rollback()
    return int(db.session.scalars(select(Survey.id)).one())


def followers() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(SurveyFollower.email)))


def press(host: HostPage, text: str, what: str) -> Any:
    link = re.search(rf"http://localhost:8000(/tenjo/survey/follow/{what}\S+)", text)
    assert link, text
    assert host.client.get(link[1]).status_code == 200
    return host.client.post(link[1].partition("?")[0], data={"t": link[1].rpartition("t=")[2]})


def letters(mails: Any) -> list[Any]:
    """The letters after the job ran twice: the second finds nothing to say."""
    db.session.rollback()
    following.tell_due({})
    following.tell_due({})
    return [mail for mail in mails() if "Confirme" not in mail["Subject"]]


@pytest.mark.store
def test_a_follower_hears_of_opening_end_results_and_record_once_each(
    host: HostPage, cast: Cast, mails: Any, opened: Opener
) -> None:
    opened(question("q1", "yes_no"), opens_at=now() + timedelta(days=1), closes_at=now() + timedelta(days=3))
    staff, survey_id = cast.staff("comu"), the_id()
    asked = host.send("/survey/follows", {"survey": "obras", "email": "eva@example.org"})
    unasked = letters(mails)
    press(host, mails()[0].get_content(), "confirm")
    early = letters(mails)
    told = []
    with time_machine.travel(now() + timedelta(days=2), tick=True):
        told.append(letters(mails)[len(told):])
    with time_machine.travel(now() + timedelta(days=4), tick=True) as clock:
        service.close_due({})
        told.append(letters(mails)[1:])
        clock.shift(60)
        setting_up.save_setup(staff, cast.tenjo, survey_id, Setup(title={"es": "Obras"}, show_results=True))
        told.append(letters(mails)[2:])
        clock.shift(60)
        service.save_theme(staff, cast.tenjo, survey_id, Decision("Vías", "Vías", "taken", "Sí."))
        service.publish_record(staff, cast.tenjo, survey_id, "")
        clock.shift(60)
        service.archive(staff, cast.tenjo, survey_id)
        told.append(letters(mails)[3:])
        last = told[-1][0].get_content()
        left = press(host, last, "leave")

    assert (asked.status_code, unasked, early) == (202, [], [])
    assert [[mail["Subject"] for mail in some] for some in told] == [
        ["Ya puede responder: Obras"], ["Cerró la encuesta: Obras"], ["Resultados de la encuesta: Obras"],
        ["Qué decidimos con la encuesta: Obras"],
    ]  # fmt: skip
    assert "/tenjo/survey/obras/results?lang=es" in told[2][0].get_content()
    assert "List-Unsubscribe" in told[0][0] and left.status_code == 200 and followers() == []


def test_without_script_one_follows_by_a_page_that_keeps_the_address(host: HostPage, six: str) -> None:
    assert 'href="/tenjo/survey/obras/follow"' in host.client.get("/tenjo/survey/obras").text
    page = host.client.get("/tenjo/survey/obras/follow").text
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    wrong = host.client.post("/tenjo/survey/obras/follow", data={**hidden, "follow_email": "eva@"})
    right = host.client.post("/tenjo/survey/obras/follow", data={**hidden, "follow_email": "eva@example.org"})

    assert wrong.status_code == 422 and 'value="eva@"' in wrong.text and "<details open>" in wrong.text
    assert right.status_code == 200 and 'href="/tenjo/survey/obras"' in right.text
    assert followers() == ["eva@example.org"]


def test_an_address_that_does_not_exist_is_forgotten_and_a_draft_is_nobodys_to_follow(
    app: Flask, host: HostPage, cast: Cast, opened: Opener
) -> None:
    opened(question("q1", "yes_no"))
    service.create(cast.staff("comu"), cast.tenjo, "Secreta")
    host.send("/survey/follows", {"survey": "obras", "email": "eva@example.org"})
    db.session.rollback()
    row = db.session.scalars(select(SurveyFollower)).one()

    letter = db.session.scalars(select(Mail).where(Mail.source == "survey_follow")).one()
    # The letter to somebody else was about another who had this number.
    for address, left in (("otra@example.org", ["eva@example.org"]), ("Eva@example.org", [])):
        with write():
            db.session.get_one(Mail, letter.id).to_address = address
        following.FOLLOWING.heed("survey_follow", row.id, "hard", mail_id=letter.id)
        assert followers() == left

    assert host.send("/survey/follows", {"survey": "secreta", "email": "eva@example.org"}).status_code == 404
