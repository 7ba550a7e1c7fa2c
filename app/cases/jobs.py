"""What time does to cases: officers are told three and one working days before the date, and at expiry."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import exists, select

from app import events
from app.cases import notices, silence, tasks
from app.cases.models import OPEN, REQUIRED, RETURNED, Case, CaseClock, CaseEvent
from app.cases.recompute import RECOMPUTE, recompute
from app.cases.service import record, tell_officer, tell_person
from app.cases.terms import terms_of
from app.cases.workflow_models import CaseTask
from app.console.models import Grant, User
from app.db import db, write
from app.jobs import Jobs
from app.sites.models import Site

REMINDERS = ((3, "due_3"), (1, "due_1"))
EXPIRED = "expired"


def register(jobs: Jobs) -> None:
    events.subscribe("mail.failed", tasks.note_bounce)
    events.subscribe("mail.bounced", tasks.note_report)
    jobs.register("cases.notices", notices.take_down, every_s=3600)
    jobs.register("cases.remind", remind, every_s=1800)
    jobs.register("cases.lapses", propose_lapses, every_s=3600)
    # Also once a day by itself: an upgrade of the holidays' library changes the calendar too.
    jobs.register(RECOMPUTE, recompute, every_s=86_400)


def remind(_payload: dict[str, Any]) -> None:
    """Tell who must know of dates that come close or have passed; each once for a case."""
    for site_id in db.session.scalars(select(Site.id)).all():
        _remind_site(site_id)


def _remind_site(site_id: int) -> None:
    terms = terms_of(site_id)
    today = terms.today()
    horizon = terms.calendar.add_working_days(today, max(days for days, _ in REMINDERS))
    near = (Case.site_id == site_id, Case.state.in_(OPEN), Case.due_on <= horizon)
    due = db.session.execute(select(Case.id, Case.due_on).where(*near)).all()
    # Read at once: a town with a thousand late cases must not take the write lock a thousand times each half hour.
    reminded = db.session.execute(
        select(CaseEvent.case_id, CaseEvent.kind, CaseEvent.data)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(*near, CaseEvent.kind.in_([EXPIRED, *(name for _, name in REMINDERS)]))
    )
    # Each date by itself: one that was moved by an extension or a completion comes close again.
    told = {(case_id, kind, data.get("due", "")) for case_id, kind, data in reminded}
    for case_id, due_on in due:
        if due_on is None:
            continue
        left = terms.calendar.working_days_between(today, due_on)
        what = EXPIRED if due_on < today else next((name for days, name in reversed(REMINDERS) if left <= days), "")
        if what and not {(case_id, what, due_on.isoformat()), (case_id, what, "")} & told:
            _tell_once(case_id, what, due_on)


def _tell_once(case_id: int, what: str, due_on: date) -> None:
    with write():
        case = db.session.get(Case, case_id, with_for_update=True)
        told = select(CaseEvent.data).where(CaseEvent.case_id == case_id, CaseEvent.kind == what)
        if case is None or case.state not in OPEN or case.due_on != due_on:
            return
        if any(data.get("due", "") in ("", due_on.isoformat()) for data in db.session.scalars(told)):
            return
        people = {case.assignee_id} if case.assignee_id else set()
        if what == EXPIRED or not people:
            people |= heads(case)
        # A small office has no reviewer: whoever answers there hears it before nobody does.
        people = people or _of_office(case, "office_officer", "service_officer")
        for user_id in people:
            if user_id is not None:
                tell_officer(case, user_id, what)
        record(case, what, "system", public=False, due=due_on)
        if what == EXPIRED:
            silence.after_expiry(case)
            # Besides what its silence means: who may help the person now (art. 23).
            tell_person(case, EXPIRED, until=due_on)


def propose_lapses(_payload: dict[str, Any]) -> None:
    """Put what was never completed before an officer, who may decree its withdrawal: never by itself (art. 17)."""
    for site_id in db.session.scalars(select(Site.id)).all():
        today = terms_of(site_id).today()
        waiting = (
            select(Case.id)
            .join(CaseClock, CaseClock.case_id == Case.id)
            .where(
                Case.site_id == site_id, Case.state.in_((REQUIRED, RETURNED)), CaseClock.met_at.is_(None),
                CaseClock.name.in_(("completion", "clarification")), CaseClock.due_on < today,
            )
            .where(
                # One that was done was about another of its terms.
                ~exists().where(
                    CaseTask.case_id == Case.id, CaseTask.kind == tasks.LAPSE, CaseTask.done_at.is_(None)
                )
            )
        )  # fmt: skip
        for case_id in db.session.scalars(waiting).all():
            with write():
                case = db.session.get_one(Case, case_id, with_for_update=True)
                if case.state not in (REQUIRED, RETURNED) or tasks.open_tasks(case_id, tasks.LAPSE):
                    continue
                tasks.add_task(case, tasks.LAPSE)
                record(case, "lapse_proposed", "system", public=False)
                for user_id in heads(case) | ({case.assignee_id} if case.assignee_id else set()):
                    tell_officer(case, user_id, "lapse_proposed")


def heads(case: Case) -> set[int]:
    """Return the reviewers of a case's office, or of the whole site where the office has none."""
    return _of_office(case, "reviewer")


def _of_office(case: Case, *roles: str) -> set[int]:
    rows = db.session.execute(
        select(Grant.user_id, Grant.office_id)
        .join(User)
        .where(Grant.site_id == case.site_id, Grant.role.in_(roles), User.active)
    ).all()
    own = {user_id for user_id, office_id in rows if office_id == case.office_id}
    return own or {user_id for user_id, office_id in rows if office_id is None}
