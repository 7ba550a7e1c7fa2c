"""The printed forms in the settings: which version is in force, who approved it, and the log of changes (S2-13)."""

from __future__ import annotations

from flask import current_app, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.documents.versions import add_version, versions_of
from app.errors import Invalid
from app.sites.console import TABS, bp
from app.words import t


class VersionForm(FlaskForm):
    template = SelectField(choices=[])
    code = StringField(validators=[InputRequired("errors.required"), Length(max=30)])
    version = StringField(validators=[InputRequired("errors.required"), Length(max=10)])
    dated_on = DateField(validators=[InputRequired("errors.required")])
    change = StringField(validators=[Length(max=300)])
    prepared = StringField(validators=[Length(max=120)])
    reviewed = StringField(validators=[Length(max=120)])
    approved = StringField(validators=[Length(max=120)])


def _form() -> VersionForm:
    form = VersionForm()
    known = current_app.extensions["ventanilla"].documents
    form.template.choices = {name: one.title(g.lang) for name, one in known.items()}
    return form


def _draw(form: VersionForm) -> str:
    log = versions_of(the_site().id)
    last = {row.template: row.id for row in reversed(log)}
    known = current_app.extensions["ventanilla"].documents
    return render_template(
        "documents/forms.html", site=the_site(), tabs=TABS, form=form, log=log, last=last, known=known
    )


@bp.get("/forms")
@staff_only("site.manage")
def forms() -> ResponseReturnValue:
    return _draw(_form())


@bp.post("/forms")
@staff_only("site.manage")
def add_form_version() -> ResponseReturnValue:
    form = _form()
    if not form.validate_on_submit():
        return _draw(form), 422
    given = {
        name: value or "" for name, value in form.data.items() if name not in {"csrf_token", "template", "dated_on"}
    }
    assert form.dated_on.data is not None  # validated
    try:
        add_version(g.staff.actor, the_site().id, form.template.data, dated_on=form.dated_on.data, **given)
    except Invalid as error:
        blame(form, error)
        return _draw(form), 422
    flash(t("settings.saved", g.lang))
    return redirect(url_for(".forms", site_key=the_site().key))
