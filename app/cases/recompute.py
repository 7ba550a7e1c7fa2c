"""Count open cases again when the calendar or the rules changed: a law in June moves dates that are running."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.cases.deadlines import BadSegment, Segment, due_on, recomputed_due_on
from app.cases.guards import BY_ACT
from app.cases.models import OPEN, REQUIRED, RETURNED, Case, CaseClock
from app.cases.rules import Rule
from app.cases.service import record, tell_officer, tell_person
from app.cases.terms import Terms, terms_of
from app.cases.ties import main_of
from app.cases.workflow import retarget, situation
from app.cases.workflow_models import CaseNotice
from app.dates import date_words
from app.db import db, write
from app.sites.models import Site
from app.words import t

RECOMPUTE = "cases.recompute"
BATCH = 200
# Clocks beside the one of the answer, and the states in which the person's own still run; that of a utility's silence
# runs in hours, whatever the calendar.
OF_THE_PERSON = {"completion": (REQUIRED,), "clarification": (RETURNED,), "appeal": BY_ACT}
BESIDE = (*OF_THE_PERSON, "label", "copies")


def recompute(payload: dict[str, Any]) -> None:
    """Recount the open cases of one site, or of all; each change of date is logged with the old and the new one.

    A date already met or missed stays as it was. Source: Ley 4 de 1913, art. 62.
    """
    sites = [payload["site_id"]] if "site_id" in payload else list(db.session.scalars(select(Site.id)))
    for site_id in sites:
        if payload.get("kind"):
            _rerule_site(site_id, payload["kind"])
        else:
            _recompute_site(site_id)


def _recompute_site(site_id: int) -> None:
    terms = terms_of(site_id)
    version = terms.calendar.version
    ticking = (
        select(CaseClock.case_id)
        .join(Case, Case.id == CaseClock.case_id)
        .where(Case.site_id == site_id, CaseClock.met_at.is_(None), CaseClock.calendar_version != version)
        .order_by(CaseClock.case_id)
        .limit(BATCH)
    )
    stale = ticking.where(Case.state.in_(OPEN), CaseClock.name == "answer")
    others = ticking.where(CaseClock.name.in_(BESIDE)).distinct()
    for query, count in ((stale, _recount), (others, _recount_beside)):
        while ids := list(db.session.scalars(query)):
            # In batches: people file while a whole town's cases are counted again.
            with write():
                for case_id in ids:
                    count(case_id, terms)
    _recount_board(site_id, terms)


def _recount(case_id: int, terms: Terms) -> None:
    case = db.session.get_one(Case, case_id, with_for_update=True)
    clock = db.session.scalars(select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == "answer")).one()
    rule, segments = Rule.from_dict(clock.rule), [Segment.from_dict(row) for row in clock.segments]
    old = case.due_on
    new = recomputed_due_on(old, clock.started_on, rule, terms.calendar, segments, terms.today())
    clock.calendar_version = terms.calendar.version
    if new == old:
        return
    _move(case, clock, new)
    record(case, "recomputed", "system", old=old, new=new, calendar=terms.calendar.version)
    _tell(case, old, t("cases.mail.recomputed_calendar", case.lang))


def _move(case: Case, clock: CaseClock, new: date | None) -> None:
    case.due_on = clock.due_on = new
    retarget(situation(case))
    main = main_of(case.id)
    if main is not None:
        retarget(situation(main))


def _tell(case: Case, old: date | None, why: str) -> None:
    """Tell the person, who was promised a day, which one it is now; and who answers, where less time is left."""
    if old is None or case.due_on is None:
        return
    was = t("cases.mail.recomputed_was", case.lang, date=date_words(old, case.lang))
    tell_person(case, "recomputed", until=case.due_on, reason=f"{was} {why}")
    if case.due_on < old and case.assignee_id is not None:
        tell_officer(case, case.assignee_id, "recomputed")


def _recount_beside(case_id: int, terms: Terms) -> None:
    """Count what runs beside the answer again; a day that the person was told is never taken from them."""
    case = db.session.get_one(Case, case_id, with_for_update=True)
    clocks = select(CaseClock).where(
        CaseClock.case_id == case_id, CaseClock.name.in_(BESIDE), CaseClock.met_at.is_(None)
    )
    for clock in db.session.scalars(clocks):
        rule, segments, old = Rule.from_dict(clock.rule), map(Segment.from_dict, clock.segments), clock.due_on
        new = recomputed_due_on(old, clock.started_on, rule, terms.calendar, tuple(segments), terms.today())
        clock.calendar_version = terms.calendar.version
        if new is None or old is None or new == old or (clock.name in OF_THE_PERSON and new < old):
            continue
        clock.due_on = new
        record(case, "recomputed", "system", clock=clock.name, old=old, new=new, calendar=terms.calendar.version)
        if case.state in OF_THE_PERSON.get(clock.name, ()):
            tell_person(case, "own_term", until=new)


def _recount_board(site_id: int, terms: Terms) -> None:
    """Let what hangs on the notice board hang its whole five days (art. 69)."""
    hanging = select(CaseNotice.id).where(
        CaseNotice.site_id == site_id, CaseNotice.done_at.is_(None), CaseNotice.until_on >= terms.today()
    )
    for notice_id in db.session.scalars(hanging).all():
        with write():
            notice = db.session.get_one(CaseNotice, notice_id, with_for_update=True)
            days = terms.rule("aviso", notice.published_on).days
            until_on = terms.calendar.add_working_days(notice.published_on, days)
            if until_on > notice.until_on:
                case = db.session.get_one(Case, notice.case_id)
                record(case, "recomputed", "system", clock="notice", old=notice.until_on, new=until_on)
                notice.until_on, notice.effective_on = until_on, terms.calendar.next_working(until_on)


def _rerule_site(site_id: int, kind: str) -> None:
    """Give open cases of a kind the term that the rows now have for their day, and count them again."""
    terms = terms_of(site_id)
    last = 0
    here = (Case.site_id == site_id, Case.kind == kind, Case.state.in_(OPEN))
    while ids := list(db.session.scalars(select(Case.id).where(*here, Case.id > last).order_by(Case.id).limit(BATCH))):
        with write():
            for case_id in ids:
                _rerule(case_id, terms)
        last = ids[-1]


def _rerule(case_id: int, terms: Terms) -> None:
    case = db.session.get_one(Case, case_id, with_for_update=True)
    clock = db.session.scalars(select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == "answer")).one()
    try:
        rule = terms.rule(case.kind, clock.started_on)
    except LookupError:
        return
    old = case.due_on
    if rule.to_dict() == clock.rule or clock.met_at is not None or (old is not None and old < terms.today()):
        return
    segments = [Segment.from_dict(row) for row in clock.segments]
    try:
        new = due_on(clock.started_on, rule, terms.calendar, segments)
    except BadSegment:
        # An extension that the person was told stands, although the new rule would not have given it.
        return
    clock.rule = rule.to_dict()
    _move(case, clock, new)
    record(case, "recomputed", "system", old=old, new=new, rule=rule.citation)
    if new != old:
        _tell(case, old, t("cases.mail.recomputed_rule", case.lang, citation=rule.citation))


def soon(site_id: int, kind: str = "") -> None:
    """Ask for a recount of a site inside the running write that changed its calendar, or the term of a kind."""
    payload = {"site_id": site_id, "kind": kind} if kind else {"site_id": site_id}
    current_app.extensions["ventanilla"].jobs.enqueue(RECOMPUTE, payload)
