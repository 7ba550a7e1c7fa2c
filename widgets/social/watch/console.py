"""The page of the watch over the networks: what is due, the record of looks, and the schedule."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.schemas import say
from app.words import t
from widgets.social import service
from widgets.social.console import bp
from widgets.social.register import people
from widgets.social.watch import checks, evidence, manual


def _draw(errors: dict[str, list[str]]) -> str:
    site_id = the_site().id
    return render_template(
        "social/checks.html", watches=checks.watches(site_id), log=checks.log(site_id), typed=request.form,
        schedule=checks.schedule_of(site_id), networks=list(service.NETWORKS), who=people.names_of(site_id),
        errors={name: [say(one, g.lang) for one in texts] for name, texts in errors.items()}, site=the_site(),
        months=evidence.by_month(site_id), manual=manual.manual_of(site_id),
        bad_hours=any(name.startswith("hours-") for name in errors),
    )  # fmt: skip


def _to() -> ResponseReturnValue:
    return redirect(url_for("console.site.social.check_list", site_key=the_site().key))


@bp.get("/social/reports/checks")
@staff_only("social.reports")
def check_list() -> ResponseReturnValue:
    return _draw({})


@bp.post("/social/reports/checks")
@staff_only("social.reports")
def check() -> ResponseReturnValue:
    """Write down that a network was looked at."""
    form = request.form
    found = form.get("found", "") or "0"
    number = int(found) if found.isascii() and found.isdecimal() and len(found) < 7 else -1
    try:
        checks.record(g.staff, the_site().id, form.get("network", ""), number, form.get("note", ""))
    except Invalid as error:
        return _draw(error.fields), 422
    flash(t("social.checks.kept", g.lang))
    return _to()


@bp.post("/social/reports/checks/schedule")
@staff_only("social.reports")
def schedule() -> ResponseReturnValue:
    """Set the hours of each network."""
    typed = {network: request.form.get(f"hours-{network}", "") for network in service.NETWORKS}
    try:
        checks.save_schedule(g.staff, the_site().id, typed)
    except Invalid as error:
        return _draw(error.fields), 422
    flash(t("social.checks.scheduled", g.lang))
    return _to()
