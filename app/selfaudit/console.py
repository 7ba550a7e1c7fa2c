"""The self-audit in the console: on screen, with the entity's own page looked at from outside, and printed."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from app.cases.terms import terms_of
from app.console.auth import staff_only, the_site
from app.dates import date_words
from app.documents import available, paper, render
from app.documents.registry import SELF_AUDIT
from app.embed.snippet import inspect_page
from app.errors import DomainError
from app.fetch import Policy, fetch
from app.participation.tables import attached
from app.selfaudit.checks import BAD, GOOD, Item, look
from app.selfaudit.page import asker
from app.selfaudit.service import note_printed
from app.words import t

bp = Blueprint("selfaudit", __name__)


def _items(url: str = "") -> list[Item]:
    settings = current_app.extensions["ventanilla"].settings
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    items = look(the_site(), g.lang, asker(app), settings.base_url)
    return [*items, _host(url)] if url else items


def _host(url: str) -> Item:
    """Return whether the entity's own page leads to the form, as a browser outside finds it."""
    ventanilla, site = current_app.extensions["ventanilla"], the_site()
    try:
        answer = fetch(url, policy=Policy(allow=ventanilla.settings.crawl_allow))
    except DomainError as error:
        return Item("host", BAD, t(error.message_key, g.lang, **error.params))
    html, base = answer.body.decode("utf-8", "replace"), ventanilla.settings.base_url
    linked = f"{base}/{site.key}/pqr" in html
    findings = inspect_page(html, answer.url, [], base, site, frozenset({"pqr"}))
    there = any(one.key == "widgets" and "pqr" in one.params.get("names", "") for one in findings)
    good = answer.status < 400 and (linked or there)
    said = t("selfaudit.evidence.host", g.lang, url=answer.url, status=answer.status,
             found=t("selfaudit.found" if linked or there else "selfaudit.not_found", g.lang))  # fmt: skip
    return Item("host", GOOD if good else BAD, said)


def _draw(items: list[Item], url: str) -> str:
    site = the_site()
    good = sum(item.state == GOOD for item in items)
    return render_template(
        "selfaudit/audit.html", site=site, items=items, url=url, good=good, printable=available(),
        bad=sum(item.state == BAD for item in items),
    )  # fmt: skip


@bp.get("/self-audit")
@staff_only("site.manage")
def audit() -> ResponseReturnValue:
    return _draw(_items(), the_site().website or "")


@bp.post("/self-audit")
@staff_only("site.manage")
def audit_with_host() -> ResponseReturnValue:
    """Look at the entity's own page too, and print it all where that was asked for."""
    url = request.form.get("url", "").strip()[:500]
    items = _items(url)
    if request.form.get("act") != "print":
        return _draw(items, url)
    return _printed(items)


def _printed(items: list[Item]) -> Response:
    site, lang = the_site(), g.lang
    good = sum(item.state == GOOD for item in items)
    data = {
        "intro": t("selfaudit.intro", lang),
        "facts": [
            (t("selfaudit.made_on", lang), date_words(terms_of(site.id).today(), lang)),
            (t("selfaudit.made_by", lang), ", ".join(one for one in (g.staff.name, g.staff.position) if one)),
            (t("selfaudit.result", lang), t("selfaudit.score", lang, good=good, total=len(items))),
        ],
        "table": {
            "columns": [t(f"selfaudit.columns.{name}", lang) for name in ("item", "state", "evidence")],
            "rows": [
                [t(f"selfaudit.items.{one.key}", lang), t(f"selfaudit.states.{one.state}", lang), one.evidence]
                for one in items
            ],
        },
    }
    pdf = render(SELF_AUDIT, paper(SELF_AUDIT, site, SELF_AUDIT.title(lang), lang), data)
    note_printed(g.staff, site.id, good, len(items))
    return attached(pdf, "application/pdf", f"{t('selfaudit.file', lang)}.pdf")
