"""The report to the SUI in the console: the facts of a case, the table of columns, the sheet of a month."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import Length

from app.cases.console.parts import back_to, the_case
from app.cases.terms import terms_of
from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.participation.tables import download
from app.schemas import say
from app.sui import columns, lists, service, sheet
from app.sui.columns import Column
from app.sui.lacking import SHOWN, check
from app.words import t

bp = Blueprint("sui", __name__)


class FactsForm(FlaskForm):
    account = StringField(validators=[Length(max=40, message="errors.invalid")])
    bill = StringField(validators=[Length(max=40, message="errors.invalid")])
    cause = StringField(validators=[Length(max=120, message="errors.invalid")])
    centre = SelectField(choices=[], validate_choice=False)
    decision = SelectField(choices=[], validate_choice=False)


def _draw(table: list[Column], errors: dict[str, list[str]]) -> str:
    site = the_site()
    said = {name: [say(text, g.lang) for text in texts] for name, texts in errors.items()}
    months = sheet.months(terms_of(site.id).today())
    month = request.args.get("month", "")
    month = month if month in months else months[0]
    # Without a question in the address it is asked as the resolution wants it.
    with_open = "month" not in request.args or "with_open" in request.args
    return render_template(
        "sui/sui.html", site=site, columns=[*table, Column("", "radicado")], fields=columns.FIELDS, errors=said,
        months=months, month=month, with_open=with_open, shown=SHOWN,
        found=check(g.staff, site.id, month, with_open=with_open),
    )  # fmt: skip


@bp.get("/sui")
@staff_only("cases.supervise")
def report() -> ResponseReturnValue:
    """The sheet of a month before it is taken out, with what it lacks, and the table of its columns."""
    return _draw(columns.columns_of(the_site().id), {})


@bp.post("/sui")
@staff_only("site.manage")
def save_columns() -> ResponseReturnValue:
    """Replace the table of columns; a bad row keeps everything that was typed."""
    if request.form.get("act") == "format_a":
        # Shown to be looked at, and kept only when it is saved.
        return _draw(list(columns.FORMAT_A), {})
    typed = [request.form.getlist(name) for name in ("head", "field", "codes")]
    given = [Column(*row) for row in zip(*typed, strict=False)]
    try:
        columns.save_columns(g.staff, the_site().id, given)
    except Invalid as error:
        return _draw(given, error.fields), 422
    flash(t("sui.saved", g.lang))
    return redirect(url_for("console.site.sui.report", site_key=the_site().key))


@bp.post("/sui/export")
@staff_only("cases.supervise")
def export() -> ResponseReturnValue:
    """The sheet of a month; a POST, since it leaves a mark in the trail."""
    with_open = bool(request.form.get("with_open"))
    head, rows = sheet.export(g.staff, the_site().id, request.form.get("month", ""), with_open=with_open)
    month = sheet.month_of(request.form.get("month", ""), terms_of(the_site().id).today())[0].strftime("%Y-%m")
    kind = "xlsx" if request.form.get("form") == "xlsx" else "csv"
    return download(kind, f"sui-{month}", head, rows)


class ListedForm(FactsForm):
    """The same where the entity keeps its causes as a list."""

    cause = SelectField(choices=[], validate_choice=False)


def _facts_form(case_id: int) -> FactsForm:
    site_id, kept = the_site().id, service.facts_of(case_id)
    causes = lists.causes_of(site_id)
    form = ListedForm(obj=kept) if causes else FactsForm(obj=kept)
    form.decision.choices = {one: t(f"sui.decisions.{one or 'none'}", g.lang) for one in service.DECISIONS}
    if isinstance(form, ListedForm):
        # What was written before there was a list stays until it is changed.
        names = ["", *causes] + ([kept.cause] if kept and kept.cause and kept.cause not in causes else [])
        form.cause.choices = {name: name or t("sui.none", g.lang) for name in names}
    seat = {"": t("sui.centre_by_place", g.lang), lists.SEAT: t("sui.seat", g.lang)}
    # A code is one of its municipality: of another it would name another place.
    municipality = service.municipality_of(case_id)
    near = lists.centres_of(site_id, municipality)
    form.centre.choices = seat | {
        one.code: f"{one.code} {one.name}" if municipality else f"{one.code} {one.name} ({one.municipality})"
        for one in near
    }
    if kept and kept.centre not in form.centre.choices:
        form.centre.choices[kept.centre] = kept.centre
    return form


@bp.get("/cases/<int:case_id>/sui")
@staff_only("cases.answer")
def facts(case_id: int) -> ResponseReturnValue:
    case, form = the_case(case_id, "cases.answer"), _facts_form(case_id)
    return render_template("sui/facts.html", site=the_site(), case=case, form=form)


@bp.post("/cases/<int:case_id>/sui")
@staff_only("cases.answer")
def keep_facts(case_id: int) -> ResponseReturnValue:
    case, form = the_case(case_id, "cases.answer"), _facts_form(case_id)
    if not form.validate_on_submit():
        return render_template("sui/facts.html", site=the_site(), case=case, form=form), 422
    given = {name: str(form[name].data or "") for name in ("account", "cause", "decision", "bill", "centre")}
    try:
        service.keep_facts(g.staff, the_site().id, case_id, service.Facts(**given))
    except Invalid as error:
        for name, texts in error.fields.items():
            form[name].errors = texts
        return render_template("sui/facts.html", site=the_site(), case=case, form=form), 422
    flash(t("sui.kept", g.lang))
    return back_to(case_id)
