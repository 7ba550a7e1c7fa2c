"""The inbox: what waits, in the order in which it is due."""

from __future__ import annotations

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from app.cases.console.parts import bp
from app.cases.inbox import SORTS, STATES, Filters, find_page, offices_of
from app.cases.rules import DEFAULT_RULES
from app.console.auth import staff_only, the_site

KINDS = tuple(dict.fromkeys(rule.kind for rule in DEFAULT_RULES))


@bp.get("/cases")
@staff_only("cases.read")
def inbox() -> ResponseReturnValue:
    site, filters = the_site(), Filters.of(request.args)
    offices = g.staff.offices("cases.read", site.id)
    page = find_page(site.id, offices, g.staff.id, filters)
    return render_template(
        "cases/console/inbox.html", site=site, filters=filters, page=page, offices=offices_of(site.id, offices),
        kinds=KINDS, states=STATES, sorts=SORTS,
    )  # fmt: skip
