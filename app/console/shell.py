"""The console's shell: its blueprint, the navigation built from the widgets, and where a person starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from app.cases.masking import mask_email, mask_name
from app.console.auth import current_staff, signed_in
from app.console.roles import Staff
from app.dates import BOGOTA, datetime_words, short_date
from app.sites.service import SiteInfo, all_sites
from app.widget import Page

csrf = CSRFProtect()

DASHBOARD = Page("console.nav.dashboard", "dashboard.overview", "reports.read", "layout-dashboard")
CASES = Page("console.nav.cases", "cases.inbox", "cases.read", "inbox")
# Pages of the trunk, above and below those of the widgets; endpoints as within "console.site.".
FIRST: tuple[Page, ...] = (DASHBOARD, CASES)
LAST: tuple[Page, ...] = (
    Page("console.nav.texts", "cases.saved_texts", "cases.answer", "template"),
    Page("content.console.publications", "content.publications", "content.write", "file-text"),
    Page("content.console.faqs", "content.faqs", "content.write", "info-circle"),
    Page("embed.title", "embed.choose", "site.embed", "code"),
    Page("terms.title", "cases.terms", "site.manage", "calendar"),
    Page("settings.tabs.brand", "settings.brand", "site.brand", "palette"),
    Page("oversight.audit", "oversight.trail", "audit.read", "history"),
    Page("oversight.outbox", "oversight.mails", "audit.read", "send"),
    Page("people.title", "people.people", "staff.manage", "users"),
    Page("settings.title", "settings.site", "site.manage", "settings"),
)
# Style sheets draw ticks and arrows as data: images, and the code to scan at set-up is one.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors "
)


def _pages() -> Iterator[Page]:
    yield from FIRST
    for widget in current_app.extensions["ventanilla"].widgets.values():
        yield from widget.navigation
    yield from LAST


def navigation(site: SiteInfo, staff: Staff) -> list[dict[str, Any]]:
    """Return the side navigation: the inbox, then what each widget brings, as far as the person may."""
    from app.cases.inbox import count_open

    waiting = {CASES: lambda site_id: count_open(site_id, staff.offices("cases.read", site_id))}
    entries = []
    for page in _pages():
        if not staff.can(page.permission, site.id):
            continue
        count = waiting.get(page, page.waiting)
        url = url_for(f"console.site.{page.endpoint}", site_key=site.key)
        entries.append(
            {
                "title_key": page.title_key,
                "url": url,
                "icon": page.icon,
                "waiting": count(site.id) if count else 0,
                "current": request.path == url or (page is not DASHBOARD and request.path.startswith(f"{url}/")),
            }
        )
    return entries


def _shell() -> dict[str, Any]:
    site, staff = g.get("site"), g.get("staff")
    return {
        "lang": g.get("lang", "es"),
        "staff": staff,
        "demo": current_app.extensions["ventanilla"].settings.demo,
        "moment": lambda at: datetime_words(at, str(g.get("lang", "es")), ZoneInfo(site.timezone) if site else BOGOTA),
        "day": lambda on: short_date(on, str(g.get("lang", "es"))),
        "navigation": lambda: navigation(site, staff) if site is not None and staff is not None else [],
    }


def _protect() -> None:
    # `protect` itself does not look at the switch that tests turn.
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()


def start_url(staff: Staff, site: SiteInfo) -> str | None:
    """Return where a person's day begins on a site: the first page that they may open."""
    for page in _pages():
        if staff.can(page.permission, site.id):
            return url_for(f"console.site.{page.endpoint}", site_key=site.key)
    return None


def make_console() -> Blueprint:
    """Return the console's blueprint; made anew for each app."""
    from app.console.account import bp as account

    console = Blueprint("console", __name__, url_prefix="/console")
    console.before_request(_protect)

    @console.before_request
    def _language() -> None:
        staff = current_staff()
        if staff is not None:
            g.lang = staff.lang

    @console.after_app_request
    def _policy(response: Response) -> Response:
        if request.path.startswith("/console"):
            response.headers.setdefault("Content-Security-Policy", POLICY + g.get("frame_ancestors", "'none'"))
        return response

    @console.get("/")
    @signed_in
    def home() -> ResponseReturnValue:
        """The sites that a person works for; straight in where it is one."""
        staff: Staff = g.staff
        sites = [(site, start_url(staff, site)) for site in all_sites() if site.id in staff.site_ids]
        if len(sites) == 1 and sites[0][1]:
            return redirect(sites[0][1])
        return render_template("console/sites.html", sites=sites)

    console.register_blueprint(account)
    console.app_context_processor(_shell)
    console.add_app_template_filter(mask_name, "mask_name")
    console.add_app_template_filter(mask_email, "mask_email")
    return console
