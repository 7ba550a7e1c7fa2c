"""A published text has a day by which somebody must look at it again, and that somebody is told (S0-12, S1-7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import time_machine

from tests.content.conftest import Press

MORNING, DAY, LATER = "2026-11-20T15:00:00+00:00", date(2026, 12, 1), "2026-12-01T15:00:00+00:00"


def reminders(mails: Any) -> list[tuple[str, str]]:
    return [(mail["To"], mail.get_content()) for mail in mails() if "por revisar" in mail["Subject"]]


def test_who_wrote_a_text_is_reminded_on_its_day_once_and_again_for_a_later_day(press: Press, mails: Any) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        made = press.publish("Horario de vacunación", review_on=DAY)
        press.write("Borrador", review_on=DAY)
        press.publish("Sin fecha")
        before = reminders(mails)
        clock.move_to(LATER)
        [(to, text)] = reminders(mails)
        press.write("Horario de vacunación", "Nuevo.", made, review_on=date(2026, 12, 5))
        clock.move_to("2026-12-03T15:00:00+00:00")
        between = len(reminders(mails))
        clock.move_to("2026-12-05T15:00:00+00:00")
        after = len(reminders(mails))

    assert (before, to) == ([], "comu@tenjo.example")
    assert f"/console/tenjo/publications/{made}" in text and "Borrador" not in text and "Sin fecha" not in text
    assert (between, after) == (1, 2)


def test_a_question_is_everybodys_and_goes_to_the_official_address(press: Press, mails: Any) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        press.ask("¿Dónde vacunan?", review_on=DAY)
        clock.move_to(LATER)
        [(to, text)] = reminders(mails)

    assert to == "contacto@tenjo.example" and "¿Dónde vacunan?" in text


def test_the_desk_lists_what_waits_for_a_look_until_it_has_another_day(press: Press, sign_in: Any) -> None:
    with time_machine.travel(LATER, tick=False):
        made = press.publish("Horario de vacunación", review_on=DAY)
        desk = sign_in("comu")
        waits = desk.get("/publications").text
        typed = {"title": "Horario de vacunación", "body": "Nuevo.", "topic_id": "1", "kind": "news", "lang": "es",
                 "review_on": "2027-12-01"}  # fmt: skip
        desk.post(f"/publications/{made}", typed)
        mended = desk.get("/publications").text

    assert "Textos por revisar: 1" in waits
    assert "Textos por revisar" not in mended
