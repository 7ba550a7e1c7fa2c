"""The coach reads what a site publishes while it is written: news, questions, help, rules, saved texts (S0-13)."""

from __future__ import annotations

from collections.abc import Set

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from app.coach import Context, advise
from app.console.auth import staff_only, the_site
from app.content.render import to_html, to_text
from app.sites.service import offices, site_row
from app.words import LANGUAGES

bp = Blueprint("coach", __name__)
MOST_READ = 20_000
# Written in Markdown: people read bold letters, and no asterisks.
MARKDOWN = {"body", "answer"}


def _advice(markdown: Set[str] = frozenset()) -> str:
    """Return what the coach says of the named field of the form that was sent, as a fragment of the page."""
    field = request.args.get("field", "")
    lang = "en" if field.endswith("_en") else request.form.get("lang", the_site().lang)
    site = site_row(the_site().id)
    own = (site.official_email, site.phone, site.address, *(office.email for office in offices(site.id)))
    context = Context(channel="text", official=frozenset(filter(None, own)), entity=site.entity)
    text = request.form.get(field, "")[:MOST_READ]
    text = to_text(to_html(text)) if field in markdown else text
    remarks = advise(text, lang=lang if lang in LANGUAGES else g.lang, context=context) if text.strip() else []
    return render_template("cases/console/coach.html", remarks=remarks, quiet=not text.strip())


@bp.post("/coach")
@staff_only("content.write")
def published() -> ResponseReturnValue:
    """Of news, frequent questions, help texts and rules of use."""
    return _advice(MARKDOWN)


@bp.post("/coach/saved")
@staff_only("cases.assign")
def saved() -> ResponseReturnValue:
    """Of the texts that an office keeps for its answers."""
    return _advice()
