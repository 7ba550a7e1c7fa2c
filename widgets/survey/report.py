"""The printed report of a survey: its ficha, and each question as a drawing with its table, fit to be published."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.clock import now
from app.dates import date_words
from app.documents import Chart, Template, paper, render
from app.documents.bars import Bar, bars
from app.sites.service import SiteInfo
from app.words import t
from widgets.survey import hiding, results
from widgets.survey.counting import settled
from widgets.survey.definition import text_of
from widgets.survey.models import Survey

REPORT = Template(
    "survey_report", Path(__file__).parent / "templates" / "survey" / "report.typ", "CE-IN-02",
    "survey.documents.survey_report",
)  # fmt: skip


def as_pdf(site: SiteInfo, survey: Survey, lang: str) -> bytes:
    """Return the report as PDF/UA-1, of what the public page tells. Never inside write()."""
    ficha = results.published_sheet(survey, site.entity, lang)
    weights = results.weighted_view(survey, lang, settled(survey))
    title = t("survey.report.title", lang, title=text_of(survey.title, lang))
    data = {
        "facts": [(line["label"], line["text"]) for line in ficha["lines"]]
        + [(t("survey.report.made_on", lang), date_words(now(), lang))],
        "sheet_title": t(f"survey.sheet.title_{ficha['word']}", lang),
        "notice": ficha["notice"] + "\n\n" + t("survey.report.hidden", lang, least=hiding.SMALL_CELL),
        "weights": weights and {
            "title": t("survey.weights.title", lang), "text": weights["text"],
            "facts": [(line["label"], line["text"]) for line in weights.get("lines", [])],
        },
        "questions": [_question(one, lang) for one in results.published(survey, lang)],
    }  # fmt: skip
    return render(REPORT, paper(REPORT, site, title, lang), data)


def _question(view: dict[str, Any], lang: str) -> dict[str, Any]:
    parts: Iterable[tuple[str, int, list[dict[str, Any]]]] = (
        [(view["text"], view["n"], view["lines"])]
        if "lines" in view
        else [(row["text"], row["n"], row["lines"]) for row in view.get("rows", [])]
    )
    # Of a text, a date, a file: how many answered, for what they wrote is theirs.
    said = view.get("mean_text", "") if "lines" in view or "rows" in view or view["kind"] == "number" else ""
    counted = t("survey.report.n", lang, n=view["n"])
    return {
        "title": view["text"], "text": " ".join(filter(None, (counted, said, view.get("versions_text", "")))),
        "charts": [_chart(name, n, lines, lang) for name, n, lines in parts],
    }  # fmt: skip


def _chart(name: str, n: int, lines: list[dict[str, Any]], lang: str) -> dict[str, Any]:
    shown = [line for line in lines if not line.get("hidden")]
    interval, weighted = any("low" in line for line in shown), any("weighted_text" in line for line in shown)
    columns = [t("survey.results.answer", lang), t("survey.results.count", lang), "%"]
    columns += [t("survey.results.interval", lang)] if interval else []
    columns += [t("survey.weights.column", lang)] if weighted else []
    rows = []
    for line in lines:
        if line.get("hidden"):
            rows.append([line["text"], t("survey.results.hidden", lang), *[""] * (len(columns) - 2)])
            continue
        row = [line["text"], str(line["count"]), " ".join(filter(None, (line["share_text"], line.get("offered_text"))))]
        if interval:
            row.append(" – ".join(results.number(line[end], lang) for end in ("low", "high")))
        if weighted:
            row.append(" ".join(filter(None, (line.get("weighted_text", ""), line.get("weighted_interval", "")))))
        rows.append(row)
    said = ", ".join(f"{line['text']}: {line['share_text']}" for line in shown)
    drawing = bars([Bar(line["text"], line["share"] / 100, line["share_text"]) for line in shown])
    alt = t("survey.report.alt", lang, title=name, rows=said)
    return Chart(drawing, alt, f"{name} (n = {n})", columns, rows, tuple(range(1, len(columns)))).to_dict()
