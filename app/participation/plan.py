"""The yearly plan de uso y apropiación, made of the register: tools, calendar, indicators, results, lessons (S0-10)."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app

from app.clock import now
from app.dates import date_words, short_date
from app.documents import paper, render
from app.documents.registry import USE_PLAN
from app.participation import register
from app.participation.models import PlannedUse
from app.sites.service import SiteInfo, office_names, owner_office
from app.words import t

# What a cell of the document says where nothing was planned: an empty one looks forgotten.
NOTHING = "–"


def tool_titles(lang: str) -> dict[str, str]:
    """Return the tools of the house by name, each with its title."""
    widgets = current_app.extensions["ventanilla"].widgets
    return {name: t(widget.title_key, lang) for name, widget in widgets.items()}


def _days(use: PlannedUse, site: SiteInfo, lang: str) -> tuple[str, str]:
    zone = ZoneInfo(site.timezone)
    return short_date(use.starts_at.astimezone(zone).date(), lang), short_date(
        use.ends_at.astimezone(zone).date(), lang
    )


def table(site: SiteInfo, year: int, lang: str) -> tuple[list[str], list[list[Any]]]:
    """Return head and rows of the register of a year."""
    names = ("tool", "what", "moment", "purpose", "audience", "office", "from", "until", "state", "people", "done",
             "results", "lessons", "indicators")  # fmt: skip
    tools, offices = tool_titles(lang), office_names(site.id)
    rows = [
        [
            tools.get(use.tool, use.tool), use.title, t(f"participation.moments.{use.moment}", lang), use.purpose,
            use.audience, offices.get(use.office_id, ""), *_days(use, site, lang),
            t(f"participation.uses.{use.state}", lang), "" if use.people is None else use.people, use.done,
            use.results, use.lessons,
            "\n".join(f"{one['name']}: {one['reached'] or NOTHING} / {one['goal']}" for one in use.indicators),
        ]
        for use in register.uses(site.id, year)
    ]  # fmt: skip
    return [t(f"participation.plan.{name}", lang) for name in names], rows


def as_pdf(site: SiteInfo, year: int, lang: str) -> bytes:
    """Return the plan of a year as PDF/UA-1 on the site's sheet; a year without uses says so."""
    words = {
        name: t(f"participation.plan.{name}", lang)
        for name in ("aim", "aim_text", "tools", "calendar", "empty", "indicators", "results", "results_empty")
    }
    tools, offices = tool_titles(lang), office_names(site.id)
    planned = [use for use in register.uses(site.id, year) if use.state != register.CANCELLED]
    data = {
        **words,
        "aim_text": t("participation.plan.aim_text", lang, entity=site.entity, year=year),
        "made": t("participation.plan.made", lang, date=date_words(now(), lang)),
        "tool_table": {
            "columns": _head(lang, "tool", "use", "owner"),
            "rows": [
                [title, t(f"{name}.page.help", lang), owner_office(site.id, name, _owner(name)).name]
                for name, title in tools.items()
            ],
        },
        "calendar_table": {
            "columns": _head(lang, "tool", "what", "moment", "audience", "office", "from", "until", "state"),
            "rows": [
                [tools.get(use.tool, use.tool), use.title, t(f"participation.moments.{use.moment}", lang),
                 use.audience or NOTHING, offices.get(use.office_id) or NOTHING, *_days(use, site, lang),
                 t(f"participation.uses.{use.state}", lang)]
                for use in planned
            ],
        },
        "indicator_table": {
            "columns": _head(lang, "what", "indicator", "goal", "reached"),
            "rows": [
                [use.title, one["name"], one["goal"], one["reached"] or NOTHING]
                for use in planned for one in use.indicators
            ],
        },
        "uses": [
            {
                "title": use.title,
                "facts": [(t(f"participation.plan.{name}", lang), str(value)) for name, value in (
                    ("purpose", use.purpose), ("people", "" if use.people is None else use.people), ("done", use.done),
                    ("results", use.results), ("lessons", use.lessons),
                ) if value != ""],
            }
            for use in planned if use.documented_at is not None
        ],
    }  # fmt: skip
    return render(USE_PLAN, paper(USE_PLAN, site, t("participation.plan.title", lang, year=year), lang), data)


def _owner(name: str) -> str:
    return str(current_app.extensions["ventanilla"].widgets[name].owner)


def _head(lang: str, *names: str) -> list[str]:
    return [t(f"participation.plan.{name}", lang) for name in names]
