"""A closure that is declared while cases run moves their dates, and says so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from app import audit
from app.cases.jobs import remind
from app.cases.models import Case, CaseEvent
from app.cases.recompute import recompute
from app.console.models import Grant
from app.db import db, write
from app.sites.service import remove_calendar_day, set_calendar_day
from tests.conftest import Cast, HostPage, filing


def only_case() -> Case:
    db.session.rollback()
    return db.session.scalars(select(Case)).one()


@pytest.mark.store
def test_a_closure_moves_an_open_case_and_logs_both_dates(host: HostPage, cast: Cast, mails: Any) -> None:
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True):
        host.send("/pqr/cases", filing())
        assert only_case().due_on == date(2026, 12, 14)

        set_calendar_day(cast.tenjo, date(2026, 12, 7), False, "Día cívico", "system")
        mails()

        assert only_case().due_on == date(2026, 12, 15)
        event = db.session.scalars(select(CaseEvent).where(CaseEvent.kind == "recomputed")).one()
        assert (event.data["old"], event.data["new"]) == ("2026-12-14", "2026-12-15")


def test_taking_the_closure_back_brings_the_date_back(host: HostPage, cast: Cast) -> None:
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True):
        host.send("/pqr/cases", filing())
        set_calendar_day(cast.tenjo, date(2026, 12, 7), False, "Día cívico", "system")
        recompute({"site_id": cast.tenjo})

        remove_calendar_day(cast.tenjo, date(2026, 12, 7), "system")
        recompute({"site_id": cast.tenjo})

        assert only_case().due_on == date(2026, 12, 14)


@pytest.mark.store
def test_officers_hear_three_days_before_and_heads_at_expiry_each_once(host: HostPage, cast: Cast, mails: Any) -> None:
    from app.cases.service import assign

    with time_machine.travel("2026-11-20T15:00:00Z", tick=True) as clock:
        host.send("/pqr/cases", filing())
        assign(cast.staff("rita"), cast.tenjo, only_case().id, assignee_id=cast.people["ana"])
        for day in ("2026-12-09", "2026-12-10", "2026-12-11", "2026-12-15", "2026-12-16"):
            clock.move_to(f"{day}T15:00:00Z")
            remind({})

        told = [(mail["To"].addresses[0].addr_spec, str(mail["Subject"])) for mail in mails()]
        officer = [subject for to, subject in told if to == "ana@tenjo.example"]
        head = [subject for to, subject in told if to == "rita@tenjo.example"]
        assert [words.split(": ")[1] for words in officer] == [
            "le fue asignado", "vence en tres días hábiles", "vence en un día hábil", "venció el término",
        ]  # fmt: skip
        assert [words.split(": ")[1] for words in head] == ["venció el término"]


def test_a_case_that_nobody_has_is_told_to_who_answers_there(host: HostPage, cast: Cast, mails: Any) -> None:
    with write():
        for grant in db.session.scalars(select(Grant).where(Grant.role == "reviewer")):
            db.session.delete(grant)
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True) as clock:
        host.send("/pqr/cases", filing())
        clock.move_to("2026-12-09T15:00:00Z")
        told = mails()[-1]

    assert told["To"].addresses[0].addr_spec == "ana@tenjo.example"
    assert "lunes 14 de diciembre de 2026" in told.get_content()


def test_cases_long_late_are_looked_at_without_writing(host: HostPage, app: Flask, mails: Any) -> None:
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True) as clock:
        host.send("/pqr/cases", filing())
        clock.move_to("2026-12-16T15:00:00Z")
        mails()
        said: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda _c, _k, statement, *_: said.append(statement))

        remind({})

    assert said and not [one for one in said if one.startswith(("BEGIN IMMEDIATE", "INSERT", "UPDATE"))]


@pytest.mark.store
def test_the_chain_of_the_audit_holds_and_shows_a_change(host: HostPage, cast: Cast) -> None:
    host.send("/pqr/cases", filing())
    assert audit.verify(cast.tenjo)[1] == ""

    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_entries SET action = 'case.other' WHERE action = 'case.filed'")

    db.session.rollback()
    assert "was changed" in audit.verify(cast.tenjo)[1]

    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_entries SET action = 'case.filed' WHERE action = 'case.other'")
        connection.exec_driver_sql("DELETE FROM audit_entries WHERE action = 'case.filed'")
        connection.exec_driver_sql("DELETE FROM audit_heads")

    db.session.rollback()
    assert "head is missing" in audit.verify(cast.tenjo)[1]
