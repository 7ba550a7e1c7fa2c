"""The ledger in the console: attempts that failed, and the outages declared of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, StringField
from wtforms.validators import InputRequired, Length

from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.errors import Invalid
from app.outages import service
from app.outages.service import Declaration
from app.words import t

bp = Blueprint("outages", __name__)


class OutageForm(FlaskForm):
    starts_at = DateTimeLocalField(validators=[InputRequired("errors.required")])
    ends_at = DateTimeLocalField(validators=[InputRequired("errors.required")])
    reason = StringField(validators=[InputRequired("errors.required"), Length(max=300)])


def _draw(form: OutageForm) -> str:
    site = the_site()
    return render_template(
        "outages/console.html", site=site, form=form, outages=service.outages_of(site.id),
        attempts=service.attempts_of(site.id),
    )  # fmt: skip


@bp.get("/outages")
@staff_only("site.manage")
def ledger() -> ResponseReturnValue:
    return _draw(OutageForm(formdata=None))


@bp.post("/outages")
@staff_only("site.manage")
def declare() -> ResponseReturnValue:
    form = OutageForm()
    if not form.validate_on_submit():
        return _draw(form), 422
    starts_at: Any = form.starts_at.data
    ends_at: Any = form.ends_at.data
    try:
        service.declare(g.staff, the_site().id, Declaration(starts_at, ends_at, form.reason.data or ""))
    except Invalid as error:
        blame(form, error)
        return _draw(form), 422
    flash(t("outages.declared", g.lang))
    return redirect(url_for(".ledger", site_key=the_site().key))
