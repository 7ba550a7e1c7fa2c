"""What an old spreadsheet of the register says: each row that can be taken, and what is wrong with the others."""

from __future__ import annotations

import csv
import re
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.cases.terms import Terms, terms_of
from app.clock import now
from app.db import db
from app.errors import DomainError, Invalid
from app.uploads.archives import check_office
from widgets.social.models import SocialReport
from widgets.social.register import reports
from widgets.social.sheets import columns
from widgets.social.sheets.writing import SheetsMissing

NEEDED = ("said_at", "network")
MAX_ROWS = 20_000
MAX_CELLS = 50 * MAX_ROWS
_ROW, _CELL = re.compile(rb"<(?:\w+:)?row[ >/]"), re.compile(rb"<(?:\w+:)?c[ >/]")
# A cell may be longer than a field of the form, and a column of ours may not be.
LONGEST = {"code": 40, "author": 120, "link": 500, "body": 20_000}


@dataclass(frozen=True)
class Look:
    """What a sheet holds, by the number of the row there: what the store takes, and what is wrong (column, words)."""

    rows: list[tuple[int, dict[str, Any]]]
    errors: list[tuple[int, str, str]]


def look(site_id: int, content: bytes, name: str, *, refuse_known: bool = True) -> Look:
    """Read a sheet without keeping anything: the dry run. Raises Invalid for a file that is no such sheet."""
    heads, rows = _table(content, name)
    terms = terms_of(site_id)
    found, taken = Look([], []), _Taken(site_id) if refuse_known else None
    for number, cells in rows:
        given = {head: cell for head, cell in zip(heads, cells, strict=False) if head and cell not in (None, "")}
        if not given:
            continue
        try:
            row = _row(given, terms)
            if taken is not None:
                taken.refuse_known(row)
        except Invalid as error:
            found.errors.extend((number, field, texts[0]) for field, texts in error.fields.items())
        else:
            found.rows.append((number, {"site_id": site_id, **row}))
    return found


class _Taken:
    """What the register holds, and what the sheet has said so far: the same report never stands there twice."""

    def __init__(self, site_id: int) -> None:
        mine = SocialReport.site_id == site_id
        self.codes = set(db.session.scalars(select(SocialReport.code).where(mine)))
        self.said: set[Any] | None = None
        self.site_id = site_id

    def refuse_known(self, row: dict[str, Any]) -> None:
        """Raise Invalid for a code that is known; where a row has none, for a report that is."""
        if row["code"]:
            if row["code"] in self.codes:
                raise Invalid(fields={"code": ["social.console.known_code"]})
            self.codes.add(row["code"])
            return
        if self.said is None:
            said = (SocialReport.network, SocialReport.said_at, SocialReport.author, SocialReport.body)
            rows = db.session.execute(select(*said).where(SocialReport.site_id == self.site_id))
            self.said = {(network, at, author, body) for network, at, author, body in rows}
        same = (row["network"], row["said_at"], row["author"], row["body"])
        if same in self.said:
            raise Invalid(fields={"body": ["social.console.known_report"]})
        self.said.add(same)


def _row(given: dict[str, Any], terms: Terms) -> dict[str, Any]:
    """Return a row of the sheet as the store takes it; Invalid naming each column that can't be read."""
    wrong: dict[str, list[str]] = {}
    text = {name: _text(value) for name, value in given.items() if name not in columns.MOMENTS}

    def read(name: str, how: Any, *more: Any) -> Any:
        try:
            return how(name, given.get(name) if more else text.get(name, ""), *more)
        except Invalid as error:
            wrong.update(error.fields)
            return None

    choice = {name: read(name, columns.read_choice) or "" for name in columns.LISTED}
    moments = {name: read(name, columns.read_moment, terms.zone) for name in columns.MOMENTS}
    yes_no = {name: read(name, columns.read_yes_no) for name in columns.YES_NO}
    due_on = read("due_on", columns.read_moment, terms.zone)
    body = text.get("body", "") or text.get("object", "")
    for name, missing in (("said_at", "said_at" not in given), ("network", "network" not in given), ("body", not body)):
        if missing:
            wrong[name] = ["errors.required"]
    for name, longest in LONGEST.items():
        if len(text.get(name, "")) > longest:
            wrong[name] = ["social.console.too_long"]
    if text.get("link") and not text["link"].startswith(("https://", "http://")):
        # Old sheets write a name of a picture here; it is kept, and no link is made of it.
        text["remarks"] = "\n".join(filter(None, (text.get("remarks", ""), text["link"])))
        text["link"] = ""
    if moments["said_at"] and moments["said_at"] > now() + timedelta(minutes=5):
        wrong["said_at"] = ["social.console.future"]
    if wrong:
        raise Invalid(fields=wrong)
    made_at = moments["created_at"] or now()
    details = {name: text.get(name, "") for name in reports.DETAILS} | {"kind": choice["kind"]}
    return {
        "code": text.get("code", ""), "network": choice["network"], "interaction": choice["interaction"] or "comment",
        "author": text.get("author", ""), "link": text.get("link", ""), "body": body,
        "evidence": {name: text.get(name, "")[:500] for name in reports.CRITERIA},
        "details": reports.trimmed(details), "decision": choice["decision"],
        "state": choice["state"] or reports.CAPTURED, "due_on": due_on.date() if due_on else None,
        "hand_over_on": _handed_over_by(terms, made_at), **yes_no, **moments, "created_at": made_at,
        **{name: text.get(name, "")[:120] for name in columns.PEOPLE},
    }  # fmt: skip


def _handed_over_by(terms: Terms, made_at: datetime) -> date:
    day = terms.day_of(made_at)
    return terms.remember(("hand over", day), lambda: terms.calendar.add_working_days(day, 1))


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # an identity number in a sheet is a number with a point
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S" if value.time() != datetime.min.time() else "%Y-%m-%d")
    return "" if value is None else reports.tidy(str(value))


# The file


def _table(content: bytes, name: str) -> tuple[list[str], Iterable[tuple[int, list[Any]]]]:
    """Return which column each place of the sheet is, and its rows by number; the heading may stand below a title."""
    try:
        rows = _read_csv(content) if name.lower().endswith(".csv") else _read_xlsx(content)
    except (SheetsMissing, Invalid):
        raise
    except DomainError as error:
        raise Invalid(fields={"file": [error.message_key]}) from error
    except Exception as error:  # noqa: BLE001 - a broken file fails in any way, inside zip, XML or charset
        raise Invalid(fields={"file": ["social.console.bad_sheet"]}) from error
    for at, cells in enumerate(rows[:20]):
        heads = [columns.column_of(_text(cell)) for cell in cells]
        heads = [head if head not in heads[:place] else "" for place, head in enumerate(heads)]
        if set(NEEDED) <= set(heads) and {"body", "object"} & set(heads):
            if len(rows) - at - 1 > MAX_ROWS:
                raise Invalid(fields={"file": ["social.console.too_many_rows"]})
            known = [head if head not in columns.COMPUTED else "" for head in heads]
            return known, list(enumerate(rows[at + 1 :], at + 2))
    raise Invalid(fields={"file": ["social.console.bad_sheet"]})


def _read_csv(content: bytes) -> list[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")  # what a Spanish Excel saves
    first = text.partition("\n")[0]
    rows = csv.reader(StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    # What the export made text comes back as it was.
    return [[cell[1:] if cell[:1] == "'" else cell for cell in row] for row in rows]


def _measure(path: Path) -> None:
    """Count rows and cells in the bare XML: read as objects, 100,000 rows take gigabytes before anybody can refuse."""
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
                continue
            rows = cells = 0
            with book.open(name) as sheet:
                # A tag that the end of a piece cuts is not counted: the limit needs no exactness.
                while piece := sheet.read(1 << 20):
                    rows, cells = rows + len(_ROW.findall(piece)), cells + len(_CELL.findall(piece))
                    if rows > MAX_ROWS + 20 or cells > MAX_CELLS:
                        raise Invalid(fields={"file": ["social.console.too_many_rows"]})


def _read_xlsx(content: bytes) -> list[list[Any]]:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise SheetsMissing from error
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        # A zip can hold a thousand times what it weighs: it is measured before it is opened.
        file.write(content)
        file.flush()
        check_office(Path(file.name), "xlsx")
        _measure(Path(file.name))
    # Not read-only: only so are merged cells known, whose value all of them share. A formula stays a text.
    sheet = load_workbook(BytesIO(content), data_only=False).worksheets[0]
    if sheet.max_row > MAX_ROWS + 20:
        raise Invalid(fields={"file": ["social.console.too_many_rows"]})
    rows = [list(row) for row in sheet.iter_rows(values_only=True, max_col=min(sheet.max_column, 200))]
    for area in sheet.merged_cells.ranges:
        value = rows[area.min_row - 1][area.min_col - 1]
        for number in range(area.min_row - 1, area.max_row):
            rows[number][area.min_col - 1 : area.max_col] = [value] * (area.max_col - area.min_col + 1)
    return rows
