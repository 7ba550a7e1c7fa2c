"""The reports of petitions in the console: a period on screen, and its files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from app.cases.reporting import counting, each, tables
from app.cases.reporting.counting import INFORMATION, Report
from app.cases.reporting.paper import pdf_of, satisfaction_words
from app.cases.reporting.periods import QUARTER, SEMESTER, Period, last_ones, parse
from app.cases.terms import terms_of
from app.console.auth import staff_only, the_site
from app.documents import available
from app.participation.tables import download
from app.uploads import content_disposition
from app.words import t

bp = Blueprint("reports", __name__)
HALVES, QUARTERS = 6, 8


def _asked(key: str = "") -> tuple[Period, str]:
    """Return the period, and what it is about: everything, or access to information alone."""
    period = parse(key or request.args.get("period", "") or last_ones(_today(), SEMESTER, 1)[0].key)
    about = request.args.get("about", "all")
    return period, about if about in ("all", "information") else "all"


def _today() -> Any:
    return terms_of(the_site().id).today()


def _counted(period: Period, about: str) -> Report:
    site = the_site()
    offices = g.staff.offices("cases.read", site.id)
    return counting.report_of(site.id, period, offices, INFORMATION if about == "information" else ())


@bp.get("/reports")
@staff_only("reports.read")
def report() -> ResponseReturnValue:
    """A period as figures and tables, each drawn too."""
    site, (period, about) = the_site(), _asked()
    counted = _counted(period, about)
    options = [*last_ones(_today(), SEMESTER, HALVES), *last_ones(_today(), QUARTER, QUARTERS)]
    return render_template(
        "cases/reports/report.html", site=site, period=period, about=about, report=counted,
        options=[(one.key, tables.title_of(one, g.lang)) for one in options],
        title=tables.title_of(period, g.lang), tables=tables.tables_of(site.id, counted, g.lang),
        measures=tables.MEASURES, cells=tables.cells, rated=satisfaction_words(counted, g.lang), printable=available(),
    )  # fmt: skip


@bp.get("/reports/<key>.<any(csv, xlsx, pdf):form>")
@staff_only("reports.read")
def file(key: str, form: str) -> ResponseReturnValue:
    """The report of a period as a file: all its tables below each other, or the printed one."""
    period, about = _asked(key)
    site, counted = the_site(), _counted(period, about)
    name = t("reporting.file", g.lang, period=period.key)
    if form == "pdf":
        response = Response(pdf_of(site, counted, g.lang), mimetype="application/pdf")
        response.headers["Content-Disposition"] = content_disposition(f"{name}.pdf")
        return response
    cut = tables.tables_of(site.id, counted, g.lang)
    head = [t("reporting.cut", g.lang), t("reporting.group", g.lang), *tables.head(cut[0], g.lang)[1:]]
    return download(form, name, head, ([table.title, *row] for table in cut for row in tables.rows(table, g.lang)))


@bp.get("/reports/<key>/each.<any(csv, xlsx):form>")
@staff_only("reports.read")
def every_request(key: str, form: str) -> ResponseReturnValue:
    """Each petition of the period by its number, with its days: what Resolución 1519 de 2020 wants of each."""
    period, about = _asked(key)
    site = the_site()
    kinds = INFORMATION if about == "information" else ()
    rows = each.rows(site.id, period, g.lang, g.staff.offices("cases.read", site.id), kinds)
    return download(form, t("reporting.file_each", g.lang, period=period.key), each.head(g.lang), rows)
