"""The sheet of a month: which cases stand in it, and its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from app.audit import append_audit
from app.cases.children import counted_once
from app.cases.models import ANNULLED, OPEN, TRANSFERRED, Case, CaseEvent, CaseMessage, CaseParty
from app.cases.terms import Terms, terms_of
from app.cases.workflow_models import APPEAL, CaseLink
from app.console.roles import Staff
from app.db import db, write
from app.errors import Forbidden
from app.sui import lists
from app.sui.columns import DATES, Column, columns_of
from app.sui.models import SuiFacts


def month_of(key: str, today: date) -> tuple[date, date]:
    """Return the first day of a month "2026-11" and of the one after; of the month before today's for anything else."""
    if found := re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", key, re.ASCII):
        first = date(int(found[1]), int(found[2]), 1)
    else:
        first = _month_before(today.replace(day=1))
    return first, date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _month_before(first: date) -> date:
    return date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)


def months(today: date, count: int = 24) -> list[str]:
    """Return the keys of the months that can be reported, the last whole one first."""
    found, first = [], today.replace(day=1)
    for _ in range(count):
        first = _month_before(first)
        found.append(first.strftime("%Y-%m"))
    return [found[0], today.strftime("%Y-%m"), *found[1:]]


def export(
    staff: Staff, site_id: int, month: str, *, with_open: bool = False
) -> tuple[list[str], list[list[str]]]:  # fmt: skip
    """Return the head and a line for each case received in a month; that it was taken out stands in the trail.

    `with_open` adds what was answered in it, and what came before and still waits.

    It holds accounts and addresses, hence for who supervises the whole site. Of a reserved or anonymous person neither.
    """
    supervises_all(staff, site_id)
    terms, columns = terms_of(site_id), columns_of(site_id)
    facts = _facts(site_id, of_month(site_id, month, terms, with_open), terms)
    lines = [[_cell(one, row) for one in columns] for row in facts]
    with write():
        said = month_of(month, terms.today())[0].strftime("%Y-%m")
        append_audit(site_id, staff.actor, "sui.exported", f"site:{site_id}", month=said, rows=len(lines))
    return [one.head for one in columns], lines


def supervises_all(staff: Staff, site_id: int) -> None:
    """Raise Forbidden for who supervises some offices alone: the sheet is of all of them."""
    if staff.offices("cases.supervise", site_id) is not None:
        raise Forbidden(permission="cases.supervise")


def of_month(site_id: int, month: str, terms: Terms, with_open: bool) -> list[ColumnElement[bool]]:
    """Return what makes a case one of the sheet."""
    days = month_of(month, terms.today())
    since, until = (datetime.combine(day, time(), terms.zone) for day in days)
    wanted = Case.received_at >= since
    if with_open:
        wanted = wanted | ((Case.answered_at >= since) & (Case.answered_at < until)) | Case.state.in_(OPEN)
    # Whatever was answered before the month ended, or waits since before it, came before its end: so one index is read.
    received = Case.received_at < until
    return [Case.site_id == site_id, Case.state != ANNULLED, counted_once(), received, wanted]


def _facts(site_id: int, mine: list[ColumnElement[bool]], terms: Terms) -> Iterator[dict[str, Any]]:
    child = aliased(Case)
    query = (
        select(Case, CaseParty, SuiFacts, child.radicado, child.received_at)
        .outerjoin(CaseParty, CaseParty.case_id == Case.id)
        .outerjoin(SuiFacts, SuiFacts.case_id == Case.id)
        .outerjoin(CaseLink, (CaseLink.main_id == Case.id) & (CaseLink.kind == APPEAL))
        .outerjoin(child, child.id == CaseLink.case_id)
        .where(*mine)
        .order_by(Case.id)
    )
    ids = select(Case.id).where(*mine)
    told, numbers = _told(ids), _numbers(ids)
    causes, centres = lists.causes_of(site_id), lists.centres_of(site_id)
    for case, party, facts, appeal, appealed_at in db.session.execute(query):
        named = party if case.identity == "identified" else None
        place, how = named.municipality if named else "", told.get(case.id, {})
        cause = facts.cause if facts else ""
        coded = causes.get(cause, lists.Cause(cause, cause))
        centre = ""
        if named:
            centre = lists.centre_code(centres, place, named.neighbourhood, facts.centre if facts else "")
        yield {
            "radicado": case.radicado, "kind": case.kind, "channel": case.channel, "state": case.state,
            "received_on": _day(case.received_at, terms), "answered_on": _day(case.answered_at, terms),
            "notified_on": _day(case.notified_at, terms), "appealed_on": _day(appealed_at, terms),
            "sent_on": _day(how.get("remitted"), terms), "notice": how.get("notice", "none"),
            "cause": cause, "cause_code": coded.code, "cause_detail": coded.detail,
            "decision": facts.decision if facts else "",
            "outcome": _outcome(case, facts.decision if facts else "", terms.today()),
            "account": facts.account if facts and named else "", "bill": facts.bill if facts and named else "",
            "address": named.address if named else "", "municipality": place, "department": place[:2],
            "town": place[2:], "centre": centre, "appeal": appeal or "", "answer": numbers.get(case.id, ""),
        }  # fmt: skip


def _outcome(case: Case, decision: str, today: date) -> str:
    if decision:
        return decision
    if case.state == TRANSFERRED:
        return "transferred"
    if case.state not in OPEN:
        return ""
    return "silent" if case.due_on is not None and case.due_on < today else "pending"


# What happened when a decision took effect, and how it is called where the event does not say.
_NOTICES = {"notified": "access", "delivered": "in_person", "notified_by_notice": "board"}


def _told(ids: Select[Any]) -> dict[int, dict[str, Any]]:
    """Return of each case how its decision was notified, and when its file was sent to who decides the appeal."""
    found: dict[int, dict[str, Any]] = {}
    events = select(CaseEvent).where(CaseEvent.case_id.in_(ids), CaseEvent.kind.in_((*_NOTICES, "remitted")))
    for event in db.session.scalars(events.order_by(CaseEvent.id)):
        of_case = found.setdefault(event.case_id, {})
        if event.kind == "remitted":
            of_case["remitted"] = event.at
        else:
            of_case["notice"] = event.data.get("how") or _NOTICES[event.kind]
    return found


def _numbers(ids: Select[Any]) -> dict[int, str]:
    """Return the radicado de salida of each answer."""
    answers = select(CaseMessage.case_id, CaseMessage.radicado)
    answers = answers.where(CaseMessage.case_id.in_(ids), CaseMessage.kind == "answer").order_by(CaseMessage.id)
    return {case_id: number for case_id, number in db.session.execute(answers)}  # noqa: C416


def _day(moment: datetime | None, terms: Terms) -> date | None:
    return terms.day_of(moment) if moment else None


def _cell(column: Column, row: dict[str, Any]) -> str:
    if column.field == "fixed":
        return column.codes.strip()
    value = row[column.field]
    if column.field in DATES:
        return _written(value, column.codes.strip() or "YYYY-MM-DD")
    if column.field in ("cause", "cause_detail"):
        # A column's own codes go before the list of the entity.
        return column.table.get(row["cause"], str(row["cause_code"] if column.field == "cause" else value))
    return column.table.get(str(value), str(value))


def _written(day: date | None, pattern: str) -> str:
    if day is None:
        return ""
    return pattern.replace("YYYY", f"{day.year:04}").replace("MM", f"{day.month:02}").replace("DD", f"{day.day:02}")
