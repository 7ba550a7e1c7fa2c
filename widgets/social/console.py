"""Where communications keeps the list of official profiles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.schemas import say
from app.words import t
from widgets.social import posts, service
from widgets.social.watch import manual

bp = Blueprint("social", __name__, template_folder="templates")


@bp.get("/social")
@staff_only("social.register")
def networks() -> ResponseReturnValue:
    """The profiles as they stand, with an empty row for the next."""
    kept = [(row["network"], row["handle"], row["url"], row.get("feed", "")) for row in service.profiles(the_site().id)]
    return _draw(kept, {})


def _draw(rows: Sequence[tuple[str, ...]], errors: dict[str, list[str]]) -> str:
    said = {name: [say(text, g.lang) for text in texts] for name, texts in errors.items()}
    return render_template(
        "social/networks.html",
        rows=[*rows, ("", "", "", "")],
        networks=list(service.NETWORKS),
        errors=said,
        feeds=posts.states(the_site().id),
        manual=request.form if "title" in request.form else manual.manual_of(the_site().id),
        site=the_site(),
    )


@bp.post("/social")
@staff_only("social.register")
def save() -> ResponseReturnValue:
    """Replace the list; a bad row keeps everything that was typed."""
    typed = [request.form.getlist(name) for name in ("network", "handle", "url", "feed")]
    rows: list[tuple[str, ...]] = list(zip_longest(*typed[:3], typed[3] or [""] * len(typed[0]), fillvalue=""))
    try:
        service.save_profiles(the_site().id, rows, g.staff.actor)
    except Invalid as error:
        while rows and not any(part.strip() for part in rows[-1][1:]):
            rows.pop()  # the empty one for the next, which is drawn anew
        return _draw(rows, error.fields), 422
    flash(t("social.console.saved", g.lang))
    return redirect(url_for("console.site.social.networks", site_key=the_site().key))


@bp.post("/social/manual")
@staff_only("social.channels")
def keep_manual() -> ResponseReturnValue:
    """Say which manual of social networks is followed."""
    try:
        manual.save(g.staff, the_site().id, request.form.get("title", ""), request.form.get("link", ""))
    except Invalid as error:
        kept = [(r["network"], r["handle"], r["url"], r.get("feed", "")) for r in service.profiles(the_site().id)]
        return _draw(kept, error.fields), 422
    flash(t("social.manual.kept", g.lang))
    return redirect(url_for("console.site.social.networks", site_key=the_site().key))
