"""The inbox: what waits, in the order in which it is due; lists under a name; one act on many."""

from __future__ import annotations

from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import desk, many
from app.cases.console.parts import bp
from app.cases.inbox import SORTS, STATES, Filters, case_by_radicado, find_page, offices_of
from app.cases.rules import CASE_KINDS
from app.console.auth import staff_only, the_site
from app.console.shell import navigation
from app.numbers import whole
from app.search.analysis import fold
from app.words import t

IN_PALETTE = 8
# Of the cases on which an act on many had no effect, so many are named.
NAMED = 10


@bp.get("/cases")
@staff_only("cases.read")
def inbox() -> ResponseReturnValue:
    site, filters = the_site(), Filters.of(request.args)
    offices = g.staff.offices("cases.read", site.id)
    page = find_page(site.id, offices, g.staff.id, filters)
    may_assign = g.staff.can("cases.assign", site.id)
    return render_template(
        "cases/console/inbox.html", site=site, filters=filters, page=page, offices=offices_of(site.id, offices),
        kinds=CASE_KINDS, states=STATES, sorts=SORTS, views=many.views_of(site.id, g.staff.id), may_assign=may_assign,
        all_offices=offices_of(site.id) if may_assign else [], people=desk.colleagues(site.id) if may_assign else [],
    )  # fmt: skip


@bp.get("/cases/find")
@staff_only("cases.read")
def find() -> ResponseReturnValue:
    """Straight to the case of a radicado; to the inbox's search for anything else."""
    asked, site = request.args.get("q", "").strip(), the_site()
    found = case_by_radicado(site.id, g.staff.offices("cases.read", site.id), asked)
    if found is not None:
        return redirect(url_for(".case", site_key=site.key, case_id=found))
    return redirect(url_for(".inbox", site_key=site.key, q=asked, state="all"))


@bp.get("/cases/palette")
@staff_only("cases.read")
def palette() -> ResponseReturnValue:
    """What the palette shows for what is typed so far: cases, by number or words, and pages."""
    asked, site = request.args.get("q", "").strip()[:100], the_site()
    entries: list[dict[str, Any]] = []
    if asked:
        offices = g.staff.offices("cases.read", site.id)
        page = find_page(site.id, offices, g.staff.id, Filters.of({"q": asked, "state": "all"}), limit=IN_PALETTE)
        for row in page.rows:
            light = t(row.light.key, g.lang, n=row.light.n)
            url = url_for(".case", site_key=site.key, case_id=row.id)
            entries.append({"title": row.subject, "hint": f"{row.radicado} · {light}", "url": url})
    for entry in navigation(site, g.staff):
        title = t(entry["title_key"], g.lang)
        if fold(asked) in fold(title):
            entries.append({"title": title, "hint": t("console.find.page", g.lang), "url": entry["url"]})
    return jsonify(entries)


@bp.post("/cases/assign")
@staff_only("cases.assign")
def assign_many() -> ResponseReturnValue:
    """Give the chosen cases to an office, to a person, or to both."""
    chosen = [number for one in request.form.getlist("case") if (number := whole(one)) is not None]
    site, office, person = the_site(), request.form.get("office_id"), request.form.get("assignee_id")
    outcome = many.assign_many(g.staff, site.id, chosen, office_id=whole(office), assignee_id=whole(person))
    if outcome.done:
        flash(t("console.bulk.done", g.lang, n=outcome.done))
    if outcome.refused:
        left = many.radicados_of(g.staff, site.id, outcome.refused)
        named = ", ".join(left[:NAMED]) + ("…" if len(left) > NAMED else "")
        flash(f"{t('console.bulk.refused', g.lang, n=len(outcome.refused))} {named}".strip(), "error")
    if not outcome.done and not outcome.refused:
        flash(t("console.bulk.none", g.lang), "error")
    return redirect(f"{url_for('.inbox', site_key=site.key)}?{Filters.of(request.args).query()}")


@bp.post("/cases/views")
@staff_only("cases.read")
def keep_view() -> ResponseReturnValue:
    """Keep this list under a name."""
    site, filters = the_site(), Filters.of(request.args)
    many.keep_view(site.id, g.staff.id, request.form.get("name", ""), filters)
    flash(t("console.views.kept", g.lang))
    return redirect(f"{url_for('.inbox', site_key=site.key)}?{filters.query()}")


@bp.post("/cases/views/<int:view_id>/forget")
@staff_only("cases.read")
def forget_view(view_id: int) -> ResponseReturnValue:
    many.forget_view(the_site().id, g.staff.id, view_id)
    flash(t("console.views.forgotten", g.lang))
    return redirect(url_for(".inbox", site_key=the_site().key))
