"""The register of exercises: planned uses of each tool, opened and closed by the clock, and what came of them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.dates import BOGOTA
from app.db import db, write
from app.errors import Conflict, DomainError, Invalid, NotFound
from app.participation.models import PlannedUse
from app.sites.service import office_by_code, owner_office
from app.sites.stamps import kept, stamp_of
from app.widget import Exercises, Held

log = logging.getLogger("ventanilla.participation")

PLAN, READ = "participation.plan", "reports.read"
PLANNED, RUNNING, DONE, CANCELLED = "planned", "running", "done", "cancelled"
# The moments of the management cycle to which a use can belong (S0-9).
MOMENTS = ("diagnosis", "planning", "budget", "execution", "accountability", "evaluation")
MOST_INDICATORS = 10
# Of those due, how many one run of the job takes: the next comes a minute later.
AT_ONCE = 200
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Plan:
    """What the staff plan; `indicators` are (name, goal)."""

    title: str
    tool: str
    moment: str
    starts_at: datetime | None
    ends_at: datetime | None
    source_id: int | None = None
    office: str = ""
    purpose: str = ""
    audience: str = ""
    banner: str = ""
    banner_en: str = ""
    indicators: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of it; `reached` stands beside the indicators in their order."""

    done: str
    results: str
    lessons: str
    people: int | None = None
    reached: tuple[str, ...] = ()


@dataclass(frozen=True)
class Banner:
    """What stands above the widgets while an exercise runs."""

    id: int
    tool: str
    source_id: int | None
    starts_at: datetime
    ends_at: datetime
    texts: dict[str, str] = field(default_factory=dict)


def tools() -> dict[str, Exercises | None]:
    """Return the widgets by name, each with what the register may do with it."""
    return {name: widget.exercises for name, widget in current_app.extensions["ventanilla"].widgets.items()}


def held(site_id: int) -> dict[str, list[Held]]:
    """Return what there is to open on a site, by tool."""
    return {name: able.listed(site_id) for name, able in tools().items() if able is not None}


def uses(site_id: int, year: int | None = None, tool: str = "") -> list[PlannedUse]:
    """Return the planned uses that begin in a year (None: all), in the order in which they begin."""
    query = select(PlannedUse).where(PlannedUse.site_id == site_id)
    if year is not None:
        begin, end = datetime(year, 1, 1, tzinfo=BOGOTA), datetime(year + 1, 1, 1, tzinfo=BOGOTA)
        query = query.where(PlannedUse.starts_at >= begin, PlannedUse.starts_at < end)
    if tool:
        query = query.where(PlannedUse.tool == tool)
    return list(db.session.scalars(query.order_by(PlannedUse.starts_at, PlannedUse.id).limit(500)))


def the_use(site_id: int, use_id: int) -> PlannedUse:
    """Return one use; NotFound for another site's."""
    use = db.session.get(PlannedUse, use_id)
    if use is None or use.site_id != site_id:
        raise NotFound
    return use


def _locked(staff: Staff, site_id: int, use_id: int) -> PlannedUse:
    use = db.session.scalar(
        select(PlannedUse).where(PlannedUse.id == use_id, PlannedUse.site_id == site_id).with_for_update()
    )
    if use is None:
        raise NotFound
    staff.require(PLAN, site_id, use.office_id)
    return use


def _check(site_id: int, plan: Plan) -> None:
    errors: dict[str, list[str]] = {}
    for name in ("title", "starts_at", "ends_at"):
        if not getattr(plan, name):
            errors[name] = ["errors.required"]
    if plan.tool not in tools():
        errors["tool"] = ["errors.choice"]
    if plan.moment not in MOMENTS:
        errors["moment"] = ["errors.choice"]
    if plan.starts_at and plan.ends_at and not plan.starts_at < plan.ends_at <= plan.starts_at + LONGEST:
        errors["ends_at"] = ["participation.errors.span"]
    if len(plan.indicators) > MOST_INDICATORS:
        errors["indicators"] = ["participation.errors.indicators"]
    if plan.source_id is not None and "tool" not in errors:
        able = tools()[plan.tool]
        if able is None or plan.source_id not in {one.id for one in able.listed(site_id)}:
            errors["source"] = ["participation.errors.source"]
    if errors:
        raise Invalid(fields=errors)


def save(staff: Staff, site_id: int, plan: Plan, use_id: int | None = None) -> int:
    """Plan a use, or change one, and return its id.

    Of one that runs, the day it ends and the words may change; one that is over stays as it was held.
    """
    staff.require(PLAN, site_id)
    with write():
        _check(site_id, plan)
        office = office_by_code(site_id, plan.office) or owner_office(site_id, plan.tool, "communications")
        staff.require(PLAN, site_id, office.id)
        if use_id is None:
            use = PlannedUse(site_id=site_id)
            db.session.add(use)
        else:
            use = _locked(staff, site_id, use_id)
            if use.state in (DONE, CANCELLED):
                raise Conflict("participation.errors.over")
            begun = use.state == RUNNING
            if begun and (plan.tool, plan.source_id, plan.starts_at) != (use.tool, use.source_id, use.starts_at):
                raise Conflict("participation.errors.running")
        known = {one["name"]: one.get("reached", "") for one in use.indicators or []}
        for name in ("title", "tool", "moment", "source_id", "starts_at", "ends_at", "purpose", "audience", "banner",
                     "banner_en"):  # fmt: skip
            setattr(use, name, getattr(plan, name))
        use.office_id, use.problem = office.id, ""
        use.indicators = [
            {"name": name, "goal": goal, "reached": known.get(name, "")} for name, goal in plan.indicators
        ]
        db.session.flush()
        append_audit(site_id, staff.actor, "participation.planned", f"use:{use.id}", tool=use.tool)
        return use.id


def cancel(staff: Staff, site_id: int, use_id: int) -> None:
    """Call a use off; what it had opened is closed. Again, and nothing changes."""
    with write():
        use = _locked(staff, site_id, use_id)
        if use.state == CANCELLED:
            return
        if use.state == DONE:
            raise Conflict("participation.errors.over")
        if use.state == RUNNING:
            _close(use, staff.actor)
        use.state, use.closed_at = CANCELLED, now()
        append_audit(site_id, staff.actor, "participation.cancelled", f"use:{use.id}")


def document(staff: Staff, site_id: int, use_id: int, outcome: Outcome) -> None:
    """Write down what was done, with how many, what came of it and what was learnt (S0-16)."""
    missing = {name: ["errors.required"] for name in ("done", "results", "lessons") if not getattr(outcome, name)}
    if outcome.people is None:
        missing["people"] = ["errors.required"]
    elif outcome.people < 0:
        missing["people"] = ["participation.errors.people"]
    if missing:
        raise Invalid(fields=missing)
    with write():
        use = _locked(staff, site_id, use_id)
        if use.state != DONE:
            raise Conflict("participation.errors.not-over")
        use.done, use.results, use.lessons, use.people = outcome.done, outcome.results, outcome.lessons, outcome.people
        use.indicators = [
            {**one, "reached": outcome.reached[place] if place < len(outcome.reached) else ""}
            for place, one in enumerate(use.indicators)
        ]
        use.documented_at = now()
        append_audit(site_id, staff.actor, "participation.documented", f"use:{use.id}", people=use.people)


# The clock


def keep_time(_payload: dict[str, Any]) -> None:
    """Open what begins and close what ends; a job of each minute. What can't be opened says why, and is tried again."""
    moment = now()
    due = ((PlannedUse.state == PLANNED) & (PlannedUse.starts_at <= moment)) | (
        (PlannedUse.state == RUNNING) & (PlannedUse.ends_at <= moment)
    )
    # Those that failed before come last, so that many of them never keep another from its hour.
    query = select(PlannedUse.id).where(due).order_by(PlannedUse.problem != "", PlannedUse.starts_at)
    found = list(db.session.scalars(query.limit(AT_ONCE)))
    db.session.rollback()
    for use_id in found:
        try:
            with write():
                _advance(use_id, moment)
        except DomainError as error:
            with write():
                use = db.session.get(PlannedUse, use_id, with_for_update=True)
                if use is not None and use.problem != error.message_key[:80]:
                    use.problem = error.message_key[:80]
                    append_audit(use.site_id, "system", "participation.failed", f"use:{use.id}", why=error.code)
        except Exception as error:  # noqa: BLE001 - one leaf's fault must not keep the others from their hour
            log.error("exercise %s: %s", use_id, type(error).__name__)


def _advance(use_id: int, moment: datetime) -> None:
    use = db.session.scalar(select(PlannedUse).where(PlannedUse.id == use_id).with_for_update())
    if use is None:
        return
    if use.state == PLANNED and use.starts_at <= moment:
        if use.ends_at <= moment:
            # The server was away all that time: nothing was held, and the register says so.
            use.state, use.closed_at, use.problem = DONE, moment, "participation.errors.missed"
            append_audit(use.site_id, "system", "participation.missed", f"use:{use.id}")
            return
        able = tools().get(use.tool)
        if able is not None and use.source_id is not None:
            able.open(use.site_id, use.source_id, "system")
        use.state, use.opened_at, use.problem = RUNNING, moment, ""
        append_audit(use.site_id, "system", "participation.opened", f"use:{use.id}", tool=use.tool)
    elif use.state == RUNNING and use.ends_at <= moment:
        _close(use, "system")


def _close(use: PlannedUse, actor: str) -> None:
    able = tools().get(use.tool)
    if able is not None and use.source_id is not None:
        able.close(use.site_id, use.source_id, actor)
        use.people = able.count(use.site_id, use.source_id)
    use.state, use.closed_at, use.problem = DONE, now(), ""
    append_audit(use.site_id, actor, "participation.closed", f"use:{use.id}", tool=use.tool)


def undocumented(site_id: int) -> int:
    """Return how many exercises are over and not yet documented."""
    query = select(PlannedUse.id).where(
        PlannedUse.site_id == site_id, PlannedUse.state == DONE, PlannedUse.documented_at.is_(None)
    )
    return len(list(db.session.scalars(query)))


# The banner


def banner(site_id: int, lang: str) -> dict[str, Any] | None:
    """Return what stands above the site's widgets now, or None; of several, the one that ends first."""
    stamp = stamp_of(site_id)
    moment = now()
    for one in kept(site_id, stamp, "banners", lambda: _banners(site_id)):
        if one.starts_at <= moment < one.ends_at:
            return {"id": one.id, "tool": one.tool, "text": one.texts[lang if one.texts.get(lang) else "es"],
                    "until": one.ends_at.isoformat()}  # fmt: skip
    return None


def _banners(site_id: int) -> tuple[Banner, ...]:
    columns = (PlannedUse.id, PlannedUse.tool, PlannedUse.source_id, PlannedUse.starts_at, PlannedUse.ends_at,
               PlannedUse.banner, PlannedUse.banner_en)  # fmt: skip
    query = select(*columns).where(PlannedUse.site_id == site_id, PlannedUse.banner != "", PlannedUse.state == RUNNING)
    return tuple(
        Banner(row.id, row.tool, row.source_id, row.starts_at, row.ends_at, {"es": row.banner, "en": row.banner_en})
        for row in db.session.execute(query.order_by(PlannedUse.ends_at).limit(100))
    )
