"""The columns of the sheet: what fills each, under the heading and by the codes that the entity's own norm wants."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from app.audit import append_audit
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid
from app.sui.models import SuiColumn

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
# 2018 left it: groups F and P, no longer I). Read in the published programs of two providers, one of water and one of
# electricity, and not in the compiled norm. They agree on the columns and their order, the date as DD-MM-YYYY, the
# kinds 1 to 5, the answers 1 to 11, that 9 and 10 go without date and number of an answer, "N" for a claim about no
# bill, and the date of sending for kind 5 alone. They do not agree on kind 6 (information), which one of them refuses,
# nor on the notice of what nobody answered (3 in one, 5 in the other): hence an administrator looks at it and corrects
# it. Causes and centres are the entity's own lists.
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
    Column("NUMERO DE FACTURA", "bill", "=N"),
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
