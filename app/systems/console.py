"""Other systems in the console: their keys, and what they are told of."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.schemas import say
from app.systems import hooks, keys
from app.words import t

bp = Blueprint("systems", __name__)


def _draw(errors: dict[str, list[str]] | None = None, made: str = "", secret: str = "") -> str:
    site = the_site()
    said = {name: [say(text, g.lang) for text in texts] for name, texts in (errors or {}).items()}
    return render_template(
        "systems/systems.html", site=site, keys=keys.keys_of(site.id), scopes=keys.SCOPES, errors=said, made=made,
        typed=request.form, secret=secret, hooks=hooks.hooks_of(site.id), sends=hooks.sends_of(site.id),
    )  # fmt: skip


@bp.get("/systems")
@staff_only("site.manage")
def systems() -> ResponseReturnValue:
    return _draw()


@bp.post("/systems/keys")
@staff_only("site.manage")
def make_key() -> ResponseReturnValue:
    """Make a key; the answer is the page itself, since the key is shown this once."""
    try:
        made = keys.make(g.staff, the_site().id, request.form.get("name", ""), request.form.getlist("scopes"))
    except Invalid as error:
        return _draw(error.fields), 422
    return _draw(made=made)


@bp.post("/systems/keys/<int:key_id>/revoke")
@staff_only("site.manage")
def revoke_key(key_id: int) -> ResponseReturnValue:
    keys.revoke(g.staff, the_site().id, key_id)
    flash(t("systems.revoked", g.lang))
    return redirect(url_for("console.site.systems.systems", site_key=the_site().key))


@bp.post("/systems/hooks")
@staff_only("site.manage")
def add_hook() -> ResponseReturnValue:
    """Add an address to be told; the answer is the page itself, since the secret is shown this once."""
    try:
        secret = hooks.add(g.staff, the_site().id, request.form.get("url", ""))
    except Invalid as error:
        return _draw(error.fields), 422
    return _draw(secret=secret)


@bp.post("/systems/hooks/<int:hook_id>/stop")
@staff_only("site.manage")
def stop_hook(hook_id: int) -> ResponseReturnValue:
    hooks.stop(g.staff, the_site().id, hook_id)
    flash(t("systems.hook_stopped", g.lang))
    return redirect(url_for("console.site.systems.systems", site_key=the_site().key))


@bp.post("/systems/sends/<int:send_id>/again")
@staff_only("site.manage")
def send_again(send_id: int) -> ResponseReturnValue:
    hooks.send_again(g.staff, the_site().id, send_id)
    flash(t("systems.queued_again", g.lang))
    return redirect(url_for("console.site.systems.systems", site_key=the_site().key))
