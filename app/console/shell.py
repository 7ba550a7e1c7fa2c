"""The console's own pages: home, and the blueprint in which every widget's staff pages stand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from app.console.auth import current_staff
from app.console.roles import Staff
from app.sites.service import SiteInfo, all_sites
from app.widget import Page

csrf = CSRFProtect()

CASES = Page("console.nav.cases", "console.site.cases.inbox", "cases.read", "inbox")


def navigation(site: SiteInfo, staff: Staff) -> list[dict[str, Any]]:
    """Return the side navigation: the inbox, then what each widget brings, as far as the person may."""
    pages = [(CASES, "console.site.cases.inbox")]
    for widget in current_app.extensions["ventanilla"].widgets.values():
        pages += [(page, f"console.site.{page.endpoint}") for page in widget.navigation]
    return [
        {
            "title_key": page.title_key,
            "url": url_for(endpoint, site_key=site.key),
            "icon": page.icon,
            "waiting": page.waiting(site.id) if page.waiting else 0,
        }
        for page, endpoint in pages
        if staff.can(page.permission, site.id)
    ]


def make_console() -> Blueprint:
    """Return the console's blueprint; made anew for each app."""
    console = Blueprint("console", __name__, url_prefix="/console")

    @console.before_request
    def _csrf() -> None:
        if current_app.config.get("WTF_CSRF_ENABLED", True):
            csrf.protect()

    @console.before_request
    def _language() -> None:
        staff = current_staff()
        if staff is not None:
            g.lang = staff.lang

    @console.get("/")
    def home() -> ResponseReturnValue:
        """The sites that a person works for; straight in where it is one."""
        staff = current_staff()
        if staff is None:
            return redirect(url_for("security.login"))
        sites = [site for site in all_sites() if site.id in staff.site_ids]
        if len(sites) == 1:
            return redirect(url_for("console.site.cases.inbox", site_key=sites[0].key))
        return render_template("console/sites.html", sites=sites, staff=staff)

    @console.app_context_processor
    def _shell() -> dict[str, Any]:
        return {"navigation": lambda: navigation(g.site, g.staff), "lang": g.get("lang", "es")}

    return console
