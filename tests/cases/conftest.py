"""What the tests of the law share: a working day on which cases are filed, and how a refusal reads.

Properties here are about dates, not speed: a busy machine must not fail them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from hypothesis import settings
from sqlalchemy import select

from app.cases.guards import LawForbids
from app.cases.models import Case
from app.db import db
from tests.conftest import HostPage, filing

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def clock() -> Iterator[Any]:
    # Friday 20 November 2026, 10:00 in Bogotá.
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True) as clock:
        yield clock


@pytest.fixture
def file(clock: Any, host: HostPage) -> Callable[..., int]:
    """`file(kind=…)` files a case and returns its number in the store."""

    def send(**changes: Any) -> int:
        answer = host.send("/pqr/cases", filing(**changes))
        assert answer.status_code == 201, answer.text
        db.session.rollback()
        return int(db.session.scalars(select(Case.id).order_by(Case.id.desc())).first() or 0)

    return send


def case(case_id: int) -> Case:
    db.session.rollback()
    return db.session.get_one(Case, case_id)


def refused(guard: str) -> Any:
    return pytest.raises(LawForbids, match=f"cases.law.{guard}$")
