"""Where communications keeps the list of official profiles."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.schemas import say
from app.words import t
from widgets.social import service

bp = Blueprint("social", __name__, template_folder="templates")


@bp.get("/social")
@staff_only("social.register")
def networks() -> ResponseReturnValue:
    """The profiles as they stand, with an empty row for the next."""
    kept = [(row["network"], row["handle"], row["url"]) for row in service.profiles(the_site().id)]
    return _draw(kept, {})


def _draw(rows: list[tuple[str, str, str]], errors: dict[str, list[str]]) -> str:
    said = {name: [say(text, g.lang) for text in texts] for name, texts in errors.items()}
    return render_template(
        "social/networks.html",
        rows=[*rows, ("", "", "")],
        networks=list(service.NETWORKS),
        errors=said,
        site=the_site(),
    )


@bp.post("/social")
@staff_only("social.register")
def save() -> ResponseReturnValue:
    """Replace the list; a bad row keeps everything that was typed."""
    typed = [request.form.getlist(name) for name in ("network", "handle", "url")]
    rows = list(zip(*typed, strict=False))
    try:
        service.save_profiles(the_site().id, rows, g.staff.actor)
    except Invalid as error:
        return _draw(rows, error.fields), 422
    flash(t("social.console.saved", g.lang))
    return redirect(url_for("console.site.social.networks", site_key=the_site().key))
