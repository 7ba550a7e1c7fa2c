"""The people of a site: invited by mail, given an end date, taken away."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.clock import now
from app.console import staff as service
from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.console.moments import zone
from app.console.roles import ROLES
from app.errors import Conflict, Invalid
from app.numbers import whole
from app.sites.service import offices
from app.words import t

bp = Blueprint("people", __name__)


class InviteForm(FlaskForm):
    email = StringField(validators=[InputRequired("errors.required"), Length(max=254)])
    name = StringField(validators=[Length(max=120)])
    position = StringField(validators=[Length(max=120)])
    phone = StringField(validators=[Length(max=60)])
    role = SelectField(choices=[], validate_choice=False)
    office_id = SelectField(choices=[], validate_choice=False)
    until = DateField(validators=[Optional()])


def _page(form: InviteForm) -> str:
    rows = offices(the_site().id)
    form.role.choices = {role: t(f"console.roles.{role}", g.lang).capitalize() for role in ROLES}
    form.office_id.choices = {"": t("people.all_offices", g.lang)} | {str(row.id): row.name for row in rows}
    people: list[Any] = service.people(the_site().id)
    today = now().astimezone(zone()).date()
    return render_template("people/people.html", site=the_site(), people=people, form=form, today=today)


@bp.get("/people")
@staff_only("staff.manage")
def people() -> ResponseReturnValue:
    return _page(InviteForm())


@bp.post("/people")
@staff_only("staff.manage")
def invite() -> ResponseReturnValue:
    """Invite a person with a role; the link in the mail lets them choose a password."""
    form = InviteForm()
    if form.validate_on_submit():
        chosen = form.office_id.data or ""
        known = {office.id for office in offices(the_site().id)}
        number = whole(chosen)
        office_id = number if number in known else None
        try:
            service.invite(
                the_site().id, form.email.data or "", form.role.data, g.staff.actor, office_id=office_id,
                name=form.name.data or "", position=form.position.data or "", phone=form.phone.data or "",
                until=form.until.data,
            )  # fmt: skip
        except Invalid as error:
            blame(form, error)
            return _page(form), 422
        flash(t("people.invited", g.lang))
        return redirect(url_for("console.site.people.people", site_key=the_site().key))
    return _page(form), 422


@bp.post("/people/<int:user_id>/until")
@staff_only("staff.manage")
def until(user_id: int) -> ResponseReturnValue:
    """Set the last day on which a person's grants here hold (S3-24); empty: no end."""
    typed = request.form.get("until", "")
    try:
        day = date.fromisoformat(typed) if typed else None
    except ValueError:
        flash(t("errors.invalid", g.lang), "error")
    else:
        if user_id == g.staff.id and day is not None:
            # Nobody can lock the last door behind themselves.
            raise Conflict("people.not_yourself")
        service.set_until(the_site().id, user_id, day, g.staff.actor)
        flash(t("settings.saved", g.lang))
    return redirect(url_for("console.site.people.people", site_key=the_site().key))


@bp.post("/people/<int:user_id>/again")
@staff_only("staff.manage")
def again(user_id: int) -> ResponseReturnValue:
    """Mail the invitation again, with a new link."""
    service.invite_again(the_site().id, user_id, g.staff.actor)
    flash(t("people.invited", g.lang))
    return redirect(url_for("console.site.people.people", site_key=the_site().key))


@bp.post("/people/<int:user_id>/disable")
@staff_only("staff.manage")
def disable(user_id: int) -> ResponseReturnValue:
    """Take every right of a person on this site away, and end their sessions."""
    if user_id == g.staff.id:
        # Nobody can lock the last door behind themselves.
        raise Conflict("people.not_yourself")
    service.disable(the_site().id, user_id, g.staff.actor)
    flash(t("people.disabled", g.lang))
    return redirect(url_for("console.site.people.people", site_key=the_site().key))
