"""Whatever an office and a person do, in whatever order, the law's invariants hold."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app import audit, files
from app.cases import (
    answering,
    competence,
    decrees,
    delivery,
    drafts,
    effect,
    guards,
    jobs,
    joining,
    notices,
    recompute,
    recourse,
    referring,
    rule_rows,
    service,
    silence,
    tasks,
    workflow,
)
from app.cases.deadlines import Segment
from app.cases.filing import Filing, file_case
from app.cases.models import (
    ANSWERED,
    CONFLICT,
    LAPSED,
    OPEN,
    REJECTED,
    REQUIRED,
    RETURNED,
    Case,
    CaseClock,
    CaseEvent,
    CaseMessage,
)
from app.cases.rule_rows import Change
from app.cases.rules import Rule
from app.cases.terms import terms_of
from app.cases.workflow_models import CaseLink, CaseNotice, CaseTask
from app.db import db, table, write
from app.errors import DomainError
from app.mail.models import Mail
from app.sites.service import set_calendar_day
from tests.conftest import PDF, Cast

START = datetime(2026, 11, 20, 15, tzinfo=UTC)
ACTS = (
    "require", "send_back", "complete", "take_late", "more_time", "extend", "reclassify", "lapse", "wait", "withdraw",
    "continue", "dispute", "decide_dispute", "propose", "reject", "answer", "access", "reopen", "restart", "prioritise",
    "merge", "appeal", "silence", "assign", "transfer_part", "transfer", "annul", "deliver", "board", "take_down",
    "archive", "refer", "remit", "consent", "propose_lapse", "no_competent", "insist", "refuse", "draft", "review",
    "send_draft",     "bounce", "rate", "comply", "reveal", "holiday", "workday", "rule", "kill", "kill", "kill",
)  # fmt: skip
# The acts by which the law lets a date move later: the term stood still, was extended, or began anew.
# Or a law added a holiday, or changed the term.
MAY_DELAY = {
    "extend", "reclassify", "complete", "take_late", "continue", "decide_dispute", "reopen", "restart", "holiday",
    "rule",
}  # fmt: skip
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
        others(name, number, cast, case_id)


def others(name: str, number: int, cast: Cast, case_id: int) -> None:
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
    acts.get(name, lambda: newer(name, number, cast, case_id))()


def newer(name: str, number: int, cast: Cast, case_id: int) -> None:
    admin, rita, site = cast.staff("admin"), cast.staff("rita"), cast.tenjo

    def away(questions: str = "") -> None:
        receipt, _ = files.take(site, BytesIO(PDF), "oficio.pdf")
        to = workflow.Transfer("CAR", "sau@car.example", "OF-1", "Motivo.", (receipt,), questions)
        workflow.transfer(admin, site, case_id, to)

    def send_on() -> None:
        # The appeal that hangs on it goes to the superior; where there is none, the guard says so.
        appeal = select(CaseLink.case_id).where(CaseLink.main_id == case_id, CaseLink.kind == "appeal")
        child = db.session.scalar(appeal)
        receipt, _ = files.take(site, BytesIO(PDF), "remision.pdf")
        db.session.rollback()
        recourse.remit(rita, site, child or case_id, recourse.Remission("Superior", "OF-2", "Va.", (receipt,)))

    acts: dict[str, Callable[[], object]] = {
        "assign": lambda: service.assign(rita, site, case_id, assignee_id=cast.people["ana"]),
        "transfer_part": lambda: away("Lo del río."),
        "transfer": away,
        "annul": lambda: service.annul(admin, site, case_id, "Doble."),
        "deliver": lambda: delivery.deliver(admin, site, case_id, "postal", "Guía 1"),
        "board": lambda: delivery.put_on_board(admin, site, case_id),
        "take_down": lambda: notices.take_down({}),
        "archive": lambda: effect.archive(admin, site, case_id),
        "refer": lambda: referring.refer(admin, site, case_id, other_of(case_id), "Motivo."),
        "remit": send_on,
        "consent": lambda: effect.withdraw_consent(site, case_id),
        "propose_lapse": lambda: jobs.propose_lapses({}),
        "holiday": lambda: close_a_day(site),
    }
    acts.get(name, lambda: last(name, number, cast, case_id))()


def last(name: str, number: int, cast: Cast, case_id: int) -> None:
    admin, rita, site = cast.staff("admin"), cast.staff("rita"), cast.tenjo
    refusal = answering.Answer("Asunto", "Es reservado.", "Puede insistir", recourse="insistence")

    def submit() -> None:
        drafts.save(admin, site, case_id, drafts.Text("Asunto", "Texto.", "Espere."))
        drafts.submit(admin, site, case_id)

    acts: dict[str, Callable[[], object]] = {
        "no_competent": lambda: competence.no_competent(admin, site, case_id, "De nadie."),
        "refuse": lambda: answering.answer(admin, site, case_id, refusal),
        "insist": lambda: recourse.bring(site, case_id, "insistence", service.Words("Sí."), secrets.token_bytes(8)),
        "draft": submit,
        "review": lambda: drafts.review(rita, site, case_id, "Falta.", approve=number % 3 > 0),
        "send_draft": lambda: drafts.send(admin, site, case_id),
        "bounce": lambda: tasks.note_bounce(7, "case", case_id),
        "rate": lambda: service.rate(site, case_id, 1 + number % 5, ""),
        "comply": lambda: silence.comply(admin, site, case_id, guards.OWED[number % 3], "Hecho."),
        "reveal": lambda: service.reveal(admin, site, case_id, "Motivo."),
        "workday": lambda: open_a_day(site),
        "rule": lambda: change_the_term(site, number),
    }
    acts.get(name, lambda: None)()


def close_a_day(site_id: int) -> None:
    """Let a coming working day become a holiday, and count again what runs."""
    terms = terms_of(site_id)
    set_calendar_day(site_id, terms.calendar.add_working_days(terms.today(), 3), False, "Día cívico", "system")
    recompute.recompute({"site_id": site_id})


def open_a_day(site_id: int) -> None:
    """Let a Saturday that has passed count after all, which would have ended terms sooner."""
    today = terms_of(site_id).today()
    saturday = today - timedelta(days=(today.weekday() + 2) % 7 or 7)
    set_calendar_day(site_id, saturday, True, "Sábado", "system")
    recompute.recompute({"site_id": site_id})


def change_the_term(site_id: int, days: int) -> None:
    """Let the term have been another since before anything was filed."""
    changed = Change("peticion_particular", "general", days, days, "Ley 9 de 2026", date(2026, 11, 1))
    rule_rows.change(site_id, "system", changed)
    recompute.recompute({"site_id": site_id, "kind": "peticion_particular"})


class Killed(BaseException):
    """The process dies: nothing of the verb after this runs, and nothing before it was committed."""


def kill_in(name: str, number: int, cast: Cast, case_id: int) -> None:
    """Do an act in a process that dies at its last step; whoever looks then sees the case as it was before."""

    def die(*_: Any, **__: Any) -> Any:
        raise Killed

    before = everything(case_id)
    with patch("app.cases.service.append_audit", die), contextlib.suppress(DomainError, Killed):
        act(name, number, cast, case_id)
    db.session.rollback()
    assert everything(case_id) == before


def everything(case_id: int) -> list[Any]:
    db.session.rollback()
    counted = (CaseEvent, CaseMessage, CaseTask, CaseLink, CaseNotice, Mail)
    rows: list[Any] = [
        select(*table(Case).c).where(Case.id == case_id),
        select(*table(CaseClock).c).where(CaseClock.case_id == case_id),
        *(select(func.count(), func.max(one.id)) for one in counted),
    ]
    found = [[tuple(row) for row in db.session.execute(one)] for one in rows]
    db.session.rollback()
    return found


def other_of(case_id: int) -> str:
    return db.session.scalars(select(Case.radicado).where(Case.id != case_id).order_by(Case.id)).first() or ""


steps = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 30), st.integers(0, 20)), max_size=12)


@pytest.mark.usefixtures("app")
@given(steps=steps)
# Half of the usual number: an example is a whole life of a case, and make drills plays a thousand.
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=max(settings().max_examples // 2, 25),
)
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
                if name == "kill":
                    # Not in a change of the calendar: that is a job after its own commit, and runs again.
                    kill_in(ACTS[(number * 7 + days) % (len(ACTS) - 6)], number, cast, case_id)
                else:
                    act(name, number, cast, case_id)
            check(case_id, name, before)
        assert audit.verify(cast.tenjo)[1] == ""


def check(case_id: int, name: str, before: Any) -> None:
    db.session.rollback()
    case = db.session.get_one(Case, case_id)
    clock = db.session.scalars(select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == "answer")).one()
    terms = terms_of(case.site_id)
    explanation = terms.explain_clock(clock)
    rule = Rule.from_dict(clock.rule)
    segments = [Segment.from_dict(row) for row in clock.segments]
    suspended = any(one.state == "suspended" and one.stop is None for one in segments)
    # A suspended clock has no date, so nothing can expire; a running one has a working day.
    if case.state in OPEN:
        assert (case.due_on is None) is suspended is (case.state in (REQUIRED, RETURNED, CONFLICT))
        assert case.due_on == clock.due_on
        # What was missed stays, whatever a calendar or a rule of later would count.
        if case.due_on is None or case.due_on >= terms.today():
            assert case.due_on == explanation.due_on
    # No date moves later without an act that the law allows to move it.
    if before is not None and case.due_on is not None and case.due_on > before:
        assert name in MAY_DELAY
    # The days that counted are the term, with what was added to it at most doubling it.
    added = sum(one.amount for one in segments if one.state == "extended")
    assert added <= rule.extension_max or name == "reclassify"
    # What ended has its clock stopped or met, or waits for its notice.
    assert (clock.met_at is None) is (case.state in (*OPEN, ANSWERED))
    # Against an act that was notified there is a recourse, whose days run from then.
    if case.state in (LAPSED, REJECTED) and case.notified_at is not None:
        names = db.session.scalars(select(CaseClock.name).where(CaseClock.case_id == case_id)).all()
        assert "appeal" in names
    if case.due_on is not None and case.state in OPEN:
        assert sum(day.counted for day in explanation.days) == rule.days + added
        assert case.target_on is not None
        assert case.target_on <= case.due_on
