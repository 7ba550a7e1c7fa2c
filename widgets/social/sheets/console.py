"""The pages on which an old spreadsheet is brought into the register: looked at, kept, and how far it is."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.schemas import say
from app.words import t
from widgets.social.console import bp
from widgets.social.sheets import columns, imports


def _to(import_id: int) -> ResponseReturnValue:
    return redirect(url_for("console.site.social.import_page", site_key=the_site().key, import_id=import_id))


def _draw(errors: dict[str, list[str]]) -> str:
    return render_template(
        "social/imports.html", rows=imports.recent(the_site().id), site=the_site(),
        errors={name: [say(one, g.lang) for one in texts] for name, texts in errors.items()},
        heads=[columns.heading(name, g.lang) for name in columns.NAMES],
    )  # fmt: skip


@bp.get("/social/reports/imports")
@staff_only("social.reports")
def import_list() -> ResponseReturnValue:
    """Where a sheet is brought, and what was brought before."""
    return _draw({})


@bp.post("/social/reports/imports")
@staff_only("social.reports")
def bring() -> ResponseReturnValue:
    """Take a sheet in to be looked at."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _draw({"file": ["errors.required"]}), 422
    try:
        return _to(imports.bring(g.staff, the_site().id, file.stream.read(imports.MAX_BYTES + 1), file.filename))
    except Invalid as error:
        return _draw(error.fields), 422


@bp.get("/social/reports/imports/<int:import_id>")
@staff_only("social.reports")
def import_page(import_id: int) -> ResponseReturnValue:
    """How far it is, what is wrong by row, and the button that keeps it."""
    row = imports.the_import(the_site().id, import_id)
    heads = {name: columns.heading(name, g.lang) for name in (*columns.NAMES, columns.HOUR)}
    return render_template("social/import.html", row=row, heads=heads, busy=row.state in imports.BUSY, site=the_site())


@bp.post("/social/reports/imports/<int:import_id>/keep")
@staff_only("social.reports")
def keep_import(import_id: int) -> ResponseReturnValue:
    imports.keep(g.staff, the_site().id, import_id)
    return _to(import_id)


@bp.post("/social/reports/imports/<int:import_id>/drop")
@staff_only("social.reports")
def drop_import(import_id: int) -> ResponseReturnValue:
    imports.drop(g.staff, the_site().id, import_id)
    flash(t("social.console.dropped", g.lang))
    return redirect(url_for("console.site.social.import_list", site_key=the_site().key))
