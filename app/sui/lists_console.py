"""The entity's lists for the report in the console: its causes and its populated centres, row by row or pasted."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import astuple, fields

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.errors import Invalid
from app.schemas import say
from app.sui import lists
from app.sui.console import bp
from app.sui.lists import Cause, Centre
from app.words import t

BLANK = 3
KINDS: dict[str, type[Cause] | type[Centre]] = {"causes": Cause, "centres": Centre}
SAVE: dict[str, Callable[..., None]] = {"causes": lists.save_causes, "centres": lists.save_centres}


def _draw(
    kind: str = "", typed: Sequence[Cause | Centre] = (), errors: dict[str, list[str]] | None = None, pasted: str = ""
) -> str:  # fmt: skip
    site = the_site()
    rows: dict[str, list[tuple[str, ...]]] = {
        "causes": [astuple(one) for one in lists.causes_of(site.id).values()],
        "centres": [astuple(one) for one in lists.centres_of(site.id)],
    }
    if kind:
        rows[kind] = [astuple(one) for one in typed]
    for name, of_kind in rows.items():
        of_kind += [("",) * len(fields(KINDS[name]))] * BLANK
    said = {name: [say(text, g.lang) for text in texts] for name, texts in (errors or {}).items()}
    heads = {name: [one.name for one in fields(made)] for name, made in KINDS.items()}
    return render_template("sui/lists.html", site=site, rows=rows, heads=heads, errors={kind: said}, pasted=pasted)


@bp.get("/sui/lists")
@staff_only("cases.supervise")
def own_lists() -> ResponseReturnValue:
    return _draw()


@bp.post("/sui/lists")
@staff_only("site.manage")
def save_list() -> ResponseReturnValue:
    """Replace one of the lists by its rows and what was pasted below them; a bad row keeps all that was typed."""
    kind = "centres" if request.form.get("kind") == "centres" else "causes"
    made = KINDS[kind]
    names = [one.name for one in fields(made)]
    cells = [[text.strip() for text in request.form.getlist(name)] for name in names]
    rows = [made(*row) for row in zip(*cells, strict=False) if any(row)]
    pasted = request.form.get("pasted", "")
    try:
        rows += [made(*row) for row in _pasted(pasted, len(names))]
        SAVE[kind](g.staff, the_site().id, rows)
    except Invalid as error:
        # What could not be read as rows stays where it was pasted.
        return _draw(kind, rows, error.fields, pasted if "pasted" in error.fields else ""), 422
    flash(t("sui.list_saved", g.lang))
    return redirect(url_for("console.site.sui.own_lists", site_key=the_site().key))


def _pasted(text: str, width: int) -> list[list[str]]:
    """Return the cells of lines copied out of a sheet, by tabs, or written with semicolons.

    Raises Invalid for what are no rows: a cell above the reader's 131,072 letters is a quotation mark left open.
    """
    lines = text.splitlines()
    mark = "\t" if "\t" in text else ";"
    try:
        found = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
    except csv.Error as error:
        raise Invalid(fields={"pasted": ["sui.errors.pasted"]}) from error
    return [(row + [""] * width)[:width] for row in found if any(row)]
