"""An old spreadsheet as tables: each of its sheets that has our headings, and where its rows begin."""

from __future__ import annotations

import csv
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.errors import DomainError, Invalid
from app.uploads.archives import check_office
from widgets.social.sheets import columns, dates
from widgets.social.sheets.writing import SheetsMissing

NEEDED = ("said_at", "network")
MAX_ROWS = 20_000
MAX_CELLS = 50 * MAX_ROWS
# How far down the heading may stand, below titles and logos.
_LOW = 20
_ROW, _CELL = re.compile(rb"<(?:\w+:)?row[ >/]"), re.compile(rb"<(?:\w+:)?c[ >/]")
_ANY_ZONE = ZoneInfo("UTC")

Cells = list[Any]


@dataclass(frozen=True)
class Table:
    """What each place of a sheet is ("" for no column of ours) and what stands above it there; its rows by number."""

    title: str
    heads: list[str]
    said: list[str]
    rows: list[tuple[int, Cells]]


def tables(content: bytes, name: str) -> list[Table]:
    """Return the sheets with our headings, in their order. Raises Invalid for a file that has none."""
    try:
        sheets = _read_csv(content) if name.lower().endswith(".csv") else _read_xlsx(content)
    except (SheetsMissing, Invalid):
        raise
    except DomainError as error:
        raise Invalid(fields={"file": [error.message_key]}) from error
    except Exception as error:  # noqa: BLE001 - a broken file fails in any way, inside zip, XML or charset
        raise Invalid(fields={"file": ["social.console.bad_sheet"]}) from error
    found = [table for title, rows in sheets if (table := _table(title, rows))]
    if not found:
        raise Invalid(fields={"file": ["social.console.bad_sheet"]})
    if sum(len(table.rows) for table in found) > MAX_ROWS:
        raise Invalid(fields={"file": ["social.console.too_many_rows"]})
    return found


def text_of(value: Any) -> str:
    """Return a cell as text: an identity number in a sheet is a number with a point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return dates.write_plain(value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def _table(title: str, rows: list[Cells]) -> Table | None:
    for at, cells in enumerate(rows[:_LOW]):
        said, begins = [text_of(cell) for cell in cells], at + 1
        below = [text_of(cell) for cell in rows[begins]] if begins < len(rows) else []
        if _goes_on(said, below):
            # A heading of two rows: groups above, and below what each of them has.
            said, begins = [low or high for low, high in _side_by_side(below, said)], begins + 1
        heads = [columns.column_of(text) for text in said]
        heads = [head if head not in heads[:place] else "" for place, head in enumerate(heads)]
        if set(NEEDED) <= set(heads) and {"body", "object"} & set(heads):
            return Table(title, heads, said, list(enumerate(rows[begins:], begins + 1)))
    return None


def _goes_on(above: list[str], below: list[str]) -> bool:
    """Return whether a row goes on with the heading above it: it names columns anew, and no date or network."""
    if not any(columns.column_of(text) for text in above):
        return False  # a title
    new = [low for low, high in _side_by_side(below, above) if low and low != high]
    return any(columns.column_of(text) for text in new) and not any(_is_data(text) for text in new)


def _side_by_side(one: list[str], other: list[str]) -> Iterator[tuple[str, str]]:
    for place in range(max(len(one), len(other))):
        yield (one[place] if place < len(one) else ""), (other[place] if place < len(other) else "")


def _is_data(text: str) -> bool:
    with suppress(Invalid):
        return bool(columns.read_choice("network", text))
    with suppress(Invalid):
        return dates.read_moment("said_at", text, _ANY_ZONE) is not None
    return False


def _read_csv(content: bytes) -> list[tuple[str, list[Cells]]]:
    """Return the one sheet of a text, by whichever sign between its cells makes our headings of it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16")  # "Unicode text" of a spreadsheet
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252")  # what a Spanish Excel saves
    for sign in (";", ",", "\t"):
        # What the export made text comes back as it was.
        rows = [
            [cell[1:] if cell[:1] == "'" else cell for cell in row]
            for row in csv.reader(StringIO(text, newline=""), delimiter=sign)
        ]
        if _table("", rows[: _LOW + 2]):
            return [("", rows)]
    return []


def _measure(path: Path) -> None:
    """Count rows and cells in the bare XML: read as objects, 100,000 rows take gigabytes before anybody can refuse."""
    with zipfile.ZipFile(path) as book:
        rows = cells = 0
        sheets = [name for name in book.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
        for name in sheets:
            with book.open(name) as sheet:
                # A tag that the end of a piece cuts is not counted: the limit needs no exactness.
                while piece := sheet.read(1 << 20):
                    rows, cells = rows + len(_ROW.findall(piece)), cells + len(_CELL.findall(piece))
                    if rows > MAX_ROWS + _LOW * len(sheets) or cells > MAX_CELLS:
                        raise Invalid(fields={"file": ["social.console.too_many_rows"]})


def _read_xlsx(content: bytes) -> list[tuple[str, list[Cells]]]:
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
    book = load_workbook(BytesIO(content), data_only=False)
    return [(sheet.title, _cells(sheet)) for sheet in book.worksheets]


def _cells(sheet: Any) -> list[Cells]:
    if sheet.max_row > MAX_ROWS + _LOW:
        raise Invalid(fields={"file": ["social.console.too_many_rows"]})
    rows = [list(row) for row in sheet.iter_rows(values_only=True, max_col=min(sheet.max_column, 200))]
    for area in sheet.merged_cells.ranges:
        value = rows[area.min_row - 1][area.min_col - 1]
        for number in range(area.min_row - 1, min(area.max_row, len(rows))):
            wide = min(area.max_col, len(rows[number])) - area.min_col + 1
            rows[number][area.min_col - 1 : area.max_col] = [value] * wide
    return rows
