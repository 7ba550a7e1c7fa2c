"""What staff see of subscriptions: how many, what was sent, and the lines for the host's pages."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField

from app.console.auth import staff_only, the_site
from app.dates import WEEKDAYS
from app.schemas import load
from app.sites.service import choose_widget, widget_choice
from app.words import t
from widgets.subscribe import feeds, service
from widgets.subscribe.handing import export_file
from widgets.subscribe.schemas import OptionsSchema

bp = Blueprint("subscribe", __name__, template_folder="templates")


class HoursForm(FlaskForm):
    hour = SelectField(choices=[], validate_choice=False)
    weekday = SelectField(choices=[], validate_choice=False)


@bp.get("/subscribe")
@staff_only("subscribe.send")
def desk() -> ResponseReturnValue:
    site = the_site()
    options = load(OptionsSchema(), widget_choice(site.id, "subscribe").options)
    form = HoursForm(formdata=None, data={name: str(value) for name, value in options.items()})
    form.hour.choices = {str(hour): f"{hour}:00" for hour in range(24)}
    form.weekday.choices = {str(number): name for number, name in enumerate(WEEKDAYS[g.lang])}
    return render_template(
        "subscribe/desk.html", site=site, counts=service.counts(site.id), runs=service.runs(site.id), form=form,
        lines=feeds.alternate_lines(site, g.lang), feeds=service.feeds(site, g.lang),
    )  # fmt: skip


@bp.post("/subscribe/person")
@staff_only("subscribe.send")
def person() -> ResponseReturnValue:
    """Hand out or delete what is kept of an address, for whoever asked (Ley 1581 de 2012, art. 8)."""
    site, email = the_site(), request.form.get("email", "")[:320]
    back = redirect(url_for("console.site.subscribe.desk", site_key=site.key))
    if request.form.get("what") == "export":
        found = service.export_person(site.id, email, g.staff.actor)
        if found:
            return export_file(found)
    elif service.erase_person(site.id, email, g.staff.actor):
        flash(t("subscribe.console.person_erased", g.lang))
        return back
    flash(t("subscribe.console.person_unknown", g.lang), "error")
    return back


@bp.post("/subscribe/hours")
@staff_only("subscribe.send")
def hours() -> ResponseReturnValue:
    """Set when digests go out."""
    site = the_site()
    asked = {name: request.form.get(name, "") for name in ("hour", "weekday")}
    options = load(OptionsSchema(), asked)
    kept = {**widget_choice(site.id, "subscribe").options, **options}
    choose_widget(site.id, "subscribe", g.staff.actor, options=kept)
    flash(t("subscribe.console.hours_saved", g.lang))
    return redirect(url_for("console.site.subscribe.desk", site_key=site.key))
