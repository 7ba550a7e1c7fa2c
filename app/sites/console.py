"""The settings of a site: its data, offices, hours, calendar, look, origins, and what it decided about each widget."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.clock import now
from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.errors import DomainError, Invalid, NotFound
from app.numbers import whole
from app.sites import places, service
from app.sites.branding import check_accent
from app.sites.forms import (
    BrandForm,
    CalendarForm,
    HoursForm,
    OfficeForm,
    OriginsForm,
    PlacesForm,
    RulesForm,
    SiteForm,
    WidgetForm,
)  # fmt: skip
from app.words import t

bp = Blueprint("settings", __name__, url_prefix="/settings")

TABS = ("site", "offices", "hours", "calendar", "brand", "origins", "widgets", "forms", "places")


def _page(template: str, **context: Any) -> str:
    return render_template(f"sites/{template}.html", site=the_site(), tabs=TABS, **context)


def _saved(endpoint: str, key: str = "settings.saved", **values: Any) -> ResponseReturnValue:
    flash(t(key, g.lang))
    return redirect(url_for(f"console.site.settings.{endpoint}", site_key=the_site().key, **values))


def _try(form: FlaskForm, act: Callable[[], Any]) -> bool:
    """Return whether the act was done; what a service refuses stands beside its field, and what was typed stays."""
    if not form.validate_on_submit():
        return False
    try:
        act()
    except DomainError as error:
        blame(form, error)
        if not error.fields:
            form.form_errors.append(error.message_key)
        return False
    return True


def _site_form(**given: Any) -> SiteForm:
    form = SiteForm(**given)
    form.reading.choices = {key: t(f"settings.site.readings.{key}", g.lang) for key in ("B", "A")}
    return form


@bp.get("/")
@staff_only("site.manage")
def site() -> ResponseReturnValue:
    info = the_site()
    form = _site_form(data={**vars(service.site_row(info.id)), "user_classes": "\n".join(info.user_classes)})
    return _page("site", form=form)


@bp.post("/")
@staff_only("site.manage")
def save_site() -> ResponseReturnValue:
    """Change the entity's data; the official address is the only one that ever writes to citizens."""
    form = _site_form()

    def act() -> None:
        changes = {name: value or "" for name, value in form.data.items() if name not in {"csrf_token", "user_classes"}}
        classes = [line.strip()[:60] for line in (form.user_classes.data or "").splitlines() if line.strip()]
        service.change_site(the_site().id, g.staff.actor, **changes, user_classes=classes[:20])

    return _saved("site") if _try(form, act) else (_page("site", form=form), 422)


@bp.get("/offices")
@staff_only("site.manage")
def offices() -> ResponseReturnValue:
    rows = service.offices(the_site().id, only_active=False)
    chosen = next((row for row in rows if str(row.id) == request.args.get("id")), None)
    return _page(
        "offices", rows=rows, chosen=chosen, form=OfficeForm(obj=chosen) if chosen else OfficeForm(active=True)
    )


@bp.post("/offices")
@staff_only("site.manage")
def save_office() -> ResponseReturnValue:
    form = OfficeForm()
    office_id = request.form.get("id", type=int)

    def act() -> None:
        data = {name: form[name].data or "" for name in ("code", "name", "email", "purpose")}
        service.save_office(
            the_site().id, g.staff.actor, **data, active=bool(form.active.data),
            asks_review=bool(form.asks_review.data), office_id=office_id,
        )  # fmt: skip

    if _try(form, act):
        return _saved("offices")
    rows = service.offices(the_site().id, only_active=False)
    chosen = next((row for row in rows if row.id == office_id), None)
    return _page("offices", rows=rows, chosen=chosen, form=form), 422


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def parse_intervals(text: str) -> list[tuple[int, int]]:
    """Return the intervals of "8:00-12:00, 14:00-16:00"; Invalid for what is not of that form."""
    found = []
    for part in re.split(r"[,;]", text):
        if not part.strip():
            continue
        match = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*(?:-|–|a)\s*(\d{1,2}):(\d{2})\s*", part)
        if match is None:
            raise Invalid(fields={"hours": ["errors.hours-form"]})
        numbers = [int(number) for number in match.groups()]
        found.append((numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]))
    return found


def _week(office_id: int | None) -> list[str]:
    days: list[list[str]] = [[] for _ in range(7)]
    for weekday, opens, closes in service.hours_rows(the_site().id, office_id):
        days[weekday].append(f"{clock(opens)}-{clock(closes)}")
    return [", ".join(day) for day in days]


@bp.get("/hours")
@staff_only("site.manage")
def hours() -> ResponseReturnValue:
    office_id = request.args.get("office", type=int)
    form = HoursForm(always_open=the_site().always_open)
    rows = service.offices(the_site().id)
    return _page("hours", form=form, week=_week(office_id), offices=rows, office_id=office_id)


@bp.post("/hours")
@staff_only("site.manage")
def save_hours() -> ResponseReturnValue:
    """Replace the weekly hours of the site, or of one office."""
    form = HoursForm()
    office_id = request.form.get("office", type=int)
    typed = [request.form.get(f"day-{day}", "") for day in range(7)]

    def act() -> None:
        intervals = [(day, *pair) for day in range(7) for pair in parse_intervals(typed[day])]
        if office_id is None:
            service.change_site(the_site().id, g.staff.actor, always_open=bool(form.always_open.data))
        elif office_id not in {office.id for office in service.offices(the_site().id)}:
            raise NotFound
        service.set_hours(the_site().id, intervals, g.staff.actor, office_id)

    if _try(form, act):
        return _saved("hours", office=office_id)
    return _page("hours", form=form, week=typed, offices=service.offices(the_site().id), office_id=office_id), 422


@bp.get("/calendar")
@staff_only("site.manage")
def calendar() -> ResponseReturnValue:
    return _page("calendar", form=CalendarForm(), rows=service.calendar_rows(the_site().id))


@bp.post("/calendar")
@staff_only("site.manage")
def save_day() -> ResponseReturnValue:
    """Declare a closure or an extra day, or take one back; open cases are counted again."""
    form = CalendarForm()

    def act() -> None:
        assert form.day.data is not None  # validated
        service.set_calendar_day(
            the_site().id, form.day.data, form.works.data == "1", form.name.data or "", g.staff.actor
        )

    if _try(form, act):
        today = now().astimezone(ZoneInfo(the_site().timezone)).date()
        past = form.day.data is not None and form.day.data < today
        return _saved("calendar", "settings.calendar_saved_past" if past else "settings.calendar_saved")
    return _page("calendar", form=form, rows=service.calendar_rows(the_site().id)), 422


@bp.post("/calendar/remove")
@staff_only("site.manage")
def remove_day() -> ResponseReturnValue:
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError as error:
        raise NotFound from error
    service.remove_calendar_day(the_site().id, day, g.staff.actor)
    return _saved("calendar", "settings.calendar_saved")


@bp.get("/brand")
@staff_only("site.brand")
def brand() -> ResponseReturnValue:
    return _page("brand", form=BrandForm(accent=the_site().accent))


@bp.post("/brand")
@staff_only("site.brand")
def save_brand() -> ResponseReturnValue:
    """Save the accent; one that can't be read is mended, and the webmaster is told."""
    form = BrandForm()
    mended = False

    def act() -> None:
        nonlocal mended
        checked = check_accent(form.accent.data or "")
        mended = checked.mended
        service.change_site(the_site().id, g.staff.actor, accent=checked.accent, on_accent=checked.on_accent)

    if _try(form, act):
        return _saved("brand", "settings.brand_mended" if mended else "settings.saved")
    return _page("brand", form=form), 422


@bp.get("/origins")
@staff_only("site.embed")
def origins() -> ResponseReturnValue:
    return _page("origins", form=OriginsForm(origins="\n".join(sorted(the_site().origins))))


@bp.post("/origins")
@staff_only("site.embed")
def save_origins() -> ResponseReturnValue:
    form = OriginsForm()

    def act() -> None:
        service.set_origins(the_site().id, (form.origins.data or "").splitlines(), g.staff.actor)

    return _saved("origins") if _try(form, act) else (_page("origins", form=form), 422)


def _widget(name: str) -> Any:
    widget = current_app.extensions["ventanilla"].widgets.get(name)
    if widget is None:
        raise NotFound
    return widget


@bp.get("/widgets")
@staff_only("site.manage")
def widgets() -> ResponseReturnValue:
    choices = service.widget_choices(the_site().id)
    known = current_app.extensions["ventanilla"].widgets
    rows = [
        (
            widget,
            choices.get(name, service.WidgetChoice(True, None, {}, {})),
            service.rules_in_force(the_site().id, name),
            service.owner_office(the_site().id, name, widget.owner),
        )
        for name, widget in known.items()
    ]
    return _page("widgets", rows=rows)


def _widget_page(name: str, form: WidgetForm, rules_form: RulesForm) -> str:
    rows = service.offices(the_site().id)
    form.office_id.choices = {"": t("settings.office_default", g.lang)} | {str(row.id): row.name for row in rows}
    rules = service.rules_in_force(the_site().id, name)
    return _page("widget", widget=_widget(name), form=form, rules_form=rules_form, rules=rules)


@bp.get("/widgets/<name>")
@staff_only("site.manage")
def widget(name: str) -> ResponseReturnValue:
    _widget(name)
    choice = service.widget_choice(the_site().id, name)
    rules = service.rules_in_force(the_site().id, name)
    form = WidgetForm(
        enabled=choice.enabled, office_id=str(choice.office_id or ""), help_es=choice.help.get("es", ""),
        help_en=choice.help.get("en", ""),
    )  # fmt: skip
    return _widget_page(name, form, RulesForm(obj=rules) if rules else RulesForm())


@bp.post("/widgets/<name>")
@staff_only("site.manage")
def save_widget(name: str) -> ResponseReturnValue:
    _widget(name)
    form = WidgetForm()

    def act() -> None:
        office = form.office_id.data or ""
        texts = {lang: text for lang, text in (("es", form.help_es.data), ("en", form.help_en.data)) if text}
        service.choose_widget(
            the_site().id, name, g.staff.actor, enabled=bool(form.enabled.data),
            office_id=whole(office), help=texts,
        )  # fmt: skip

    if _try(form, act):
        return _saved("widget", name=name)
    return _widget_page(name, form, RulesForm(formdata=None)), 422


@bp.post("/widgets/<name>/rules")
@staff_only("site.manage")
def publish_rules(name: str) -> ResponseReturnValue:
    """Publish the next version of the rules of use; who accepted an earlier one is asked again."""
    _widget(name)
    form = RulesForm()

    def act() -> None:
        service.publish_rules(the_site().id, name, form.text.data or "", form.text_en.data or "", g.staff.actor)

    if _try(form, act):
        return _saved("widget", "settings.rules_published", name=name)
    return _widget_page(name, WidgetForm(formdata=None), form), 422


@bp.get("/places")
@staff_only("site.manage")
def places_page() -> ResponseReturnValue:
    """The barrios and veredas that questions about where are asked with."""
    rows = places.places(the_site().id)
    return _page("places", rows=rows, form=PlacesForm(table=places.as_table(rows)))


@bp.post("/places")
@staff_only("site.manage")
def save_places() -> ResponseReturnValue:
    """Make the list what was typed or sent as a file; what was typed stays where it is refused."""
    form = PlacesForm()
    upload = request.files.get("file")
    # Beyond this it is no list of places.
    sent = upload.read(200_000).decode("utf-8", "replace") if upload and upload.filename else ""
    form.table.data = sent or form.table.data
    if _try(form, lambda: places.save(the_site().id, g.staff.actor, form.table.data or "")):
        return _saved("places_page")
    return _page("places", rows=places.places(the_site().id), form=form), 422
