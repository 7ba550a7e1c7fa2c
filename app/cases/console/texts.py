"""Saved texts: what an office says often, with variables that the case fills."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases import texts
from app.cases.console.parts import bp
from app.cases.forms import TextForm
from app.cases.rules import CASE_KINDS
from app.console.auth import staff_only, the_site
from app.words import t


def _form(**values: str) -> TextForm:
    form = TextForm(**values)
    kinds = {kind: t(f"count.kinds.{kind}", g.lang) for kind in CASE_KINDS}
    form.kind.choices = {"": t("console.texts.every_kind", g.lang)} | kinds
    return form


@bp.get("/texts")
@staff_only("cases.answer")
def saved_texts() -> ResponseReturnValue:
    site = the_site()
    may_write = g.staff.can("cases.assign", site.id)
    return render_template("cases/console/texts.html", site=site, texts=texts.all_of(site.id), may_write=may_write)


@bp.get("/texts/new")
@staff_only("cases.assign")
def new_text() -> ResponseReturnValue:
    return render_template("cases/console/text.html", site=the_site(), form=_form(), variables=texts.VARIABLES)


@bp.get("/texts/<int:text_id>")
@staff_only("cases.assign")
def saved_text(text_id: int) -> ResponseReturnValue:
    site = the_site()
    row = texts.find_text(site.id, text_id)
    form = _form(title=row.title, kind=row.kind, body=row.body)
    return render_template("cases/console/text.html", site=site, form=form, row=row, variables=texts.VARIABLES)


@bp.post("/texts/new", defaults={"text_id": None})
@bp.post("/texts/<int:text_id>")
@staff_only("cases.assign")
def save_text(text_id: int | None) -> ResponseReturnValue:
    site, form = the_site(), _form()
    if not form.validate_on_submit():
        row = texts.find_text(site.id, text_id) if text_id else None
        page = render_template("cases/console/text.html", site=site, form=form, row=row, variables=texts.VARIABLES)
        return page, 422
    texts.save_text(g.staff, site.id, text_id, form.title.data or "", form.kind.data or "", form.body.data or "")
    flash(t("console.texts.saved", g.lang))
    return redirect(url_for(".saved_texts", site_key=site.key))


@bp.post("/texts/<int:text_id>/delete")
@staff_only("cases.assign")
def delete_text(text_id: int) -> ResponseReturnValue:
    texts.delete_text(g.staff, the_site().id, text_id)
    flash(t("console.texts.deleted", g.lang))
    return redirect(url_for(".saved_texts", site_key=the_site().key))
