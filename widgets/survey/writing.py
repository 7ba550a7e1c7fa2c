"""The files that a survey's answers leave in: a sheet, SPSS, the codebook, and tables that may be published."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.clock import now
from app.errors import Invalid
from app.participation.tables import XLSX_TYPE, plain
from app.words import t
from widgets.survey import hiding, results, sav
from widgets.survey.definition import text_of
from widgets.survey.exports import CHUNK, TEXTS, Column, Line, Span, columns, lines, span_of, weights_of
from widgets.survey.models import Survey

# name: (what a browser is told it is, how its name ends)
KINDS = {
    "xlsx": (XLSX_TYPE, ".xlsx"),
    "csv": ("text/csv; charset=utf-8", ".csv"),
    "sav": ("application/x-spss-sav", ".sav"),
    "codebook": ("text/csv; charset=utf-8", ".csv"),
    "open": ("text/csv; charset=utf-8", ".csv"),
}
_SCALE, _ORDINAL = frozenset({"number", "scale"}), frozenset({"likert", "stars", "ranking"})
Tell = Callable[[int], None]
Weigh = Callable[..., float | None] | None


@dataclass(frozen=True)
class Sheet:
    """What is to be written of a survey, looked up before the first row: the store is not held while writing."""

    survey_id: int
    title: str
    columns: list[Column]
    span: Span
    weigh: Weigh
    lang: str
    open_rows: list[list[Any]]

    @property
    def total(self) -> int:
        return self.span.count


def sheet_of(survey: Survey, kind: str, lang: str) -> Sheet:
    weigh = weights_of(survey) if survey.targets else None
    shared = _open_rows(survey, lang) if kind == "open" else []
    return Sheet(
        survey.id, text_of(survey.title, lang), columns(survey, lang), span_of(survey.id), weigh, lang, shared
    )  # fmt: skip


def write(kind: str, path: Path, sheet: Sheet, tell: Tell) -> None:
    """Write the file; `tell` hears how many people stand in it so far. Invalid where a library is missing."""
    if kind in ("codebook", "open"):
        head, rows = (_codebook_head(sheet.lang), _codebook(sheet)) if kind == "codebook" else _open_table(sheet)
        _write_csv(path, head, rows)
    elif kind == "csv":
        _write_csv(path, _head(sheet), (_told(sheet, line) for line in _counted(sheet, tell)))
    elif kind == "xlsx":
        _write_xlsx(path, sheet, tell)
    else:
        _write_sav(path, sheet, tell)


def _counted(sheet: Sheet, tell: Tell) -> Iterator[Line]:
    for line in lines(sheet.survey_id, sheet.span, sheet.weigh):
        yield line
        if line.number % CHUNK == 0:
            tell(line.number)


def _own(sheet: Sheet) -> list[str]:
    return ["number", "channel", "version", "day", *(["weight"] if sheet.weigh else [])]


def _head(sheet: Sheet) -> list[str]:
    own = [t(f"survey.console.column_{name}", sheet.lang) for name in _own(sheet)]
    return own + [f"{one.name} {one.label}" for one in sheet.columns]


def _told(sheet: Sheet, line: Line) -> list[Any]:
    own: list[Any] = [line.number, t(f"survey.exports.channels.{line.channel}", sheet.lang), line.version, line.day]
    if sheet.weigh:
        own.append("" if line.weight is None else round(line.weight, 6))
    return own + [one.told(one.of(line.version, line.values)) for one in sheet.columns]


def _write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    # With a byte order mark, without which Excel reads Spanish wrong.
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([plain(cell) for cell in head])
        writer.writerows([plain(cell) for cell in row] for row in rows)


def _write_xlsx(path: Path, sheet: Sheet, tell: Tell) -> None:
    try:
        import xlsxwriter
    except ModuleNotFoundError as error:
        raise Invalid("participation.errors.no-xlsx") from error
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), options)
    bold = book.add_format({"bold": True})
    tables: list[tuple[str, Sequence[str], Iterable[Sequence[Any]]]] = [
        ("answers", _head(sheet), (_told(sheet, line) for line in _counted(sheet, tell))),
        ("codebook", _codebook_head(sheet.lang), _codebook(sheet)),
    ]
    for name, head, rows in tables:
        page = book.add_worksheet(t(f"survey.exports.sheets.{name}", sheet.lang))
        page.freeze_panes(1, 0)
        page.write_row(0, 0, [plain(cell) for cell in head], bold)
        for number, row in enumerate(rows, 1):
            page.write_row(number, 0, [plain(cell) for cell in row])
    book.close()


def _codebook_head(lang: str) -> list[str]:
    names = ("variable", "text", "kind", "code", "value", "versions")
    return [t(f"survey.exports.codebook.{name}", lang) for name in names]


def _codebook(sheet: Sheet) -> Iterator[list[Any]]:
    """Yield what each column holds: a line for each value that has a number in the file of SPSS."""
    for name in _own(sheet):
        yield [_OWN_NAMES[name], t(f"survey.console.column_{name}", sheet.lang), "", "", "", ""]
    for one in sheet.columns:
        kind = t(f"survey.kinds.{one.kind}", sheet.lang)
        values = _values_of(one)
        if not values:
            yield [one.name, one.label, kind, "", "", one.asked_in]
        for code, value in values.items():
            yield [one.name, one.label, kind, int(code), value, one.asked_in]


def _values_of(one: Column) -> dict[float, str]:
    return {float(place): text for place, text in enumerate(one.codes.values(), 1)} or dict(one.points)


_OWN_NAMES = {"number": "num", "channel": "channel", "version": "version", "day": "day", "weight": "weight"}
_CHANNELS = {"web": 1.0, "paper": 2.0}


def _write_sav(path: Path, sheet: Sheet, tell: Tell) -> None:
    """Write a file of SPSS. It runs nothing itself; a sheet that is made of it would run a text as the others do."""
    texts = [one for one in sheet.columns if one.kind in TEXTS]
    widths = dict.fromkeys((one.name for one in texts), 1)
    # A first look at the texts: the head says how wide the widest of each column is.
    for line in lines(sheet.survey_id, sheet.span, None) if texts else ():
        for one in texts:
            widths[one.name] = max(widths[one.name], len(plain(one.of(line.version, line.values) or "").encode()))
    variables = [_own_variable(sheet, name) for name in _own(sheet)]
    for one in sheet.columns:
        measure = sav.SCALE if one.kind in _SCALE else sav.ORDINAL if one.kind in _ORDINAL else sav.NOMINAL
        width = min(widths.get(one.name, 0), sav.LONGEST)
        decimals = 2 if one.kind == "number" else 0
        labels = {code: plain(text) for code, text in _values_of(one).items()}
        variables.append(sav.Variable(one.name, plain(one.label), width, measure, decimals, labels))
    with path.open("wb") as out:
        sav.write(out, variables, (_numbered(sheet, line) for line in _counted(sheet, tell)), sheet.total, now())


def _own_variable(sheet: Sheet, name: str) -> sav.Variable:
    label = t(f"survey.console.column_{name}", sheet.lang)
    values = {code: t(f"survey.exports.channels.{channel}", sheet.lang) for channel, code in _CHANNELS.items()}
    scale = sav.SCALE if name in ("number", "weight") else sav.NOMINAL
    return sav.Variable(
        _OWN_NAMES[name], label, 10 if name == "day" else 0, scale, 6 if name == "weight" else 0,
        values if name == "channel" else {},
    )  # fmt: skip


def _numbered(sheet: Sheet, line: Line) -> list[Any]:
    own: list[Any] = [line.number, _CHANNELS[line.channel], line.version, line.day]
    if sheet.weigh:
        own.append(line.weight)
    return own + [
        plain(given or "") if one.kind in TEXTS else one.number(given)
        for one in sheet.columns
        for given in (one.of(line.version, line.values),)
    ]


# Open data


def _open_rows(survey: Survey, lang: str) -> list[list[Any]]:
    """Return what was counted, a line an answer, small cells hidden: no line of a person, no text that one wrote."""
    rows: list[list[Any]] = []
    for one in results.published(survey, lang):
        if "rows" not in one and "lines" not in one:
            continue
        parts = one.get("rows") or [{"text": "", "n": one["n"], "lines": one["lines"]}]
        for part in parts:
            for line in part["lines"]:
                hidden = line.get("hidden", False)
                rows.append([
                    one["key"], one["text"], part["text"], line["text"], line.get("n", part["n"]),
                    "" if hidden else line["count"], "" if hidden else line["share"],
                    "" if hidden else line.get("weighted", ""),
                    t("survey.exports.open.hidden", lang, least=hiding.SMALL_CELL) if hidden
                    else line.get("offered_text", ""),
                ])  # fmt: skip
    return rows


def _open_table(sheet: Sheet) -> tuple[list[str], list[list[Any]]]:
    names = ("question", "text", "row", "answer", "n", "count", "share", "weighted", "note")
    return [t(f"survey.exports.open.{name}", sheet.lang) for name in names], sheet.open_rows
