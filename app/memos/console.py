"""Memos in the console: write one, and read what came."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.documents.issuing import file_of
from app.downloads import attachment
from app.errors import Invalid, NotFound
from app.memos import service
from app.sites.service import offices
from app.words import t

bp = Blueprint("memos", __name__)


class MemoForm(FlaskForm):
    office_id = SelectField(coerce=int, choices=[], validate_choice=False)
    subject = StringField(validators=[InputRequired("errors.required"), Length(max=200)])
    body = TextAreaField(validators=[InputRequired("errors.required"), Length(max=20_000)])


def _form() -> MemoForm:
    form = MemoForm()
    form.office_id.choices = {one.id: one.name for one in offices(the_site().id)}
    return form


def _draw(form: MemoForm) -> str:
    rows = service.memos_of(g.staff, the_site().id)
    return render_template("memos/memos.html", site=the_site(), form=form, rows=rows)


@bp.get("/memos")
@staff_only("cases.note")
def memos() -> ResponseReturnValue:
    return _draw(_form())


@bp.post("/memos")
@staff_only("cases.note")
def send() -> ResponseReturnValue:
    form = _form()
    if not form.validate_on_submit():
        return _draw(form), 422
    given = (form.office_id.data or 0, form.subject.data or "", form.body.data or "")
    try:
        number = service.send(g.staff, the_site().id, *given)
    except Invalid as error:
        blame(form, error)
        return _draw(form), 422
    flash(t("memos.sent", g.lang, number=number))
    return redirect(url_for("console.site.memos.memos", site_key=the_site().key))


@bp.get("/memos/<int:memo_id>/paper")
@staff_only("cases.note")
def printed(memo_id: int) -> ResponseReturnValue:
    """The memo as an accessible PDF."""
    row = service.find(g.staff, the_site().id, memo_id)
    file = file_of(row.document_id) if row is not None and row.document_id is not None else None
    if file is None:
        raise NotFound
    return attachment(file)
