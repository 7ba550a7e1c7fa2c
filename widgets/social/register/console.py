"""The pages of the register CE-F05, for communications and citizen service alone (S2-7)."""

from __future__ import annotations

from datetime import date

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.rules import PETITIONS
from app.cases.terms import terms_of
from app.console.auth import staff_only, the_site
from app.console.moments import local
from app.downloads import attachment
from app.errors import Invalid, NotFound
from app.files import files_of, find_file
from app.schemas import say
from app.words import t
from widgets.social.console import bp
from widgets.social.register import finding, masking, people, replies_console, reports
from widgets.social.sheets import printed, writing

MIMES = {
    "csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
# What a utility's own form calls its people (S2-6); a site may keep classes of its own beside them.
CLASSES = ("subscriber", "prospect", "user")


def back(report_id: int | None = None) -> ResponseReturnValue:
    if report_id is None:
        return redirect(url_for("console.site.social.reports", site_key=the_site().key))
    return redirect(url_for("console.site.social.report", site_key=the_site().key, report_id=report_id))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def classes(lang: str) -> list[str]:
    """Return the classes of user to choose from: the three of the procedure, then the site's own."""
    return [*(t(f"social.console.classes.{name}.title", lang) for name in CLASSES), *the_site().user_classes]


def _draw(errors: dict[str, list[str]], whole: bool = False) -> str:
    code, day = request.args.get("code", ""), request.args.get("day", "")
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    rows = masking.set_apart(finding.find(the_site().id, code, _day(day), page), g.lang)
    return render_template(
        "social/reports.html", rows=rows[: finding.PAGE], more=len(rows) > finding.PAGE, number=page, code=code,
        day=day, errors=said(errors), site=the_site(), overdue=finding.overdue(the_site().id), whole=whole,
        masked=masking.masked, masked_author=masking.mask_author, local=local,
        control=printed.control_of(the_site().id, g.lang),
    )  # fmt: skip


def said(errors: dict[str, list[str]] | None) -> dict[str, list[str]]:
    return {name: [say(one, g.lang) for one in texts] for name, texts in (errors or {}).items()}


@bp.get("/social/reports", endpoint="reports")
@staff_only("social.reports")
def report_list() -> ResponseReturnValue:
    """The register, by code or date."""
    return _draw({})


@bp.post("/social/reports/reveal")
@staff_only("social.reports")
def reveal() -> ResponseReturnValue:
    """The same list with people's data, once it is written down who looked and why."""
    code, page = request.args.get("code", ""), request.args.get("page", 1, type=int)
    rows = finding.find(the_site().id, code, _day(request.args.get("day", "")), max(1, min(page, 100_000)))
    try:
        codes = [row.code for row in rows[: finding.PAGE]]
        reports.reveal(g.staff, the_site().id, codes, request.form.get("reason", ""))
    except Invalid as error:
        return _draw(error.fields), 422
    return _draw({}, whole=True)


@bp.get("/social/reports/<int:report_id>")
@staff_only("social.reports")
def report(report_id: int) -> ResponseReturnValue:
    """One report, people's data covered: what is covered is in no field, and so stays as it is."""
    return _draw_report(report_id)


@bp.post("/social/reports/<int:report_id>/reveal")
@staff_only("social.reports")
def reveal_report(report_id: int) -> ResponseReturnValue:
    """The same with people's data, once it is written down who looked and why."""
    row = finding.report_of(the_site().id, report_id)
    try:
        reports.reveal(g.staff, the_site().id, [row.code], request.form.get("reason", ""))
    except Invalid as error:
        return _draw_report(report_id, error.fields), 422
    return _draw_report(report_id, whole=True)


def _draw_report(report_id: int, errors: dict[str, list[str]] | None = None, *, whole: bool = False) -> str:
    (row,) = masking.set_apart([finding.report_of(the_site().id, report_id)], g.lang)
    may = people.receivers(the_site().id, row.handed_by) if row.state == reports.HANDED else None
    return render_template(
        "social/report.html", row=row, lacking=reports.lacking(row), criteria=reports.CRITERIA, kinds=PETITIONS,
        longest_evidence=reports.LONGEST_EVIDENCE,
        site=the_site(), files=files_of(reports.SOURCE, [row.id]).get(row.id, []), filed=reports.is_filed(row),
        decisions=reports.DECISIONS[1:], details=reports.ASKED_AT_CAPTURE, proposed=reports.KINDS,
        classes=classes(g.lang), who=people.names_of(the_site().id), DETAILS=reports.DETAILS,
        whole=whole, covered={} if whole else masking.covered(row), blotted=str if whole else masking.blotted,
        masked_author=str if whole else masking.mask_author,
        errors=said(errors), may_receive=may is None or g.staff.actor in may,
        **replies_console.beside(row.id),
    )  # fmt: skip


@bp.get("/social/reports/<int:report_id>/files/<int:file_id>")
@staff_only("social.reports")
def screenshot(report_id: int, file_id: int) -> ResponseReturnValue:
    row = finding.report_of(the_site().id, report_id)
    found = find_file(file_id, reports.SOURCE, [row.id])
    if found is None:
        raise NotFound
    reports.note_file(g.staff, the_site().id, row.code, file_id)
    return attachment(found)


@bp.post("/social/reports/<int:report_id>/judge")
@staff_only("social.reports")
def judge(report_id: int) -> ResponseReturnValue:
    """The four criteria, and what the person decides."""
    form = request.form
    evidence = {name: form[name] for name in reports.CRITERIA if name in form}
    details = {name: form[name] for name in reports.ASKED_AT_CAPTURE if name in form}
    reports.judge(
        g.staff, the_site().id, report_id, evidence, form.get("is_petition") == "1", form.get("at_once") == "1",
        details, form.get("decision", ""),
    )  # fmt: skip
    flash(t("social.console.judged", g.lang))
    return back(report_id)


@bp.post("/social/reports/<int:report_id>/acknowledge")
@staff_only("social.reports")
def acknowledge(report_id: int) -> ResponseReturnValue:
    reports.acknowledge(g.staff, the_site().id, report_id)
    flash(t("social.console.acknowledged", g.lang))
    return back(report_id)


@bp.post("/social/reports/<int:report_id>/radicate")
@staff_only("social.reports")
def radicate(report_id: int) -> ResponseReturnValue:
    """One click to a radicado with the date of the message."""
    filed = reports.radicate(g.staff, the_site().id, report_id, request.form.get("kind", ""))
    flash(t("social.console.radicated", g.lang, radicado=filed.radicado))
    return back(report_id)


@bp.post("/social/reports/hand-over")
@staff_only("social.reports")
def hand_over() -> ResponseReturnValue:
    count = reports.hand_over(g.staff, the_site().id)
    flash(t("social.console.handed", g.lang, n=count))
    return back()


@bp.get("/social/reports/export.<any(csv, xlsx):shape>")
@staff_only("social.reports")
def export(shape: str) -> ResponseReturnValue:
    """The whole register, to be saved; who took it with them is written down."""
    made = writing.to_csv(the_site().id) if shape == "csv" else writing.to_xlsx(the_site().id)
    reports.note_export(g.staff, the_site().id, shape)
    return _saved(made, MIMES[shape], f"CE-F05.{shape}")


@bp.get("/social/reports/day.pdf")
@staff_only("social.reports")
def day_pdf() -> ResponseReturnValue:
    """One day of the register on paper, with the control of the form."""
    day = _day(request.args.get("day", "")) or terms_of(the_site().id).today()
    made = printed.as_pdf(the_site().id, day, g.lang)
    reports.note_export(g.staff, the_site().id, "pdf")
    return _saved(made, "application/pdf", f"CE-F05-{day.isoformat()}.pdf")


def _saved(made: bytes, mimetype: str, name: str) -> Response:
    return Response(made, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})
