"""The matriz de observaciones y respuestas as a document: what was said under each theme, and what was answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from app.clock import now
from app.dates import date_words
from app.documents import available, paper, render
from app.documents.registry import MATRIX
from app.participation import closing
from app.participation.closing import Exercise
from app.participation.tables import attached, download
from app.sites.service import office_names, site_info
from app.words import t

# Who said what, under which theme: (theme id, who, text).
Contributions = list[tuple[int | None, str, str]]


def offered(url: Callable[[str], str], lang: str) -> list[tuple[str, str]]:
    """Return the addresses and names of the files that the matrix comes in; `url` gives that of a kind."""
    kinds = ("csv", "xlsx", *(["pdf"] if available() else []))
    return [(url(kind), t(f"participation.matrix_{kind}", lang)) for kind in kinds]


def as_file(kind: str, exercise: Exercise, title: str, contributions: Contributions, lang: str) -> Response:
    """Return the matrix as a file to be saved, of a kind that is offered. Never inside write()."""
    name = t("participation.matrix", lang)
    if kind == "pdf":
        return attached(as_pdf(exercise, title, contributions, lang), "application/pdf", f"{name}.pdf")
    return download(kind, name, *closing.matrix(exercise, contributions, lang))


def as_pdf(exercise: Exercise, title: str, contributions: Contributions, lang: str) -> bytes:
    """Return the matrix as PDF/UA-1. Never inside write()."""
    site, record, offices = site_info(exercise.site_id), closing.record_of(exercise), office_names(exercise.site_id)
    numbered = [(number, *one) for number, one in enumerate(contributions, 1)]

    def theme(theme_id: int | None, name: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
        return {
            "title": name,
            "facts": [(t(f"participation.{key}", lang), text) for key, text in pairs if text],
            "table": {
                "columns": [t(f"participation.{key}", lang) for key in ("contribution_n", "author", "contribution")],
                "rows": [[str(number), who, text] for number, of, who, text in numbered if of == theme_id],
            },
        }

    themes = [
        theme(row.id, row.title, [
            ("said", row.said), ("state", t(f"participation.states.{row.state}", lang)), ("answer", row.answer),
            ("reason", row.reason), ("office", offices.get(row.office_id or 0, "")),
            ("decided_on", date_words(row.decided_on, lang) if row.decided_on else ""), ("did", row.done),
            ("document", row.done_url),
            ("done_on", date_words(row.done_on, lang) if row.done_on else t("participation.done_pending", lang)),
        ])
        for row in closing.themes(exercise)
    ]  # fmt: skip
    if any(of is None for _, of, _, _ in numbered):
        themes.append(theme(None, t("participation.no_theme", lang), []))
    published = record.published_at if record else None
    data = {
        "facts": [
            (t("participation.exercise", lang), title),
            (t("participation.contribution", lang), str(len(numbered))),
            (t("participation.record_date", lang), date_words(published, lang) if published
             else t("participation.not_published", lang)),
            (t("participation.made_on", lang), date_words(now(), lang)),
        ],
        "summary": record.summary if record else "",
        "themes": themes,
    }  # fmt: skip
    return render(MATRIX, paper(MATRIX, site, MATRIX.title(lang), lang), data)
