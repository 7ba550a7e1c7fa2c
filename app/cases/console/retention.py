"""The entity's records retention table in the console: a line for each kind of petition."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from app.cases import retention
from app.cases.console.parts import bp
from app.cases.retention import DISPOSALS, MOST_YEARS, Series
from app.cases.rules import CASE_KINDS
from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.errors import Invalid
from app.words import t

REQUIRED = InputRequired("errors.required")
YEARS = NumberRange(0, MOST_YEARS, message="errors.invalid")


class SeriesForm(FlaskForm):
    kind = HiddenField(validators=[REQUIRED])
    code = StringField(validators=[REQUIRED, Length(max=40)])
    series = StringField(validators=[REQUIRED, Length(max=120)])
    subseries = StringField(validators=[Length(max=120)])
    office_years = IntegerField(validators=[REQUIRED, YEARS])
    central_years = IntegerField(validators=[REQUIRED, YEARS])
    disposal = SelectField()


def _form(obj: object = None, kind: str = "") -> SeriesForm:
    form = SeriesForm(None, obj=obj, kind=kind) if kind else SeriesForm()
    form.disposal.choices = {one: t(f"retention.disposal.{one}", g.lang) for one in DISPOSALS}
    return form


def _draw(form: SeriesForm | None = None) -> str:
    site = the_site()
    table = retention.table_of(site.id)
    return render_template("cases/workflow/retention.html", site=site, form=form, table=table, kinds=CASE_KINDS)


@bp.get("/retention")
@staff_only("site.manage")
def series() -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    if kind not in CASE_KINDS:
        return _draw()
    return _draw(_form(obj=retention.series_of(the_site().id, kind), kind=kind))


@bp.post("/retention")
@staff_only("site.manage")
def save_series() -> ResponseReturnValue:
    form, site = _form(), the_site()
    if not form.validate_on_submit():
        return _draw(form), 422
    line = Series(
        form.kind.data or "", (form.code.data or "").strip(), (form.series.data or "").strip(),
        (form.subseries.data or "").strip(), form.office_years.data or 0, form.central_years.data or 0,
        form.disposal.data,
    )  # fmt: skip
    try:
        retention.save(g.staff, site.id, line)
    except Invalid as error:
        blame(form, error)
        return _draw(form), error.status
    flash(t("retention.saved", g.lang))
    return redirect(url_for("console.site.cases.series", site_key=site.key))
