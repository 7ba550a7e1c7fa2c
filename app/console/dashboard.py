"""The first page of the day: what is new, what is due, what waits, each a number that opens its list."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from app.cases import figures
from app.cases.inbox import Filters, find_page, offices_of
from app.cases.rules import CASE_KINDS
from app.console.auth import staff_only, the_site
from app.mail import trouble
from app.numbers import whole
from app.participation.tables import download
from app.words import t

bp = Blueprint("dashboard", __name__)


def _asked() -> tuple[int | None, str]:
    """Return the office and the kind to which the numbers are narrowed, as far as they exist."""
    kind = request.args.get("kind", "")
    return whole(request.args.get("office", "")), kind if kind in CASE_KINDS else ""


@bp.get("/")
@staff_only("reports.read")
def overview() -> ResponseReturnValue:
    site, (office, kind) = the_site(), _asked()
    offices = g.staff.offices("cases.read", site.id)
    filters = Filters(office=str(office or ""), kind=kind)
    urgent = find_page(site.id, offices, g.staff.id, filters, limit=5).rows
    widgets = current_app.extensions["ventanilla"].widgets.values()
    cards = [card for widget in widgets if widget.cards for card in widget.cards(site.id, offices)]
    return render_template(
        "console/dashboard.html", site=site, figures=figures.figures_of(site.id, offices, office, kind), urgent=urgent,
        cards=cards, offices=offices_of(site.id, offices), kinds=CASE_KINDS, office=office, kind=kind,
        why=partial(trouble.why, lang=g.lang), linked=True,
        failing=trouble.failing(site.id) if g.staff.can("cases.assign", site.id) else (),
        stuck=trouble.stuck(site.id) if g.staff.can("audit.read", site.id) else None,
    )  # fmt: skip


@bp.get("/figures/<any(office, kind):part>.csv")
@staff_only("reports.read")
def table(part: str) -> Response:
    """The table behind a chart, as a file."""
    site, lang = the_site(), g.lang
    found = figures.figures_of(site.id, g.staff.offices("cases.read", site.id), *_asked())
    head = [t(f"console.inbox.{part}", lang), t("console.dashboard.open", lang), t("console.dashboard.overdue", lang)]
    rows = (
        ([bar.label, bar.count, bar.overdue] for bar in found.offices)
        if part == "office"
        else ([t(f"count.kinds.{bar.label}", lang), bar.count, bar.overdue] for bar in found.kinds)
    )
    return download("csv", t(f"console.dashboard.file_{part}", lang), head, rows)
