"""Count open cases again when the calendar or the rules changed: a law in June moves dates that are running."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import select

from app.cases.deadlines import Segment, internal_due_on, recomputed_due_on
from app.cases.models import OPEN, Case, CaseClock
from app.cases.rules import Rule
from app.cases.service import record
from app.cases.terms import Terms, terms_of
from app.db import db, write
from app.sites.models import Site

RECOMPUTE = "cases.recompute"
BATCH = 200


def recompute(payload: dict[str, Any]) -> None:
    """Recount the open cases of one site, or of all; each change of date is logged with the old and the new one.

    A date already met or missed stays as it was. Source: Ley 4 de 1913, art. 62.
    """
    sites = [payload["site_id"]] if "site_id" in payload else list(db.session.scalars(select(Site.id)))
    for site_id in sites:
        _recompute_site(site_id)


def _recompute_site(site_id: int) -> None:
    terms = terms_of(site_id)
    version = terms.calendar.version
    stale = (
        select(CaseClock.case_id)
        .join(Case, Case.id == CaseClock.case_id)
        .where(Case.site_id == site_id, Case.state.in_(OPEN), CaseClock.name == "answer", CaseClock.met_at.is_(None))
        .where(CaseClock.calendar_version != version)
        .order_by(CaseClock.case_id)
        .limit(BATCH)
    )
    while ids := list(db.session.scalars(stale)):
        # In batches: people file while a whole town's cases are counted again.
        with write():
            for case_id in ids:
                _recount(case_id, terms)


def _recount(case_id: int, terms: Terms) -> None:
    case = db.session.get_one(Case, case_id, with_for_update=True)
    clock = db.session.scalars(select(CaseClock).where(CaseClock.case_id == case_id, CaseClock.name == "answer")).one()
    rule, segments = Rule.from_dict(clock.rule), [Segment.from_dict(row) for row in clock.segments]
    old = case.due_on
    new = recomputed_due_on(old, clock.started_on, rule, terms.calendar, segments, terms.today())
    clock.calendar_version = terms.calendar.version
    if new == old:
        return
    case.due_on = clock.due_on = new
    case.target_on = internal_due_on(case.received_at, rule, terms.hours, terms.calendar, segments=segments)
    record(case, "recomputed", "system", old=old, new=new, calendar=terms.calendar.version)


def soon(site_id: int) -> None:
    """Ask for a recount of a site inside the running write that changed its calendar or rules."""
    current_app.extensions["ventanilla"].jobs.enqueue(RECOMPUTE, {"site_id": site_id})
