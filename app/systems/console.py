"""Other systems in the console: their keys, and what they are told of."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.schemas import say
from app.systems import addresses, deliveries, examples, keys, telling
from app.systems.models import QUEUED
from app.words import t

bp = Blueprint("systems", __name__)


def _draw(errors: dict[str, list[str]] | None = None, made: str = "") -> str:
    site = the_site()
    said = {name: [say(text, g.lang) for text in texts] for name, texts in (errors or {}).items()}
    return render_template(
        "systems/systems.html", site=site, keys=keys.keys_of(site.id), scopes=keys.SCOPES, errors=said, made=made,
        typed=request.form, hooks=addresses.hooks_of(site.id), sends=deliveries.sends_of(site.id),
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
    """Add an address to be told; the answer is its own page, since the secret is shown this once."""
    try:
        hook_id, secret = addresses.add(g.staff, the_site().id, request.form.get("url", ""))
    except Invalid as error:
        return _draw(error.fields), 422
    return _draw_hook(hook_id, secret)


def _draw_hook(hook_id: int, secret: str = "") -> str:
    site = the_site()
    hook, sends = addresses.my_hook(site.id, hook_id), deliveries.sends_of(site.id, hook_id)
    return render_template(
        "systems/hook.html", site=site, hook=hook, sends=sends, secret=secret, examples=examples.all_of_them(),
        waits=any(send.state == QUEUED and send.event_id is None for send, *_ in sends), told=sorted(telling.TOLD),
    )  # fmt: skip


def _to_hook(hook_id: int) -> ResponseReturnValue:
    return redirect(url_for("console.site.systems.hook", site_key=the_site().key, hook_id=hook_id))


@bp.get("/systems/hooks/<int:hook_id>")
@staff_only("site.manage")
def hook(hook_id: int) -> ResponseReturnValue:
    """One address: how it is checked that it is us, a test, and what it was told."""
    return _draw_hook(hook_id)


@bp.post("/systems/hooks/<int:hook_id>/test")
@staff_only("site.manage")
def send_test(hook_id: int) -> ResponseReturnValue:
    telling.send_test(g.staff, the_site().id, hook_id)
    flash(t("systems.test_queued", g.lang))
    return _to_hook(hook_id)


@bp.post("/systems/hooks/<int:hook_id>/secret")
@staff_only("site.manage")
def renew_secret(hook_id: int) -> ResponseReturnValue:
    """Give it another secret; the answer is the page itself, since it is shown this once."""
    return _draw_hook(hook_id, addresses.renew(g.staff, the_site().id, hook_id))


@bp.post("/systems/hooks/<int:hook_id>/<any(stop, resume):what>")
@staff_only("site.manage")
def turn_hook(hook_id: int, what: str) -> ResponseReturnValue:
    act = addresses.stop if what == "stop" else addresses.resume
    act(g.staff, the_site().id, hook_id)
    flash(t("systems.hook_stopped" if what == "stop" else "systems.hook_resumed", g.lang))
    return _to_hook(hook_id)


@bp.post("/systems/sends/<int:send_id>/again")
@staff_only("site.manage")
def send_again(send_id: int) -> ResponseReturnValue:
    hook_id = deliveries.send_again(g.staff, the_site().id, send_id)
    flash(t("systems.queued_again", g.lang))
    return _to_hook(hook_id)
