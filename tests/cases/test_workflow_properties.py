"""Whatever an office and a person do, in whatever order, the law's invariants hold."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import audit
from app.cases import answering, competence, decrees, effect, jobs, joining, recourse, service, workflow
from app.cases.deadlines import Segment
from app.cases.filing import Filing, file_case
from app.cases.models import ANSWERED, OPEN, Case, CaseClock
from app.cases.rules import Rule
from app.cases.terms import terms_of
from app.db import db, write
from app.errors import DomainError
from tests.conftest import Cast

START = datetime(2026, 11, 20, 15, tzinfo=UTC)
ACTS = (
    "require", "send_back", "complete", "take_late", "more_time", "extend", "reclassify", "lapse", "wait", "withdraw",
    "continue", "dispute", "decide_dispute", "propose", "reject", "answer", "access", "reopen", "restart", "prioritise",
    "merge", "appeal", "silence",
)  # fmt: skip
# The acts by which the law lets a date move later: the term stood still, was extended, or began anew.
MAY_DELAY = {"extend", "reclassify", "complete", "take_late", "continue", "decide_dispute", "reopen", "restart"}
KINDS = ("peticion_particular", "informacion", "consulta", "documentos")


def act(name: str, number: int, cast: Cast, case_id: int) -> None:
    ana, rita, site = cast.staff("admin"), cast.staff("rita"), cast.tenjo
    if name == "require":
        workflow.require(ana, site, case_id, ["Recibo"], "Falta.")
    elif name == "send_back":
        workflow.send_back(ana, site, case_id, "No se entiende.")
    elif name == "complete":
        workflow.complete(site, case_id)
    elif name == "take_late":
        workflow.take_late(ana, site, case_id)
    elif name == "more_time":
        workflow.ask_for_time(site, case_id)
    elif name == "extend":
        workflow.extend(rita, site, case_id, number, "Motivo.")
    elif name == "reclassify":
        workflow.reclassify(ana, site, case_id, KINDS[number % len(KINDS)], "Motivo.")
    elif name == "lapse":
        decrees.decree_withdrawal(rita, site, case_id, "Auto 1", "Texto.")
    else:
        others(name, cast, case_id)


def others(name: str, cast: Cast, case_id: int) -> None:
    admin, rita, site = cast.staff("admin"), cast.staff("rita"), cast.tenjo
    acts: dict[str, Callable[[], object]] = {
        "withdraw": lambda: service.withdraw(site, case_id, ""),
        "continue": lambda: competence.continue_anyway(rita, site, case_id, "Res. 1", "Texto."),
        "dispute": lambda: competence.dispute(rita, site, case_id, "CAR", "Motivo."),
        "decide_dispute": lambda: competence.decide_dispute(rita, site, case_id, "Auto 2", "Texto."),
        "propose": lambda: competence.propose_rejection(admin, site, case_id, "Motivo."),
        "reject": lambda: competence.decide_rejection(rita, site, case_id, "Motivo.", confirm=True),
        "answer": lambda: answering.answer(admin, site, case_id, answering.Answer("Asunto", "Texto", "Espere")),
        "access": lambda: effect.note_access(site, case_id),
        "reopen": lambda: workflow.reopen(rita, site, case_id, "Motivo."),
        "restart": lambda: workflow.reopen(rita, site, case_id, "Motivo.", restart=True),
        "prioritise": lambda: workflow.prioritise(admin, site, case_id, "journalist"),
        "merge": lambda: joining.merge(admin, site, case_id, other_of(case_id), "Motivo."),
        "appeal": lambda: recourse.bring(site, case_id, "appeal", service.Words("No."), secrets.token_bytes(8)),
        "silence": lambda: jobs.remind({}),
    }
    acts.get(name, lambda: None)()


def other_of(case_id: int) -> str:
    return db.session.scalars(select(Case.radicado).where(Case.id != case_id).order_by(Case.id)).first() or ""


steps = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 30), st.integers(0, 20)), max_size=12)


@pytest.mark.usefixtures("app")
@given(steps=steps)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_of_acts_breaks_the_clock(steps: list[tuple[str, int, int]], cast: Cast) -> None:
    with time_machine.travel(START, tick=True) as clock:
        with write():
            filing = Filing("peticion_particular", "Asunto", "Hechos", "web", secrets.token_bytes(8))
            case_id = file_case(cast.tenjo, filing).case_id
            file_case(cast.tenjo, replace(filing, code_material=secrets.token_bytes(8)))
        moment = START
        for name, number, days in steps:
            moment += timedelta(days=days)
            clock.move_to(moment)
            before = db.session.get_one(Case, case_id).due_on
            db.session.rollback()
            with contextlib.suppress(DomainError):
                act(name, number, cast, case_id)
            check(case_id, name, before)
        assert audit.verify(cast.tenjo)[1] == ""


def check(case_id: int, name: str, before: Any) -> None:
    db.session.rollback()
    case = db.session.get_one(Case, case_id)
    clock = db.session.scalars(select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == "answer")).one()
    explanation = terms_of(case.site_id).explain_clock(clock)
    rule = Rule.from_dict(clock.rule)
    segments = [Segment.from_dict(row) for row in clock.segments]
    suspended = any(one.state == "suspended" and one.stop is None for one in segments)
    # A suspended clock has no date, so nothing can expire; a running one has a working day.
    if case.state in OPEN:
        assert (case.due_on is None) is suspended
        assert case.due_on == explanation.due_on == clock.due_on
    # No date moves later without an act that the law allows to move it.
    if before is not None and case.due_on is not None and case.due_on > before:
        assert name in MAY_DELAY
    # The days that counted are the term, with what was added to it at most doubling it.
    added = sum(one.amount for one in segments if one.state == "extended")
    assert added <= rule.extension_max or name == "reclassify"
    # What ended has its clock stopped or met, or waits for its notice.
    assert (clock.met_at is None) is (case.state in (*OPEN, ANSWERED))
    if case.due_on is not None and case.state in OPEN:
        assert sum(day.counted for day in explanation.days) == rule.days + added
        assert case.target_on is not None
        assert case.target_on <= case.due_on
