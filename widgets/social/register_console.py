"""The pages of the register CE-F05, for communications and citizen service alone (S2-7)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.rules import PETITIONS
from app.cases.terms import terms_of
from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.schemas import say
from app.words import t
from widgets.social import register, service, sheets
from widgets.social.console import bp


def _back(report_id: int | None = None) -> ResponseReturnValue:
    if report_id is None:
        return redirect(url_for("console.site.social.reports", site_key=the_site().key))
    return redirect(url_for("console.site.social.report", site_key=the_site().key, report_id=report_id))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _draw(errors: dict[str, list[str]], look: sheets.Look | None = None) -> str:
    code, day = request.args.get("code", ""), request.args.get("day", "")
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    rows = register.find(the_site().id, code, _day(day), page)
    return render_template(
        "social/reports.html", rows=rows[: register.PAGE], more=len(rows) > register.PAGE, number=page, code=code,
        day=day, errors={name: [say(one, g.lang) for one in texts] for name, texts in errors.items()}, look=look,
        networks=list(service.NETWORKS), interactions=register.INTERACTIONS, typed=request.form, site=the_site(),
        overdue=register.overdue(the_site().id),
    )  # fmt: skip


@bp.get("/social/reports")
@staff_only("social.reports")
def reports() -> ResponseReturnValue:
    """The register, by code or date, with the quick capture."""
    return _draw({})


@bp.post("/social/reports")
@staff_only("social.reports")
def capture() -> ResponseReturnValue:
    """Put a report in the register; a mistake keeps what was typed."""
    typed: Any = request.form
    try:
        moment = datetime.fromisoformat(typed.get("said_at", ""))
    except ValueError:
        return _draw({"said_at": ["social.console.bad_date"]}), 422
    said = register.Said(
        typed.get("network", ""), typed.get("interaction", ""), typed.get("author", ""),
        typed.get("link", "").strip(), typed.get("body", ""), moment.replace(tzinfo=terms_of(the_site().id).zone),
    )  # fmt: skip
    try:
        code = register.capture(the_site().id, said, g.staff.actor)
    except Invalid as error:
        return _draw(error.fields), 422
    flash(t("social.console.captured", g.lang, code=code))
    return _back()


@bp.get("/social/reports/<int:report_id>")
@staff_only("social.reports")
def report(report_id: int) -> ResponseReturnValue:
    row = register.report_of(the_site().id, report_id)
    return render_template(
        "social/report.html", row=row, lacking=register.lacking(row), criteria=register.CRITERIA, kinds=PETITIONS,
        site=the_site(),
    )  # fmt: skip


@bp.post("/social/reports/<int:report_id>/judge")
@staff_only("social.reports")
def judge(report_id: int) -> ResponseReturnValue:
    """The four criteria, and what the person decides."""
    form = request.form
    evidence = {name: form.get(name, "") for name in register.CRITERIA}
    register.judge(
        g.staff, the_site().id, report_id, evidence, form.get("is_petition") == "1", form.get("at_once") == "1"
    )
    flash(t("social.console.judged", g.lang))
    return _back(report_id)


@bp.post("/social/reports/<int:report_id>/acknowledge")
@staff_only("social.reports")
def acknowledge(report_id: int) -> ResponseReturnValue:
    register.acknowledge(g.staff, the_site().id, report_id)
    return _back(report_id)


@bp.post("/social/reports/<int:report_id>/radicate")
@staff_only("social.reports")
def radicate(report_id: int) -> ResponseReturnValue:
    """One click to a radicado with the date of the message."""
    filed = register.radicate(g.staff, the_site().id, report_id, request.form.get("kind", ""))
    flash(t("social.console.radicated", g.lang, radicado=filed.radicado))
    return _back(report_id)


@bp.post("/social/reports/hand-over")
@staff_only("social.reports")
def hand_over() -> ResponseReturnValue:
    count = register.hand_over(g.staff, the_site().id)
    flash(t("social.console.handed", g.lang, count=count))
    return _back()


@bp.get("/social/reports/export.<any(csv, xlsx):shape>")
@staff_only("social.reports")
def export(shape: str) -> ResponseReturnValue:
    """The whole register, to be saved."""
    made = sheets.to_csv(the_site().id) if shape == "csv" else sheets.to_xlsx(the_site().id)
    kinds = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    return Response(
        made, mimetype=kinds[shape], headers={"Content-Disposition": f'attachment; filename="CE-F05.{shape}"'}
    )


@bp.post("/social/reports/import")
@staff_only("social.reports")
def bring() -> ResponseReturnValue:
    """Try a sheet and say what is wrong by row; keep it where nothing is and that was asked for."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _draw({"file": ["errors.required"]}), 422
    try:
        found = sheets.look(the_site().id, file.stream.read(), file.filename)
    except Invalid as error:
        return _draw(error.fields), 422
    if found.errors or request.form.get("keep") != "1":
        return _draw({}, found), 422 if found.errors else 200
    flash(t("social.console.imported", g.lang, count=sheets.take(the_site().id, found, g.staff.actor)))
    return _back()
