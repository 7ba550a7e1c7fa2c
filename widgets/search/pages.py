"""The same without script: a page of results whose address can be kept, sent and linked to."""

from __future__ import annotations

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller, the_gate
from app.embed.pages import page
from app.search import analysis
from widgets.search import service
from widgets.search.public import count

bp = Blueprint("search_pages", __name__, template_folder="templates")
PAGES_A_MINUTE = 120


@bp.get("/search")
def form() -> ResponseReturnValue:
    """Ask, or read what was found."""
    caller: Caller = g.caller
    the_gate().let_in(f"search page {caller.site.key} {caller.network}", 60, PAGES_A_MINUTE)
    args = request.args
    asked = service.Asked.of(args.get("q", ""), args.get("kind", ""), args.get("page", ""))
    found = service.find(caller.site, asked, caller.lang) if analysis.words(asked.text) else None
    if found is not None and asked.page == 1 and not asked.kind:
        count(asked.text, found["total"])
    steps = service.next_steps(caller.site, caller.lang)
    return page("search/results.html", asked=asked, found=found, next_steps=steps)
