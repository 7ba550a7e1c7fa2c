"""The watch over the networks: due at its hours on working days, recorded, and reminded of once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app import clock
from app.db import db
from tests.conftest import Cast
from widgets.social.models import SocialReport
from widgets.social.register import reports
from widgets.social.watch import checks, evidence

BOGOTA = ZoneInfo("America/Bogota")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026: the 3rd is a Tuesday, the 7th a Saturday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BOGOTA)


@pytest.fixture
def watched(cast: Cast) -> Cast:
    checks.save_schedule(cast.staff("comu"), cast.tenjo, {"facebook": "8:00, 14:00", "x": "9:30"})
    return cast


@pytest.mark.store
def test_a_network_is_due_from_its_hour_until_somebody_has_looked(watched: Cast) -> None:
    with clock.at(at(3, 8, 10)):
        assert {one.network: one.due_since for one in checks.watches(watched.tenjo)} == {
            "facebook": at(3, 8), "x": None,
        }  # fmt: skip
        checks.record(watched.staff("comu"), watched.tenjo, "facebook", 3, "Alumbrado")
        assert checks.owed(watched.tenjo) == 0
    with clock.at(at(3, 15)):
        assert {one.network: one.due_since for one in checks.watches(watched.tenjo)} == {
            "facebook": at(3, 14), "x": at(3, 9, 30),
        }  # fmt: skip
    with clock.at(at(7, 15)):
        assert checks.owed(watched.tenjo) == 0


def test_communications_is_reminded_once_for_each_hour(watched: Cast, mails: Any) -> None:
    with clock.at(at(3, 8, 10)):
        checks.remind({})
    for minute in (25, 30, 59):
        with clock.at(at(3, 9, minute)):
            checks.remind({})
    with clock.at(at(3, 14, 30)):
        checks.remind({})

    told = [(mail["To"], mail.get_content()) for mail in mails()]
    assert [to for to, _ in told] == ["comu@tenjo.example"] * 3
    assert "Facebook" in told[0][1] and "X" in told[1][1] and "Facebook" in told[2][1]


def test_a_hand_over_that_is_owed_is_written_of_each_morning(cast: Cast, mails: Any) -> None:
    with clock.at(at(4, 10)):
        said = reports.Said("x", "tag", "@eva", "", "Mi cédula es 52.123.456", at(4, 9))
        reports.capture(cast.tenjo, said, "system")
        checks.remind({})
    assert mails() == []
    for moment in (at(5, 7), at(5, 9), at(5, 11), at(7, 9), at(9, 9)):
        with clock.at(moment):
            checks.remind({})

    told = mails()
    assert [mail["To"] for mail in told] == ["comu@tenjo.example"] * 2
    assert "1 reporte del" in told[0].get_content() and "52.123" not in str(told[0])


def test_bad_hours_are_named_and_what_was_typed_stays(sign_in: Any, cast: Cast) -> None:
    desk = sign_in("comu")

    wrong = desk.post("/social/reports/checks/schedule", {"hours-x": "8:00, 25:00", "hours-facebook": "9:00"})
    right = desk.post("/social/reports/checks/schedule", {"hours-x": "14:30, 8:05; 8:05", "hours-facebook": ""})

    assert wrong.status_code == 422 and 'id="e-hours-x"' in wrong.text and "8:00, 25:00" in wrong.text
    assert right.status_code == 302 and checks.schedule_of(cast.tenjo) == {"x": ["08:05", "14:30"]}


def test_a_look_is_recorded_with_who_and_what(sign_in: Any, cast: Cast) -> None:
    desk = sign_in("comu")

    wrong = desk.post("/social/reports/checks", {"network": "x", "found": "muchos", "note": "Vía cerrada"})
    desk.post("/social/reports/checks", {"network": "x", "found": "2", "note": "Vía cerrada"})

    assert wrong.status_code == 422 and 'value="Vía cerrada"' in wrong.text
    page = desk.get("/social/reports/checks").text
    assert "Comu" in page and "Vía cerrada" in page and checks.log(cast.tenjo)[0].found == 2


@pytest.mark.store
def test_an_auditor_sees_month_by_month_what_was_done_in_time(watched: Cast, sign_in: Any) -> None:
    """Taken in on a Tuesday, a report is in time until the end of Wednesday."""
    ana, site_id = watched.staff("ana"), watched.tenjo
    said = reports.Said("x", "comment", "@a", "", "Sin agua", at(3, 9))
    for day, handed in ((3, at(4, 23)), (9, at(11, 1))):
        with clock.at(at(day, 10)):
            reports.capture(site_id, said, "system")
        with clock.at(handed):
            reports.hand_over(ana, site_id)
    with clock.at(at(12, 10)):
        reports.capture(site_id, said, "system")
        checks.record(ana, site_id, "facebook", 0, "")
    with clock.at(at(17, 10)):
        found = evidence.by_month(site_id)

    assert found == {"2026-11": evidence.Month(reports=3, in_time=1, late=1, owed=1, looks=1)}
    with clock.at(at(17, 10)):
        assert "Evidencia del procedimiento" in sign_in("comu").get("/social/reports/checks").text


def test_whoever_watches_and_answers_sees_the_manual_that_an_administrator_named(cast: Cast, sign_in: Any) -> None:
    boss, desk = sign_in("admin"), sign_in("comu")
    typed = {"title": "Manual de redes", "link": "http://manual.example.org"}
    assert "sigue este manual" not in desk.get("/social/reports/checks").text

    wrong = boss.post("/social/manual", typed)
    assert wrong.status_code == 422 and 'value="Manual de redes"' in wrong.text
    assert boss.post("/social/manual", {**typed, "link": "https://manual.example.org/m.pdf"}).status_code == 302
    assert sign_in("ana").post("/social/manual", typed).status_code == 403

    said = reports.Said("x", "comment", "@a", "", "Sin agua", at(3, 9))
    reports.capture(cast.tenjo, said, "system")
    row = db.session.scalars(db.select(SocialReport.id)).one()
    for page in ("/social/reports/checks", f"/social/reports/replies?report={row}"):
        assert 'href="https://manual.example.org/m.pdf"' in desk.get(page).text
