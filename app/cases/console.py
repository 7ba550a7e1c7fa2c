"""The officials' side of cases: inbox, case page, answer."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.cases.models import Case
from app.console.auth import staff_only, the_site
from app.db import db

bp = Blueprint("cases", __name__)


@bp.get("/cases")
@staff_only("cases.read")
def inbox() -> ResponseReturnValue:
    site = the_site()
    offices = g.staff.offices("cases.read", site.id)
    query = select(Case).where(Case.site_id == site.id).order_by(Case.due_on, Case.id).limit(50)
    if offices is not None:
        query = query.where(Case.office_id.in_(offices))
    return render_template("cases/inbox.html", cases=list(db.session.scalars(query)), site=site)
