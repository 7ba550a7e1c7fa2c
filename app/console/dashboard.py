"""The first page of the day: what is new, what is due, what waits, each a number that opens its list."""

from __future__ import annotations

from flask import Blueprint, current_app, g, render_template
from flask.typing import ResponseReturnValue

from app.cases import figures
from app.cases.inbox import Filters, find_page
from app.console.auth import staff_only, the_site

bp = Blueprint("dashboard", __name__)


@bp.get("/")
@staff_only("reports.read")
def overview() -> ResponseReturnValue:
    site = the_site()
    offices = g.staff.offices("cases.read", site.id)
    urgent = find_page(site.id, offices, g.staff.id, Filters(), limit=5).rows
    widgets = current_app.extensions["ventanilla"].widgets.values()
    cards = [card for widget in widgets if widget.cards for card in widget.cards(site.id, offices)]
    return render_template(
        "console/dashboard.html", site=site, figures=figures.figures_of(site.id, offices), urgent=urgent, cards=cards
    )
