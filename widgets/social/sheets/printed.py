"""CE-F05 as a controlled record: which version of the form is in force, and a day of it on paper (S2-10, S2-13)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from app.clock import now
from app.dates import date_words, datetime_words
from app.documents import Template, paper, render
from app.documents.versions import form_in_force
from app.sites.service import site_info
from app.words import t
from widgets.social.register import finding, masking
from widgets.social.sheets.columns import say_choice

FORM = Template(
    "social_register", Path(__file__).parent.parent / "templates" / "social" / "register.typ", "CE-F05",
    "social.documents.social_register",
)  # fmt: skip


def control_of(site_id: int, lang: str) -> list[tuple[str, str]]:
    """Return how the form is controlled, as (what, value): its version and approval, and how the record is kept."""
    row = form_in_force(site_id, FORM.name)
    form = (row.code, row.version, date_words(row.dated_on, lang)) if row else (FORM.code, "", "")
    people = (row.prepared, row.reviewed, row.approved) if row else ("", "", "")
    values = dict(zip(("code", "version", "dated", "prepared", "reviewed", "approved"), (*form, *people), strict=True))
    kept = {
        name: t(f"social.control.{name}_is", lang) for name in ("place", "retention", "keeper", "found", "disposal")
    }
    return [(t(f"social.control.{name}", lang), value) for name, value in {**values, **kept}.items() if value]


def as_pdf(site_id: int, day: date, lang: str) -> bytes:
    """Return what was said on a day as PDF/UA-1, with the form's control. Never inside write()."""
    site, rows = site_info(site_id), masking.set_apart(finding.of_day(site_id, day), lang)
    heads = ("code", "said_at", "network", "author", "body", "is_petition", "decision", "state")
    yes_no = {None: "", True: t("social.console.yes", lang), False: t("social.console.no", lang)}
    table = {
        "columns": [t(f"social.sheet.columns.{name}", lang) for name in heads],
        "rows": [
            [
                row.code, datetime_words(row.said_at, lang, finding.zone_of(site_id)),
                say_choice("network", row.network, lang), row.author, row.body[:600], yes_no[row.is_petition],
                say_choice("decision", row.decision, lang), say_choice("state", row.state, lang),
            ]
            for row in rows
        ],
    }  # fmt: skip
    facts = [
        (t("social.console.said_at", lang), date_words(day, lang)),
        (t("social.print.count", lang), str(len(rows))),
        (t("social.print.made_on", lang), date_words(now(), lang)),
    ]
    return render(FORM, paper(FORM, site, FORM.title(lang), lang), {"facts": facts, "table": table})
