"""The page from which a webmaster copies the snippet, sees it live, and has their own page looked at."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.embed.snippet import Finding, inspect_page, snippet
from app.errors import DomainError
from app.fetch import Policy, fetch
from app.sites.service import widget_choices
from app.words import t

bp = Blueprint("embed", __name__)

THEMES = ("", "light", "dark")


def _choice() -> tuple[list[str], str, bool]:
    """Return what the form chose: widgets, look, and whether they stand open; all of them at first."""
    known = current_app.extensions["ventanilla"].widgets
    off = {name for name, choice in widget_choices(the_site().id).items() if not choice.enabled}
    available = [name for name, widget in known.items() if widget.element and name not in off]
    chosen = [name for name in request.args.getlist("w") if name in available]
    theme = request.args.get("theme", "")
    return chosen or available, theme if theme in THEMES else "", bool(request.args.get("open"))


def _made() -> tuple[list[str], Any]:
    names, theme, opened = _choice()
    widgets = current_app.extensions["ventanilla"].widgets
    texts = [(name, t(widgets[name].title_key, the_site().lang)) for name in names]
    base = current_app.extensions["ventanilla"].settings.base_url
    pin = current_app.extensions["ventanilla"].assets.pinned_loader()
    return names, snippet(base, the_site(), texts, theme=theme, opened=opened, elsewhere=_elsewhere(names), pin=pin)


def _head_lines(names: list[str]) -> list[str]:
    """Return what belongs into the head of every page of the host: with it, browsers and readers find the feeds."""
    widgets = current_app.extensions["ventanilla"].widgets
    chosen = [make for name in names if (make := widgets[name].head_lines) is not None]
    return [line for make in chosen for line in make(the_site(), the_site().lang)]


def _elsewhere(names: list[str]) -> dict[str, str]:
    """Return where to go when our server is away; for all but what floats in a corner, where there is no room."""
    site = the_site()
    place = ", ".join(part for part in (site.address, site.phone) if part)
    assets = current_app.extensions["ventanilla"].assets
    said = t("embed.elsewhere", site.lang, place=place) if place else ""
    return {name: said for name in names if not assets.eager(name)}


@bp.get("/snippet")
@staff_only("site.embed")
def choose() -> ResponseReturnValue:
    return _page([], "")


def _page(findings: list[Finding], url: str, problem: str = "") -> str:
    names, made = _made()
    _, theme, opened = _choice()
    widgets = current_app.extensions["ventanilla"].widgets
    available = [(name, t(widget.title_key, g.lang)) for name, widget in widgets.items() if widget.element]
    return render_template(
        "embed/snippet.html", site=the_site(), available=available, chosen=names, theme=theme, opened=opened,
        snippet=made, findings=findings, url=url, problem=problem, themes=THEMES,
        head_lines=_head_lines(names), query=request.query_string.decode("ascii", "ignore"),
    )  # fmt: skip


@bp.post("/snippet")
@staff_only("site.embed")
def check() -> ResponseReturnValue:
    """Visit the given page as a browser would, and say what is missing on it."""
    url = request.form.get("url", "").strip()
    ventanilla = current_app.extensions["ventanilla"]
    try:
        answer = fetch(url, policy=Policy(allow=ventanilla.settings.crawl_allow))
    except DomainError as error:
        return _page([], url, t(error.message_key, g.lang, **error.params)), 422
    policies = [value for name, value in answer.headers.items() if name == "content-security-policy"]
    html = answer.body.decode("utf-8", "replace")
    known = frozenset(name for name, widget in ventanilla.widgets.items() if widget.element)
    findings = inspect_page(
        html, answer.url, policies, ventanilla.settings.base_url, the_site(), known, ventanilla.assets.pinned_loader()
    )
    if answer.status >= 400:
        findings.insert(0, Finding("status", False, {"status": str(answer.status)}))
    return _page(findings, url)


@bp.get("/snippet/preview")
@staff_only("site.embed")
def preview() -> ResponseReturnValue:
    """A bare page with the chosen widgets, as the host page would show them; framed by the page above."""
    names, theme, opened = _choice()
    widgets = current_app.extensions["ventanilla"].widgets
    titled = [(name, t(widgets[name].title_key, the_site().lang)) for name in names]
    html = render_template("embed/preview.html", site=the_site(), widgets=titled, theme=theme, opened=opened)
    # The page beside it frames it; all else of the console's policy holds here too.
    g.frame_ancestors = "'self'"
    return html
