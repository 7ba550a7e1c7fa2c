"""The console's shell: its blueprint, the navigation built from the widgets, and where a person starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect

from app.cases.masking import mask_email, mask_name, mask_number
from app.coach import say
from app.console.auth import come_in, current_staff, page_of_form, signed_in
from app.console.roles import Staff
from app.content import reviews
from app.dates import BOGOTA, datetime_words, number_words, short_date
from app.handlers import wants_json
from app.schemas import say as words_of_error
from app.sites.service import SiteInfo, all_sites
from app.widget import Page
from app.words import t

csrf = CSRFProtect()

DASHBOARD = Page("console.nav.dashboard", "dashboard.overview", "reports.read", "layout-dashboard")
CASES = Page("console.nav.cases", "cases.inbox", "cases.read", "inbox")
# Pages of the trunk, above and below those of the widgets; endpoints as within "console.site.".
FIRST: tuple[Page, ...] = (DASHBOARD, CASES)
BRAND = Page("settings.tabs.brand", "settings.brand", "site.brand", "palette", "manage")
LAST: tuple[Page, ...] = (
    Page("reporting.title", "reports.report", "reports.read", "chart-bar"),
    Page("participation.register.title", "participation.calendar", "reports.read", "calendar", "take_part"),
    Page("console.nav.texts", "cases.saved_texts", "cases.answer", "template"),
    Page("memos.title", "memos.memos", "cases.note", "note"),
    Page("mail.console.title", "incoming.mails", "cases.assign", "mail"),
    Page(
        "content.console.publications", "content.publications", "content.write", "file-text", "publish", reviews.waiting
    ),
    Page("content.console.faqs", "content.faqs", "content.write", "info-circle", "publish"),
    Page("embed.title", "embed.choose", "site.embed", "code", "manage"),
    BRAND,
    Page("people.title", "people.people", "staff.manage", "users", "manage"),
    Page("outages.title", "outages.ledger", "site.manage", "alert-triangle", "manage"),
    Page("selfaudit.title", "selfaudit.audit", "site.manage", "list-check", "manage"),
    Page("terms.title", "cases.terms", "site.manage", "calendar", "manage"),
    Page("systems.title", "systems.systems", "site.manage", "key", "manage"),
    Page("settings.title", "settings.site", "site.manage", "settings", "manage"),
    Page("oversight.audit", "oversight.trail", "audit.read", "history", "manage"),
    Page("oversight.outbox", "oversight.mails", "audit.read", "send", "manage"),
)
# The headings of the navigation, in order: answer people, take part with them, tell them, look after it all.
GROUPS = ("serve", "take_part", "publish", "manage")
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

    waiting = {CASES: count_open}
    entries: list[dict[str, Any]] = []
    for page in _pages():
        # Who manages the site finds the look among the settings.
        if not staff.can(page.permission, site.id) or (page is BRAND and staff.can("site.manage", site.id)):
            continue
        count = waiting.get(page, page.waiting)
        url = url_for(f"console.site.{page.endpoint}", site_key=site.key)
        below = page is not DASHBOARD and request.path.startswith(f"{url.rstrip('/')}/")
        entries.append(
            {
                "title_key": page.title_key,
                "url": url,
                "icon": page.icon,
                "group": page.group,
                "order": GROUPS.index(page.group),
                "waiting": count(site.id, staff.offices(page.permission, site.id)) if count else 0,
                "here": request.path == url or below,
            }
        )
    here = [entry["url"] for entry in entries if entry["here"]]
    for entry in entries:
        # Of a page and one that stands below it, the one below.
        entry["current"] = entry["here"] and entry["url"] == max(here, key=len)
    return sorted(entries, key=lambda entry: int(entry["order"]))


def _shell() -> dict[str, Any]:
    site, staff = g.get("site"), g.get("staff")
    return {
        "lang": g.get("lang", "es"),
        "staff": staff,
        "demo": current_app.extensions["ventanilla"].settings.demo,
        "moment": lambda at: datetime_words(at, str(g.get("lang", "es")), ZoneInfo(site.timezone) if site else BOGOTA),
        "say": say,
        "number": lambda value: number_words(value, str(g.get("lang", "es"))),
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

    @console.errorhandler(CSRFError)
    def _other_session(error: CSRFError) -> ResponseReturnValue:
        """Of a form of a session that ended, or of the one before: its page again, which puts back what was typed."""
        if current_staff() is None:
            return come_in()
        if wants_json() or request.headers.get("HX-Request"):
            raise error
        said = t("console.keep.renewed", g.staff.lang)
        return render_template("error.html", message=said, status=400, lang=g.staff.lang, back=page_of_form()), 400

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
    # What is wrong with a field, with its numbers, in the reader's language.
    console.add_app_template_filter(lambda message: words_of_error(message, g.lang), "error_words")
    console.add_app_template_filter(mask_name, "mask_name")
    console.add_app_template_filter(mask_email, "mask_email")
    console.add_app_template_filter(mask_number, "mask_number")
    return console
