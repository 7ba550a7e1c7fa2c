"""What a filing costs the store, and that nothing worked out before its turn is out of date when it is written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.cases.filing import Filing, file_case, prepare
from app.cases.models import Case
from app.db import db, write
from app.sites.service import set_calendar_day
from tests.conftest import Cast, HostPage, filing

# BEGIN, the site, the answer given before; then one statement a row, and what the number and the chain ask for.
MOST_STATEMENTS = 19
UNDER_LOCK = 16


def test_a_whole_case_takes_few_statements(host: HostPage, statements: list[str]) -> None:
    assert host.send("/pqr/cases", filing()).status_code == 201
    token = host.token()
    statements.clear()

    assert host.send("/pqr/cases", filing(), token=token).status_code == 201

    count = sum(not statement.startswith(("BEGIN", "SELECT 1")) for statement in statements)
    first_write = next(place for place, statement in enumerate(statements) if statement.startswith("INSERT"))
    assert count <= MOST_STATEMENTS - 2, statements
    assert len(statements) - first_write <= UNDER_LOCK, statements


@pytest.mark.store
def test_a_closure_declared_while_a_filing_waits_for_its_turn_counts(app: Flask, cast: Cast) -> None:
    with time_machine.travel(datetime(2026, 11, 23, 15, 0, tzinfo=UTC), tick=False) as clock:
        waiting = Filing("peticion_particular", "Luz", "No hay.", "web", code_material=b"x" * 16)
        prepared = prepare(cast.tenjo, waiting)
        db.session.rollback()
        set_calendar_day(cast.tenjo, date(2026, 12, 2), False, "Día cívico", "system")
        clock.shift(timedelta(minutes=1))

        with write():
            filed = file_case(cast.tenjo, waiting, prepared)

    case = db.session.scalar(select(Case).where(Case.id == filed.case_id))
    assert case is not None and case.due_on == filed.explanation.due_on == date(2026, 12, 16)
    assert prepared.explanation.due_on == date(2026, 12, 15)
    assert case.received_at == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
