"""The register as a spreadsheet, out and in: the same columns both ways (S2-11)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.audit import append_audit
from app.cases.terms import terms_of
from app.db import db, write
from app.errors import DomainError, Invalid
from widgets.social import register
from widgets.social.models import SocialReport

COLUMNS = (
    "code", "said_at", "network", "interaction", "author", "link", "body", *register.CRITERIA, "is_petition",
    "answers_at_once", "state",
)  # fmt: skip
NEEDED = ("said_at", "network", "body")
MAX_ROWS = 20_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DAYS = ("%Y-%m-%d %H:%M", "%Y-%m-%d", "%d/%m/%Y %H:%M", "%d/%m/%Y")


class SheetsMissing(DomainError):
    """The extra that reads and writes spreadsheets is not installed."""

    status = 503
    code = "sheets-missing"
    message_key = "social.console.no_sheets"


@dataclass(frozen=True)
class Line:
    """A row of a sheet that can be taken."""

    said: register.Said
    evidence: dict[str, str]


@dataclass(frozen=True)
class Look:
    """What a sheet holds: what can be taken, and what is wrong, by row and column."""

    lines: list[Line]
    errors: list[tuple[int, str, str]]


def rows_of(site_id: int) -> list[list[str]]:
    """Return the register as text, oldest first, a list a row."""
    zone = terms_of(site_id).zone
    query = select(SocialReport).where(SocialReport.site_id == site_id).order_by(SocialReport.id)
    return [_cells(row, zone) for row in db.session.scalars(query)]


def _cells(row: SocialReport, zone: ZoneInfo) -> list[str]:
    said = {None: "", True: "1", False: "0"}
    return [
        row.code, row.said_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"), row.network, row.interaction, row.author,
        row.link, row.body, *((row.evidence or {}).get(name, "") for name in register.CRITERIA),
        said[row.is_petition], said[row.answers_at_once], row.state,
    ]  # fmt: skip


def to_csv(site_id: int) -> bytes:
    """Return the register as CSV; what a spreadsheet would run as a formula is made text with an apostrophe."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([_neutral(cell) for cell in row] for row in rows_of(site_id))
    return ("\ufeff" + out.getvalue()).encode()


def _neutral(text: str) -> str:
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def to_xlsx(site_id: int) -> bytes:
    """Return the register as XLSX, every cell a text and none a formula."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise SheetsMissing from error
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("CE-F05")
        for number, row in enumerate([list(COLUMNS), *rows_of(site_id)]):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    return out.getvalue()


def look(site_id: int, content: bytes, name: str) -> Look:
    """Read a sheet without keeping anything: the dry run. Raises Invalid for a file that is no such sheet."""
    try:
        rows = _read_csv(content) if name.lower().endswith(".csv") else _read_xlsx(content)
    except SheetsMissing:
        raise
    except Exception as error:  # noqa: BLE001 - a broken file fails in any way, inside zip, XML or charset
        raise Invalid(fields={"file": ["social.console.bad_sheet"]}) from error
    heads = [str(cell or "").strip().lower() for cell in rows[0]] if rows else []
    if not set(NEEDED) <= set(heads) or len(rows) > MAX_ROWS + 1:
        raise Invalid(fields={"file": ["social.console.bad_sheet"]})
    return _look(rows[1:], heads, terms_of(site_id).zone)


def _look(rows: list[list[Any]], heads: list[str], zone: ZoneInfo) -> Look:
    found = Look([], [])
    for number, cells in enumerate(rows, 2):
        row = dict(zip(heads, cells, strict=False))
        if not any(cell not in (None, "") for cell in cells):
            continue
        try:
            found.lines.append(_line(row, zone))
        except Invalid as error:
            found.errors.extend((number, field, texts[0]) for field, texts in error.fields.items())
    return found


def _line(row: dict[str, Any], zone: ZoneInfo) -> Line:
    text = {name: "" if value is None else str(value) for name, value in row.items() if name != "said_at"}
    said = register.Said(
        text.get("network", "").strip().lower(), text.get("interaction", "").strip().lower() or "comment",
        text.get("author", ""), text.get("link", "").strip(), text.get("body", ""), _moment(row.get("said_at"), zone),
    )  # fmt: skip
    register.check(said)
    return Line(said, {name: text.get(name, "")[:500] for name in register.CRITERIA})


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    """Return a date of a sheet, which may be a date or a text of day, month and year."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=zone)
    for shape in _DAYS:
        try:
            return datetime.strptime(str(value).strip(), shape).replace(tzinfo=zone)
        except ValueError:
            continue
    raise Invalid(fields={"said_at": ["social.console.bad_date"]})


def _read_csv(content: bytes) -> list[list[Any]]:
    rows = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""))
    # What the export made text comes back as it was.
    return [[cell[1:] if cell[:1] == "'" else cell for cell in row] for row in rows]


def _read_xlsx(content: bytes) -> list[list[Any]]:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise SheetsMissing from error
    # Not read-only: only so are merged cells known, whose value all of them share. A formula stays a text.
    sheet = load_workbook(BytesIO(content), data_only=False).worksheets[0]
    if sheet.max_row > MAX_ROWS + 1:
        raise ValueError("too many rows")
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    for area in sheet.merged_cells.ranges:
        value = rows[area.min_row - 1][area.min_col - 1]
        for number in range(area.min_row - 1, area.max_row):
            rows[number][area.min_col - 1 : area.max_col] = [value] * (area.max_col - area.min_col + 1)
    return rows


def take(site_id: int, found: Look, actor: str) -> int:
    """Add all rows of a sheet, or none where one is wrong; return how many."""
    if found.errors:
        raise Invalid(fields={"file": ["social.console.has_errors"]})
    with write():
        for line in found.lines:
            register.add(site_id, line.said, actor).evidence = line.evidence
        append_audit(site_id, actor, "social.imported", f"site:{site_id}", rows=len(found.lines))
    return len(found.lines)
