"""Rows as a file that people open: CSV, or XLSX where its library is installed; no cell of either is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

from app.errors import Invalid
from app.uploads import content_disposition

# A cell that begins with one of these is run by spreadsheets. Source: OWASP, CSV Injection.
# Wide ones as well: a spreadsheet that is set up for Chinese or Japanese reads them as the narrow.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def plain(value: Any) -> Any:
    """Return a value that no spreadsheet runs: a text that looks like a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_RUNS) else value


def as_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the table as CSV with a byte order mark, without which Excel reads Spanish wrong."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([plain(cell) for cell in head])
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(head: Sequence[str], rows: Iterable[Sequence[Any]], name: str) -> bytes:
    """Return the table as XLSX; Invalid, saying so, where XlsxWriter is not installed."""
    try:
        import xlsxwriter
    except ModuleNotFoundError as error:
        raise Invalid("participation.errors.no-xlsx") from error
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(name[:31])
    sheet.write_row(0, 0, [plain(cell) for cell in head], book.add_format({"bold": True}))
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, [plain(cell) for cell in row])
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def download(kind: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Return the table as an attachment of a kind, "csv" or "xlsx"."""
    if kind == "xlsx":
        return attached(as_xlsx(head, rows, name), XLSX_TYPE, f"{name}.xlsx")
    return attached(as_csv(head, rows), "text/csv; charset=utf-8", f"{name}.csv")


def attached(body: bytes, content_type: str, name: str) -> Response:
    """Return bytes that we made ourselves as a file to be saved."""
    response = Response(body, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition(name)
    return response
