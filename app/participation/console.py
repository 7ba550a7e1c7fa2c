"""The register of exercises at the desk: the calendar, one use, what came of it, and the yearly plan as a document."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import now
from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.console.moments import aware, local, zone
from app.documents import available
from app.errors import Conflict, Invalid
from app.numbers import whole
from app.participation import plan, register
from app.participation.forms import OutcomeForm, UseForm
from app.participation.models import PlannedUse
from app.participation.register import PLAN, READ
from app.participation.tables import attached, download
from app.schemas import say
from app.sites.service import office_names, offices
from app.words import t

bp = Blueprint("participation", __name__)


def _url(endpoint: str, **values: Any) -> str:
    return url_for(f"console.site.participation.{endpoint}", site_key=the_site().key, **values)


def _draw(template: str, **context: Any) -> str:
    return render_template(f"participation/{template}.html", site=the_site(), url=_url, **context)


def _year() -> int:
    asked = whole(request.args.get("year"))
    return asked if asked is not None and 2000 <= asked <= 2100 else now().astimezone(zone()).year


@bp.get("/participation")
@staff_only(READ)
def calendar() -> ResponseReturnValue:
    """The planned uses of a year, in the order in which they begin."""
    site, year = the_site(), _year()
    tool = request.args.get("tool", "")
    return _draw(
        "calendar", year=year, tool=tool, uses=register.uses(site.id, year, tool if tool in register.tools() else ""),
        tools=_tools(), offices=office_names(site.id), may_plan=g.staff.can(PLAN, site.id), printable=available(),
        undocumented=register.undocumented(site.id),
    )  # fmt: skip


def _tools() -> dict[str, str]:
    return plan.tool_titles(g.lang)


def _form(use: PlannedUse | None) -> UseForm:
    known: dict[str, Any] = {"tool": request.args.get("tool", "")}
    if use is not None:
        names = ("title", "tool", "moment", "purpose", "audience", "banner", "banner_en")
        codes = {office.id: office.code for office in offices(the_site().id)}
        known = {name: getattr(use, name) for name in names} | {
            "source": f"{use.tool}:{use.source_id}" if use.source_id is not None else "",
            "office": codes.get(use.office_id, ""), "starts_at": local(use.starts_at), "ends_at": local(use.ends_at),
            "indicators": "\n".join(f"{one['name']}: {one['goal']}" for one in use.indicators),
        }  # fmt: skip
    form = UseForm(**known)
    site_id, lang, tools = the_site().id, g.lang, _tools()
    form.tool.choices = {"": t("page.choose", lang)} | tools
    form.source.choices = {"": t("participation.register.no_source", lang)} | {
        f"{name}:{one.id}": f"{tools[name]}: {one.title}"
        for name, some in register.held(site_id).items()
        for one in some
    }
    form.moment.choices = {"": t("page.choose", lang)} | {
        name: t(f"participation.moments.{name}", lang) for name in register.MOMENTS
    }
    form.office.choices = {"": t("participation.register.owner_office", lang)} | {
        office.code: office.name for office in offices(site_id)
    }
    return form


def _plan_of(form: UseForm) -> register.Plan:
    tool, _, number = (form.source.data or "").partition(":")
    if number and tool != form.tool.data:
        raise Invalid(fields={"source": ["participation.errors.source"]})
    pairs = [line.rpartition(":") for line in (form.indicators.data or "").splitlines() if line.strip()]
    if any(not name.strip() or not goal.strip() or len(name) > 200 or len(goal) > 100 for name, _, goal in pairs):
        raise Invalid(fields={"indicators": ["participation.errors.indicator"]})
    names = [name.strip() for name, _, _ in pairs]
    if len(set(names)) < len(names):
        raise Invalid(fields={"indicators": ["participation.errors.indicator_twice"]})
    return register.Plan(
        title=(form.title.data or "").strip(), tool=form.tool.data or "", moment=form.moment.data or "",
        starts_at=aware(form.starts_at.data), ends_at=aware(form.ends_at.data), source_id=whole(number),
        office=form.office.data or "", purpose=(form.purpose.data or "").strip(),
        audience=(form.audience.data or "").strip(), banner=(form.banner.data or "").strip(),
        banner_en=(form.banner_en.data or "").strip(),
        indicators=tuple((name.strip(), goal.strip()) for name, _, goal in pairs),
    )  # fmt: skip


@bp.route("/participation/new", methods=["GET", "POST"])
@bp.route("/participation/<int:use_id>/plan", methods=["GET", "POST"])
@staff_only(PLAN)
def edit(use_id: int | None = None) -> ResponseReturnValue:
    """Plan a use: what for, with which tool, from when to when, and what will say that it went well."""
    site = the_site()
    use = register.the_use(site.id, use_id) if use_id is not None else None
    form = _form(use)
    if request.method == "POST" and form.validate():
        try:
            saved = register.save(g.staff, site.id, _plan_of(form), use_id)
            flash(t("participation.register.saved", g.lang))
            return redirect(_url("show", use_id=saved))
        except Conflict as error:
            flash(t(error.message_key, g.lang), "error")
        except Invalid as error:
            blame(form, error)
    return _draw("use_form", form=form, use=use), 422 if form.errors else 200


@bp.get("/participation/<int:use_id>")
@staff_only(READ)
def show(use_id: int) -> ResponseReturnValue:
    """One use: what was planned, how it stands, what came of it."""
    use = register.the_use(the_site().id, use_id)
    form = OutcomeForm(obj=use) if use.state == register.DONE else None
    return _show(use, form)


def _show(use: PlannedUse, form: OutcomeForm | None) -> str:
    site = the_site()
    titles = {one.id: one.title for one in register.held(site.id).get(use.tool, [])}
    return _draw(
        "use", use=use, form=form, tools=_tools(), source=titles.get(use.source_id or 0, ""),
        office=office_names(site.id).get(use.office_id, ""), may_plan=g.staff.can(PLAN, site.id, use.office_id),
    )  # fmt: skip


@bp.post("/participation/<int:use_id>/outcome")
@staff_only(PLAN)
def outcome(use_id: int) -> ResponseReturnValue:
    """Document what was done, n, results and lessons."""
    site = the_site()
    use = register.the_use(site.id, use_id)
    form = OutcomeForm()
    if form.validate():
        reached = tuple(request.form.get(f"reached-{n}", "")[:100].strip() for n in range(len(use.indicators)))
        told = register.Outcome(
            (form.done.data or "").strip(), (form.results.data or "").strip(), (form.lessons.data or "").strip(),
            form.people.data, reached,
        )  # fmt: skip
        try:
            register.document(g.staff, site.id, use_id, told)
            flash(t("participation.register.documented", g.lang))
            return redirect(_url("show", use_id=use_id))
        except Conflict as error:
            flash(t(error.message_key, g.lang), "error")
            return redirect(_url("show", use_id=use_id))
        except Invalid as error:
            blame(form, error)
    return _show(use, form), 422


@bp.post("/participation/<int:use_id>/cancel")
@staff_only(PLAN)
def cancel(use_id: int) -> ResponseReturnValue:
    try:
        register.cancel(g.staff, the_site().id, use_id)
        flash(t("participation.register.cancelled", g.lang))
    except Conflict as error:
        flash(t(error.message_key, g.lang), "error")
    return redirect(_url("show", use_id=use_id))


@bp.get("/participation/plan.pdf")
@staff_only(READ)
def plan_pdf() -> Response:
    """The yearly plan de uso y apropiación as a document with document control (S0-10, S0-18)."""
    year = _year()
    name = t("participation.plan.file", g.lang, year=year)
    return attached(plan.as_pdf(the_site(), year, g.lang), "application/pdf", f"{name}.pdf")


@bp.get("/participation/register.<any(csv, xlsx):kind>")
@staff_only(READ)
def table(kind: str) -> ResponseReturnValue:
    """The register of a year as a table."""
    try:
        head, rows = plan.table(the_site(), _year(), g.lang)
        return download(kind, t("participation.register.file", g.lang, year=_year()), head, rows)
    except Invalid as error:
        flash(say(error.message_key, g.lang), "error")
        return redirect(_url("calendar", year=_year()))
