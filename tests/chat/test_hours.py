"""The counter opens and closes to the minute, and says when next."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine

from app.sites.service import set_calendar_day
from tests.chat.conftest import new
from tests.conftest import Cast, HostPage
from widgets.chat import hours, jobs, service, shifts
from widgets.chat.errors import ChatClosed


def at(moment: str, cast: Cast) -> hours.Opening:
    """The state at an hour of Bogotá, with Ana on duty whatever the hour."""
    with time_machine.travel(f"{moment}-05:00", tick=False):
        shifts.check_in(cast.staff("ana"), cast.tenjo)
        return hours.opening_of(cast.tenjo, "es")


@pytest.mark.parametrize(
    ("moment", "state", "opening"),
    [
        ("2026-11-24T07:59:59", "closed", "hoy a las 8:00 a. m."),
        ("2026-11-24T08:00:00", "open", ""),
        ("2026-11-24T12:00:59", "open", ""),
        ("2026-11-24T12:01:00", "closed", "hoy a las 2:00 p. m."),
        ("2026-11-24T13:59:59", "closed", "hoy a las 2:00 p. m."),
        ("2026-11-24T14:00:00", "open", ""),
        ("2026-11-24T16:00:59", "open", ""),
        ("2026-11-24T16:01:00", "closed", "mañana a las 8:00 a. m."),
        # Friday evening, Saturday, Sunday before a working Monday.
        ("2026-11-27T16:01:00", "closed", "el lunes 30 de noviembre de 2026 a las 8:00 a. m."),
        ("2026-11-28T09:00:00", "closed", "el lunes 30 de noviembre de 2026 a las 8:00 a. m."),
        ("2026-11-29T09:00:00", "closed", "mañana a las 8:00 a. m."),
        # The Immaculate Conception, a Tuesday that is a holiday.
        ("2026-12-08T09:00:00", "closed", "mañana a las 8:00 a. m."),
        # A Monday holiday by Ley 51 de 1983.
        ("2026-11-16T09:00:00", "closed", "mañana a las 8:00 a. m."),
    ],
)
def test_it_opens_and_closes_to_the_minute(cast: Cast, moment: str, state: str, opening: str) -> None:
    found = at(moment, cast)

    assert (found.state, found.next_words) == (state, opening)


def test_within_the_hours_and_nobody_on_duty_is_its_own_state(clock: Any, cast: Cast) -> None:
    assert hours.opening_of(cast.tenjo, "es").state == "nobody"


def test_a_desk_that_died_is_off_duty_after_a_minute(clock: Any, cast: Cast) -> None:
    shifts.check_in(cast.staff("ana"), cast.tenjo)
    clock.shift(61)

    assert hours.opening_of(cast.tenjo, "es").state == "nobody"


def test_a_closure_declared_in_the_middle_of_a_shift_closes_at_once(clock: Any, cast: Cast) -> None:
    shifts.check_in(cast.staff("ana"), cast.tenjo)
    set_calendar_day(cast.tenjo, date(2026, 11, 24), False, "Vacante", "system")

    assert hours.opening_of(cast.tenjo, "es").state == "closed"
    with pytest.raises(ChatClosed):
        service.start(cast.tenjo, new())


def test_who_waits_when_the_hours_end_is_told_and_becomes_a_task(talk: Any, clock: Any, cast: Cast) -> None:
    for number in range(4):
        talk(material=bytes([number]))
    waiting = talk()
    service.say(waiting.id, "person", "message-1", "¿Cuánto cuesta el predial?")
    clock.move_to("2026-11-24T17:01:30Z")
    for conversation_id in range(1, 6):
        service.seen(conversation_id)

    jobs.tidy({})

    ended = service.read(waiting.id)
    assert (ended.state, ended.end_reason, ended.task) == ("ended", "closed", "open")


def test_an_hour_that_begins_with_nobody_is_told_once(clock: Any, cast: Cast, mails: Any) -> None:
    clock.move_to("2026-11-23T20:00:00Z")
    shifts.check_in(cast.staff("ana"), cast.tenjo)
    clock.move_to("2026-11-24T13:01:00Z")
    jobs.watch({})
    assert mails() == []

    clock.move_to("2026-11-24T13:02:30Z")
    jobs.watch({})
    jobs.watch({})

    assert sorted(mail["To"] for mail in mails()) == ["admin@tenjo.example", "rita@tenjo.example"]


def test_where_nobody_was_ever_on_duty_no_absence_is_told(clock: Any, cast: Cast, mails: Any) -> None:
    jobs.watch({})

    assert mails() == []


def test_the_announced_hours_are_said_in_words(host: HostPage) -> None:
    said = host.get("/chat/state").json

    assert said is not None
    assert said["hours"] == ["De lunes a viernes: 8:00 a. m. a 12:00 p. m. y 2:00 p. m. a 4:00 p. m."]


def test_without_script_the_page_says_when_and_offers_the_forms(host: HostPage) -> None:
    page = host.client.get("/tenjo/chat")

    assert "Horario de atención" in page.text
    assert 'href="contact?lang=es"' in page.text
    assert 'href="pqr?lang=es"' in page.text
