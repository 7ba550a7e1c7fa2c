"""The calendar of participation as anyone reads it: what comes, what is open, and what came of what is over (S0-9)."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from app.clock import now
from app.dates import date_words
from app.embed.gate import Caller
from app.embed.pages import page
from app.participation import plan, register
from app.participation.models import PlannedUse
from app.sites.service import office_names

bp = Blueprint("participation_pages", __name__)


@bp.get("/participation")
def calendar() -> ResponseReturnValue:
    """The planned uses of this year and what was documented of those that are over."""
    caller: Caller = g.caller
    site, lang = caller.site, caller.lang
    zone = ZoneInfo(site.timezone)
    tools, offices = plan.tool_titles(lang), office_names(site.id)
    year = now().astimezone(zone).year

    def shown(use: PlannedUse) -> dict[str, Any]:
        return {
            "title": use.title, "tool": tools.get(use.tool, use.tool), "purpose": use.purpose, "audience": use.audience,
            "office": offices.get(use.office_id, ""), "moment": use.moment, "state": use.state,
            "from": date_words(use.starts_at.astimezone(zone), lang),
            "until": date_words(use.ends_at.astimezone(zone), lang),
            "documented": use.documented_at is not None, "people": use.people, "done": use.done,
            "results": use.results, "lessons": use.lessons, "indicators": use.indicators,
        }  # fmt: skip

    found = [shown(use) for use in register.uses(site.id, year) if use.state != register.CANCELLED]
    groups = [(state, [use for use in found if use["state"] == state]) for state in ("running", "planned", "done")]
    return page("participation/public.html", groups=groups, year=year, banner=None)
