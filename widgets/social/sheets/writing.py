"""The register as a spreadsheet: the columns of CE-F05, every cell a text and none a formula (S2-11)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO

from sqlalchemy import select

from app.cases import reserve
from app.cases.models import Case
from app.cases.terms import terms_of
from app.db import db
from app.errors import DomainError
from widgets.social.models import SocialReport
from widgets.social.register import masking, people
from widgets.social.sheets import columns, printed

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class SheetsMissing(DomainError):
    """The extra that reads and writes spreadsheets is not installed."""

    status = 503
    code = "sheets-missing"
    message_key = "social.console.no_sheets"


def headings() -> list[str]:
    return [columns.heading(name) for name in columns.NAMES]


def rows_of(site_id: int) -> Iterator[list[str]]:
    """Yield the register as text, oldest first, a list a row."""
    zone, who = terms_of(site_id).zone, people.names_of(site_id)
    query = (
        select(SocialReport, Case.radicado, Case.due_on)
        .outerjoin(Case, Case.id == SocialReport.case_id)
        .where(SocialReport.site_id == site_id)
        .order_by(SocialReport.id)
        .execution_options(yield_per=500)
    )
    closed = reserve.closed_of(site_id)
    for row, radicado, due_on in db.session.execute(query):
        if row.case_id in closed:
            masking.set_apart([row], "es")
        yield columns.cells_of(row, zone, radicado or "", due_on or row.due_on, who)


def to_csv(site_id: int) -> bytes:
    """Return the register as CSV; what a spreadsheet would run as a formula is made text with an apostrophe."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(headings())
    writer.writerows([neutral(cell) for cell in row] for row in rows_of(site_id))
    return ("\ufeff" + out.getvalue()).encode()


def neutral(text: str) -> str:
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def to_xlsx(site_id: int) -> bytes:
    """Return the register as XLSX, with the control of the form on a second sheet (S2-13)."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise SheetsMissing from error
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, bold = book.add_worksheet("CE-F05"), book.add_format({"bold": True})
        for column, text in enumerate(headings()):
            sheet.write_string(0, column, text, bold)
        for number, row in enumerate(rows_of(site_id), 1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
        sheet.freeze_panes(1, 1)
        control = book.add_worksheet("Control")
        for number, (text, value) in enumerate(printed.control_of(site_id, "es")):
            control.write_string(number, 0, text, bold)
            control.write_string(number, 1, value)
        control.set_column(0, 1, 30)
    return out.getvalue()
