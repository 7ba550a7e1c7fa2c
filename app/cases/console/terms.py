"""The table of terms, which an administrator may change from a day on with the norm that says so."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from app.cases import rule_rows
from app.cases.console.parts import bp
from app.cases.rules import Rule
from app.cases.terms import terms_of
from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.errors import DomainError
from app.words import t

REQUIRED = "errors.required"


class TermForm(FlaskForm):
    kind = HiddenField(validators=[InputRequired(REQUIRED)])
    regime = HiddenField(validators=[InputRequired(REQUIRED)])
    days = IntegerField(validators=[InputRequired(REQUIRED), NumberRange(1, 365, message="errors.invalid")])
    extension_max = IntegerField(validators=[InputRequired(REQUIRED), NumberRange(0, 365, message="errors.invalid")])
    citation = StringField(validators=[InputRequired(REQUIRED), Length(max=300)])
    in_force_from = DateField(validators=[InputRequired(REQUIRED)])
    enabled = BooleanField()


def _draw(form: TermForm | None = None, chosen: Rule | None = None) -> str:
    site = the_site()
    today = terms_of(site.id).today()
    rows = rule_rows.current_and_coming(site.id, today)
    return render_template("cases/workflow/terms.html", site=site, rows=rows, form=form, chosen=chosen, today=today)


def _named(kind: str, regime: str) -> Rule | None:
    """Return the term that is to be changed: the one in force today."""
    site_id = the_site().id
    today = terms_of(site_id).today()
    rows = rule_rows.current_and_coming(site_id, today)
    return next((rule for rule in rows if (rule.kind, rule.regime) == (kind, regime)), None)


@bp.get("/terms")
@staff_only("site.manage")
def terms() -> ResponseReturnValue:
    chosen = _named(request.args.get("kind", ""), request.args.get("regime", "general"))
    if chosen is None:
        return _draw()
    today: Any = terms_of(the_site().id).today()
    form = TermForm(formdata=None, obj=chosen)
    form.in_force_from.data = today
    return _draw(form, chosen)


@bp.post("/terms")
@staff_only("site.manage")
def change_term() -> ResponseReturnValue:
    """Change a term from a day on; the open cases of its kind are counted again."""
    form = TermForm()
    chosen = _named(form.kind.data or "", form.regime.data or "")
    if not form.validate_on_submit():
        return _draw(form, chosen), 422
    assert form.in_force_from.data is not None  # validated
    change = rule_rows.Change(
        form.kind.data or "", form.regime.data or "", form.days.data or 0, form.extension_max.data or 0,
        form.citation.data or "", form.in_force_from.data, bool(form.enabled.data),
    )  # fmt: skip
    try:
        rule_rows.change(the_site().id, g.staff.actor, change)
    except DomainError as error:
        blame(form, error)
        return _draw(form, chosen), error.status
    flash(t("terms.changed", g.lang))
    return redirect(url_for("console.site.cases.terms", site_key=the_site().key))
