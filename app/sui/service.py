"""Keep the facts and the columns, and write the sheet of a month."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import aliased

from app.audit import append_audit
from app.cases.models import Case, CaseParty
from app.cases.service import staff_case
from app.cases.terms import Terms, terms_of
from app.cases.workflow_models import APPEAL, CaseLink
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid
from app.sui.models import SuiColumn, SuiFacts

DECISIONS = ("", "grants", "grants_partly", "denies", "confirms", "modifies", "revokes", "inadmissible", "archives")
DATES = ("received_on", "answered_on", "notified_on", "appealed_on")
CODED = ("kind", "channel", "cause", "decision", "state")
FIELDS = ("radicado", *DATES, *CODED, "account", "address", "municipality", "appeal", "fixed")
PATTERN = re.compile(r"[-/. DMY]{6,12}")
MOST_COLUMNS = 60


@dataclass(frozen=True)
class Column:
    """A column of the sheet, as the table of the console holds it."""

    head: str
    field: str
    codes: str = ""

    @property
    def table(self) -> dict[str, str]:
        """Return the codes by value; a line without "=" says nothing."""
        pairs = (line.partition("=") for line in self.codes.splitlines())
        return {value.strip(): code.strip() for value, equals, code in pairs if equals}


# What the law wants in the register; an entity names and codes its columns as its own compiled norm says.
DEFAULT = tuple(
    Column(head, field)
    for head, field in (
        ("RADICADO", "radicado"), ("FECHA_RECEPCION", "received_on"), ("FECHA_RESPUESTA", "answered_on"),
        ("FECHA_NOTIFICACION", "notified_on"), ("TIPO_TRAMITE", "kind"), ("CAUSAL", "cause"), ("CANAL", "channel"),
        ("CUENTA", "account"), ("DIRECCION", "address"), ("DANE", "municipality"), ("DECISION", "decision"),
        ("RECURSO", "appeal"), ("FECHA_RECURSO", "appealed_on"),
    )
)  # fmt: skip


def columns_of(site_id: int) -> list[Column]:
    rows = db.session.scalars(select(SuiColumn).where(SuiColumn.site_id == site_id).order_by(SuiColumn.place)).all()
    return [Column(row.head, row.field, row.codes) for row in rows] or list(DEFAULT)


def save_columns(staff: Staff, site_id: int, given: Sequence[Column]) -> None:
    """Replace the columns of the sheet; without any it has those of the law. Raises Invalid naming each bad row."""
    staff.require("site.manage", site_id)
    columns = [one for one in given if one.head.strip()]
    wrong = {f"row-{number}": key for number, one in enumerate(given) if one.head.strip() and (key := _wrong(one))}
    if wrong or len(columns) > MOST_COLUMNS:
        raise Invalid(fields={name: [key] for name, key in wrong.items()})
    with write():
        db.session.execute(delete(SuiColumn).where(SuiColumn.site_id == site_id))
        for place, one in enumerate(columns):
            row = SuiColumn(
                site_id=site_id, place=place, head=one.head.strip()[:80], field=one.field, codes=one.codes.strip()
            )
            db.session.add(row)
        append_audit(site_id, staff.actor, "sui.columns", f"site:{site_id}", columns=[one.head for one in columns])


def _wrong(one: Column) -> str:
    if one.field not in FIELDS:
        return "errors.choice"
    if len(one.codes) > 5_000:
        return "errors.invalid"
    if one.field in DATES and one.codes.strip() and not PATTERN.fullmatch(one.codes.strip()):
        return "sui.errors.pattern"
    if one.field in CODED and one.codes.strip() and not one.table:
        return "sui.errors.codes"
    return ""


def facts_of(case_id: int) -> SuiFacts | None:
    return db.session.get(SuiFacts, case_id)


def keep_facts(staff: Staff, site_id: int, case_id: int, account: str, cause: str, decision: str) -> None:
    """Write down what only the report asks for; the trail keeps who did and not what the account is."""
    if decision not in DECISIONS:
        raise Invalid(fields={"decision": ["errors.choice"]})
    with write():
        case = staff_case(staff, site_id, case_id, "cases.answer", lock=True)
        row = db.session.get(SuiFacts, case.id) or SuiFacts(case_id=case.id)
        row.account, row.cause, row.decision = account.strip()[:40], " ".join(cause.split())[:120], decision
        row.changed_by = staff.actor
        db.session.add(row)
        append_audit(site_id, staff.actor, "sui.facts", f"case:{case.id}", cause=row.cause, decision=decision)


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


def export(staff: Staff, site_id: int, month: str) -> tuple[list[str], list[list[str]]]:
    """Return the head and a line for each case received in a month; that it was taken out stands in the trail.

    It holds accounts and addresses, hence for who supervises the whole site. Of a reserved or anonymous person neither.
    """
    staff.require("cases.supervise", site_id)
    terms, columns = terms_of(site_id), columns_of(site_id)
    first, after = month_of(month, terms.today())
    lines = [[_cell(one, row) for one in columns] for row in _facts(site_id, first, after, terms)]
    with write():
        said = first.strftime("%Y-%m")
        append_audit(site_id, staff.actor, "sui.exported", f"site:{site_id}", month=said, rows=len(lines))
    return [one.head for one in columns], lines


def _facts(site_id: int, first: date, after: date, terms: Terms) -> Iterator[dict[str, Any]]:
    since, until = (datetime.combine(day, time(), terms.zone) for day in (first, after))
    mine = (Case.site_id == site_id, Case.received_at >= since, Case.received_at < until, Case.state != "annulled")
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
    for case, party, facts, appeal, appealed_at in db.session.execute(query):
        named = party if case.identity == "identified" else None
        yield {
            "radicado": case.radicado, "kind": case.kind, "channel": case.channel, "state": case.state,
            "received_on": _day(case.received_at, terms), "answered_on": _day(case.answered_at, terms),
            "notified_on": _day(case.notified_at, terms), "appealed_on": _day(appealed_at, terms),
            "cause": facts.cause if facts else "", "decision": facts.decision if facts else "",
            "account": facts.account if facts and named else "", "address": named.address if named else "",
            "municipality": named.municipality if named else "", "appeal": appeal or "",
        }  # fmt: skip


def _day(moment: datetime | None, terms: Terms) -> date | None:
    return moment.astimezone(terms.zone).date() if moment else None


def _cell(column: Column, row: dict[str, Any]) -> str:
    if column.field == "fixed":
        return column.codes.strip()
    value = row[column.field]
    if column.field in DATES:
        return _written(value, column.codes.strip() or "YYYY-MM-DD")
    return column.table.get(str(value), str(value))


def _written(day: date | None, pattern: str) -> str:
    if day is None:
        return ""
    return pattern.replace("YYYY", f"{day.year:04}").replace("MM", f"{day.month:02}").replace("DD", f"{day.day:02}")
