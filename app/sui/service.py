"""Keep the facts and the columns, and write the sheet of a month."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import aliased

from app.audit import append_audit
from app.cases.children import counted_once
from app.cases.models import ANNULLED, OPEN, TRANSFERRED, Case, CaseEvent, CaseMessage, CaseParty
from app.cases.service import staff_case
from app.cases.terms import Terms, terms_of
from app.cases.workflow_models import APPEAL, CaseLink
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid
from app.sui import lists
from app.sui.models import SuiColumn, SuiFacts

DECISIONS = ("", "grants", "grants_partly", "denies", "confirms", "modifies", "revokes", "inadmissible", "archives")
DATES = ("received_on", "answered_on", "notified_on", "appealed_on", "sent_on")
# "outcome" is the decision, and of a case without one how it stands; "notice" is how the person came to know it.
CODED = ("kind", "channel", "cause", "cause_detail", "decision", "state", "outcome", "notice")
PLAIN = ("answer", "account", "bill", "address", "municipality", "department", "town", "centre", "appeal", "fixed")
FIELDS = ("radicado", *DATES, *CODED, *PLAIN)
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


# The sixteen columns of Formato A (Resolución SSPD 20151300054575 de 2015, Anexo A, as Resolución 20188000076635 de
# 2018 left it), with the codes that are the same for every provider; read in public sources and not in the compiled
# norm, so an administrator puts it in, looks at it and corrects it. Causes and centres are the entity's own lists.
FORMAT_A = (
    Column("CODIGO DEPARTAMENTO", "department"),
    Column("CODIGO MUNICIPIO", "town"),
    Column("CODIGO CENTRO POBLADO", "centre"),
    Column("RADICADO RECIBIDO", "radicado"),
    Column("FECHA RADICACION", "received_on", "DD-MM-YYYY"),
    Column(
        "TIPO DE TRAMITE", "kind",
        "reclamo_facturacion=1\nreclamo=1\nqueja=2\ndenuncia=3\nrecurso=5\ninformacion=6\ndocumentos=6\nconsulta=6\n"
        "peticion_general=6\npeticion_particular=1",
    ),
    Column("CAUSAL", "cause"),
    Column("DETALLE DE CAUSAL", "cause_detail"),
    Column("NUMERO DE CUENTA", "account"),
    Column("NUMERO DE FACTURA", "bill"),
    Column(
        "TIPO RESPUESTA", "outcome",
        "grants=1\ngrants_partly=2\ndenies=3\nconfirms=4\nmodifies=5\nrevokes=6\ninadmissible=7\ntransferred=8\n"
        "pending=9\nsilent=10\narchives=11",
    ),
    Column("FECHA RESPUESTA", "answered_on", "DD-MM-YYYY"),
    Column("RADICADO RESPUESTA", "answer"),
    Column("FECHA NOTIFICACION", "notified_on", "DD-MM-YYYY"),
    # Electronic notice is one in person (Ley 1437 de 2011, art. 67).
    Column("TIPO DE NOTIFICACION", "notice", "access=1\nin_person=1\npostal=1\nphone=1\nnone=3\nboard=4\nconduct=5"),
    Column("FECHA TRASLADO SSPD", "sent_on", "DD-MM-YYYY"),
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


def note_account(case_id: int, account: str) -> None:
    """Keep, inside the running write, the account that the person named when they filed."""
    db.session.add(SuiFacts(case_id=case_id, account=account[:40], changed_by="person"))


@dataclass(frozen=True)
class Facts:
    """What only the report asks for of a case."""

    account: str = ""
    cause: str = ""
    decision: str = ""
    bill: str = ""
    centre: str = ""


def keep_facts(staff: Staff, site_id: int, case_id: int, given: Facts) -> None:
    """Write down what only the report asks for; the trail keeps who did and not what the account is. Raises Invalid.

    Where the entity keeps a list of causes, one of it is meant: any other would leave the case without a code.
    """
    cause, decision = " ".join(given.cause.split())[:120], given.decision
    wrong = {} if decision in DECISIONS else {"decision": ["errors.choice"]}
    causes, centres = lists.causes_of(site_id), {one.code for one in lists.centres_of(site_id)}
    with write():
        case = staff_case(staff, site_id, case_id, "cases.answer", lock=True)
        row = db.session.get(SuiFacts, case.id) or SuiFacts(case_id=case.id)
        if causes and cause not in {*causes, row.cause, ""}:
            wrong["cause"] = ["errors.choice"]
        if given.centre not in {*centres, row.centre, lists.SEAT, ""}:
            wrong["centre"] = ["errors.choice"]
        if wrong:
            raise Invalid(fields=wrong)
        row.account, row.cause, row.decision = given.account.strip()[:40], cause, decision
        row.bill, row.centre, row.changed_by = given.bill.strip()[:40], given.centre, staff.actor
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


def export(
    staff: Staff, site_id: int, month: str, *, with_open: bool = False
) -> tuple[list[str], list[list[str]]]:  # fmt: skip
    """Return the head and a line for each case received in a month; that it was taken out stands in the trail.

    `with_open` adds what was answered in it, and what came before and still waits.

    It holds accounts and addresses, hence for who supervises the whole site. Of a reserved or anonymous person neither.
    """
    staff.require("cases.supervise", site_id)
    terms, columns = terms_of(site_id), columns_of(site_id)
    first, after = month_of(month, terms.today())
    lines = [[_cell(one, row) for one in columns] for row in _facts(site_id, first, after, terms, with_open)]
    with write():
        said = first.strftime("%Y-%m")
        append_audit(site_id, staff.actor, "sui.exported", f"site:{site_id}", month=said, rows=len(lines))
    return [one.head for one in columns], lines


def _facts(site_id: int, first: date, after: date, terms: Terms, with_open: bool) -> Iterator[dict[str, Any]]:
    since, until = (datetime.combine(day, time(), terms.zone) for day in (first, after))
    wanted = (Case.received_at >= since) & (Case.received_at < until)
    if with_open:
        wanted = wanted | ((Case.answered_at >= since) & (Case.answered_at < until))
        wanted = wanted | ((Case.received_at < since) & Case.state.in_(OPEN))
    mine = (Case.site_id == site_id, Case.state != ANNULLED, counted_once(), wanted)
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
