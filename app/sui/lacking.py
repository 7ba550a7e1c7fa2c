"""What the sheet of a month still lacks, told before it is taken out: cases without a code that a column wants."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, String, and_, case, cast, false, func, or_, select

from app.cases.models import OPEN, TRANSFERRED, Case
from app.cases.terms import terms_of
from app.console.roles import Staff
from app.db import db
from app.sui import lists
from app.sui.columns import columns_of
from app.sui.models import SuiFacts
from app.sui.sheet import of_month, supervises_all

# Cases that are named; the rest is counted.
SHOWN = 20


@dataclass(frozen=True)
class Lack:
    """A case of the sheet that has no code in a column which wants one."""

    case_id: int
    radicado: str
    cause: bool
    outcome: bool


@dataclass(frozen=True)
class Check:
    """What a sheet would hold: its lines, how many of them lack which code, and the first of those.

    `coded` says whether the entity has written any codes of causes at all.
    """

    lines: int
    causes: int
    outcomes: int
    coded: bool
    first: tuple[Lack, ...]


def check(staff: Staff, site_id: int, month: str, *, with_open: bool = True) -> Check:
    """Return what is still to be written down before the sheet of a month is taken out, in two statements of cases."""
    supervises_all(staff, site_id)
    wanted = {one.field for one in columns_of(site_id)}
    known = _coded_causes(site_id)
    cause = func.coalesce(SuiFacts.cause, "")
    # Without a list the sheet tells the cause in words, and only a case that has none is without.
    no_cause = _where(bool(wanted & {"cause", "cause_detail"}), cause.not_in(sorted(known)) if known else cause == "")
    undecided = and_(func.coalesce(SuiFacts.decision, "") == "", Case.state != TRANSFERRED, Case.state.not_in(OPEN))
    no_outcome = _where(bool(wanted & {"outcome", "decision"}), undecided)
    lacking = case((or_(no_cause, no_outcome), cast(Case.id, String)))
    # In one pass: the numbers of those that lack something come along, and a page of them is looked up then.
    counted = (
        select(func.count(), _sum(no_cause), _sum(no_outcome), func.aggregate_strings(lacking, ","))
        .select_from(Case)
        .outerjoin(SuiFacts, SuiFacts.case_id == Case.id)
        .where(*of_month(site_id, month, terms_of(site_id), with_open))
    )
    lines, causes, outcomes, numbers = db.session.execute(counted).one()
    first = sorted(int(number) for number in (numbers or "").split(",") if number)[:SHOWN]
    named = select(Case.id, Case.radicado, no_cause, no_outcome).outerjoin(SuiFacts, SuiFacts.case_id == Case.id)
    rows = db.session.execute(named.where(Case.id.in_(first)).order_by(Case.id)) if first else ()
    found = tuple(Lack(number, radicado, bool(one), bool(other)) for number, radicado, one, other in rows)
    return Check(int(lines), int(causes), int(outcomes), bool(known), found)


def _coded_causes(site_id: int) -> set[str]:
    """Return the causes that the entity has written a code for, in its list or in the columns themselves."""
    of_cause = [one for one in columns_of(site_id) if one.field in ("cause", "cause_detail")]
    return {*lists.causes_of(site_id), *(name for one in of_cause for name in one.table)}


def _sum(lack: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(cast(lack, Integer)), 0)


def _where(told: bool, lack: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the lack, or nothing where no column of the sheet tells of it."""
    return lack if told else false()
