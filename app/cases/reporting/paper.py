"""The report as an accessible PDF: the same tables, each under the drawing that it fills."""

from __future__ import annotations

from app.cases.reporting.counting import Report
from app.cases.reporting.periods import QUARTER
from app.cases.reporting.tables import Table, head, rows, tables_of, title_of
from app.cases.terms import terms_of
from app.dates import date_words
from app.documents import Chart, paper, render
from app.documents.bars import Bar, bars
from app.documents.registry import REPORT
from app.sites.service import SiteInfo
from app.words import t


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
    """Return what came under each name, and the dark part of it that came late."""
    return bars([
        Bar(
            label, tally.received / table.longest, str(tally.received),
            (tally.states["late"] + tally.states["expired"]) / table.longest,
        )
        for label, tally in table.rows
    ])  # fmt: skip
