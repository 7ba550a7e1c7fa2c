"""The report as an accessible PDF: the same tables, each under the drawing that it fills."""

from __future__ import annotations

from html import escape

from app.cases.reporting.counting import Report
from app.cases.reporting.periods import QUARTER
from app.cases.reporting.tables import Table, head, rows, tables_of, title_of
from app.cases.terms import terms_of
from app.dates import date_words
from app.documents import Chart, paper, render
from app.documents.registry import REPORT
from app.sites.service import SiteInfo
from app.words import t

_STEP, _BAR, _LABEL, _WIDE = 24, 15, 240, 1000


def pdf_of(site: SiteInfo, report: Report, lang: str) -> bytes:
    """Return the file. Raises DocumentsMissing where the extra `letters` is not installed."""
    title = t("reporting.pdf_title", lang, period=title_of(report.period, lang))
    law = "law_quarter" if report.period.length == QUARTER else "law_semester"
    whole, first, last = report.whole, *(date_words(day, lang) for day in (report.period.first, report.period.last))
    facts = [
        (t("reporting.period", lang), f"{first} – {last}"),
        (t("reporting.made_on", lang), date_words(terms_of(site.id).today(), lang)),
        (t("reporting.measures.received", lang), str(whole.received)),
        (t("reporting.measures.expired", lang), str(whole.states["expired"])),
        (t("reporting.denied", lang), str(report.denied)),
        (t("reporting.satisfaction", lang), satisfaction_words(report, lang)),
    ]
    data = {
        "facts": facts,
        "intro": t(f"reporting.{law}", lang) + "\n\n" + t("reporting.method", lang),
        "tables": [_drawn(table, lang) for table in tables_of(site.id, report, lang)],
    }
    return render(REPORT, paper(REPORT, site, title, lang), data)


def satisfaction_words(report: Report, lang: str) -> str:
    mean = report.satisfaction.mean
    if mean is None:
        return t("reporting.no_marks", lang)
    shown = f"{mean:.1f}".replace(".", "," if lang == "es" else ".")
    return t("reporting.marks", lang, mean=shown, n=report.satisfaction.n)


def _drawn(table: Table, lang: str) -> dict[str, object]:
    columns = head(table, lang)
    shown = [["–" if cell is None else str(cell) for cell in row] for row in rows(table, lang)]
    said = t("reporting.alt", lang, title=table.title, rows=", ".join(f"{row[0]}: {row[1]}" for row in shown))
    chart = Chart(_bars(table), said, table.title, columns, shown, tuple(range(1, len(columns))))
    return {"title": table.title, "chart": chart.to_dict()}


def _bars(table: Table) -> str:
    """Return bars with their names and numbers beside them: what came, and the dark part of it that came late."""
    height = _STEP * max(len(table.rows), 1)
    drawn = []
    for place, (label, tally) in enumerate(table.rows):
        top, room = place * _STEP, _WIDE - _LABEL - 60
        wide = room * tally.received / table.longest
        late = room * (tally.states["late"] + tally.states["expired"]) / table.longest
        drawn.append(
            f'<text x="{_LABEL - 8}" y="{top + 13}" font-size="12" text-anchor="end">{escape(label[:34])}</text>'
            f'<rect x="{_LABEL}" y="{top}" width="{wide:.1f}" height="{_BAR}" fill="#2f6fb0"/>'
            f'<rect x="{_LABEL}" y="{top}" width="{late:.1f}" height="{_BAR}" fill="#b54708"/>'
            f'<text x="{_LABEL + wide + 6:.1f}" y="{top + 13}" font-size="12">{tally.received}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {height}" font-family="Libertinus Serif">'
        f"{''.join(drawn)}</svg>"
    )
