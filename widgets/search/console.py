"""What people look for, what they don't find, and what staff do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.search import tuning
from app.search.index import the_index
from app.words import t
from widgets.search import service
from widgets.search.forms import ChoiceForm, RemoveForm, SynonymForm

bp = Blueprint("search", __name__, template_folder="templates")
SPANS = (7, 30, 90)


def _back() -> ResponseReturnValue:
    return redirect(url_for("console.site.search.desk", site_key=the_site().key))


@bp.get("/search")
@staff_only("search.manage")
def desk() -> ResponseReturnValue:
    """Queries, those that found nothing, best results and synonyms."""
    return _draw()


def _draw(wrong: Mapping[str, list[str]] | None = None) -> str:
    """Draw the page; a synonym that was refused stands in its form again, with what is wrong beside it."""
    site = the_site()
    days = request.args.get("days", 30, type=int)
    days = days if days in SPANS else 30
    text = request.args.get("fix", "")[:60]
    look_for = request.args.get("look", text)[:60]
    found = service.candidates(site.key, look_for, g.lang) if look_for else []
    return render_template(
        "search/desk.html", site=site, days=days, spans=SPANS, fix=text, look=look_for,
        candidates=found or (tuning.choosable(site.id) if text else []), guessed=not found,
        word=request.form.get("word", service.unknown_word(site.key, text, g.lang))[:60],
        other=request.form.get("other", "")[:60], wrong=wrong or {},
        choice_form=ChoiceForm(formdata=None), synonym_form=SynonymForm(formdata=None),
        documents=the_index().engine.count(), **service.desk(site.id, days),
    )  # fmt: skip


def _act(act: Callable[[], None], done: str) -> ResponseReturnValue:
    try:
        act()
    except Invalid:
        flash(t("search.console.refused", g.lang), "error")
    else:
        flash(t(done, g.lang))
    return _back()


@bp.post("/search/choices")
@staff_only("search.manage")
def choose() -> ResponseReturnValue:
    form = ChoiceForm()
    first = form.place.data != "last"
    text, document = form.text.data or "", form.document.data or ""
    return _act(
        lambda: tuning.choose(g.staff, the_site().id, text, document, first=first), "search.console.choice_saved"
    )


@bp.post("/search/synonyms")
@staff_only("search.manage")
def synonym() -> ResponseReturnValue:
    form = SynonymForm()
    word, other = form.word.data or "", form.other.data or ""
    try:
        tuning.add_synonym(g.staff, the_site().id, word, other)
    except Invalid as error:
        return _draw(error.fields), 422
    flash(t("search.console.synonym_saved", g.lang))
    return _back()


@bp.post("/search/<any(choice, synonym):what>/<int:row_id>/remove")
@staff_only("search.manage")
def remove(what: str, row_id: int) -> ResponseReturnValue:
    RemoveForm()
    return _act(lambda: tuning.remove(g.staff, the_site().id, what, row_id), "search.console.removed")
