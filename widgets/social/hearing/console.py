"""Where a site keeps the ways by which networks tell of messages by themselves."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.schemas import say
from app.words import t
from widgets.social.console import bp
from widgets.social.hearing import channels


def _draw(errors: dict[str, list[str]], fresh: channels.Shown | None = None) -> str:
    rows = [(row, channels.shown(row)) for row in channels.of_site(the_site().id)]
    return render_template(
        "social/channels.html", rows=rows, fresh=fresh, providers=channels.PROVIDERS, typed=request.form,
        errors={name: [say(one, g.lang) for one in texts] for name, texts in errors.items()}, site=the_site(),
    )  # fmt: skip


@bp.get("/social/reports/channels")
@staff_only("social.channels")
def channel_list() -> ResponseReturnValue:
    return _draw({})


@bp.post("/social/reports/channels")
@staff_only("social.channels")
def add_channel() -> ResponseReturnValue:
    """Make a channel; what is secret of it is on this page alone, so there is no redirect."""
    form = request.form
    try:
        made = channels.add(
            g.staff, the_site().id, form.get("provider", ""), form.get("name", ""), form.get("secret", "")
        )
    except Invalid as error:
        return _draw(error.fields), 422
    return _draw({}, made), 201


@bp.post("/social/reports/channels/<int:channel_id>/secret")
@staff_only("social.channels")
def renew_channel(channel_id: int) -> ResponseReturnValue:
    try:
        made = channels.renew(g.staff, the_site().id, channel_id, request.form.get("secret", ""))
    except Invalid as error:
        return _draw({f"secret-{channel_id}": [one for texts in error.fields.values() for one in texts]}), 422
    return _draw({}, made)


@bp.post("/social/reports/channels/<int:channel_id>/token")
@staff_only("social.channels")
def keep_token(channel_id: int) -> ResponseReturnValue:
    """Keep, change or forget the token by which attachments are fetched."""
    try:
        channels.keep_token(g.staff, the_site().id, channel_id, request.form.get("token", ""))
    except Invalid as error:
        return _draw(error.fields), 422
    flash(t("social.console.saved_channel", g.lang))
    return redirect(url_for("console.site.social.channel_list", site_key=the_site().key))


@bp.post("/social/reports/channels/<int:channel_id>/turn")
@staff_only("social.channels")
def turn_channel(channel_id: int) -> ResponseReturnValue:
    channels.turn(g.staff, the_site().id, channel_id, request.form.get("on") == "1")
    flash(t("social.console.saved_channel", g.lang))
    return redirect(url_for("console.site.social.channel_list", site_key=the_site().key))
