"""The words that a site adds to the forum's lists: those that call a moderator, and those by which people ask."""

from __future__ import annotations

from flask import flash, g, redirect
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.sites.service import choose_widget, widget_choice
from app.words import t
from widgets.forum.console import bp, render, url
from widgets.forum.forms import WordsForm
from widgets.forum.holding import MODERATE
from widgets.forum.service import WORD_LISTS

MOST, LONGEST = 200, 80


def _lines(text: str) -> list[str]:
    """Return the words of a text, one a line or with a comma between, each once."""
    words = [" ".join(word.split())[:LONGEST] for line in text.splitlines() for word in line.split(",")]
    return list(dict.fromkeys(filter(None, words)))


@bp.route("/forum/words", methods=["GET", "POST"])
@staff_only(MODERATE)
def words() -> ResponseReturnValue:
    """Both lists, as the site added to them; a word of theirs is a mark for a person, never a verdict."""
    kept = widget_choice(the_site().id, "forum").options
    form = WordsForm(**{name: "\n".join(kept.get(f"{name}_words") or ()) for name in WORD_LISTS})
    if form.validate_on_submit():
        typed = {name: _lines(form[name].data or "") for name in WORD_LISTS}
        for name in (name for name, found in typed.items() if len(found) > MOST):
            form[name].errors = [f"forum.errors.too-many-words|most={MOST}"]
        if not form.errors:
            options = {**kept, **{f"{name}_words": found for name, found in typed.items()}}
            choose_widget(the_site().id, "forum", g.staff.actor, options=options)
            flash(t("forum.console.saved", g.lang))
            return redirect(url("words"))
    return render("words", form=form), 422 if form.errors else 200
