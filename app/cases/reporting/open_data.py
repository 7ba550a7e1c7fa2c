"""Petitions as open data: closed quarters, counted in cells that lead back to nobody (Ley 1712 de 2014, art. 11 h)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from flask import Blueprint, Response, g, jsonify
from flask.typing import ResponseReturnValue

from app.cases.reporting.counting import STATES, Counted, walk
from app.cases.reporting.periods import QUARTER, Period, before, last_ones
from app.cases.reporting.tables import channel_words, kind_words
from app.cases.terms import terms_of
from app.embed.gate import Caller
from app.embed.pages import page
from app.participation.tables import as_csv
from app.sites.service import SiteInfo
from app.words import t

bp = Blueprint("open_data", __name__)
# Cells of fewer people are not told: whoever knows of one case would learn about the others.
FEWEST = 5
QUARTERS = 8
COLUMNS = ("trimestre", "corte", "grupo", "estado", "peticiones")
CUTS = ("kind", "channel")


def closed_quarters(site: SiteInfo) -> list[Period]:
    """Return the quarters that are over, the newest first: what was published does not change under its reader."""
    running = last_ones(terms_of(site.id).today(), QUARTER, 1)[0]
    found = [before(running)]
    while len(found) < QUARTERS:
        found.append(before(found[-1]))
    return found


def rows(site: SiteInfo, lang: str) -> Iterator[list[Any]]:
    """Yield the published lines. A small cell is left out with its whole group, so that no sum gives it away."""
    for period in closed_quarters(site):
        cells = walk(site.id, period)
        for cut in CUTS:
            yield from _cut(period, cut, cells, lang)


def _cut(period: Period, cut: str, cells: list[Counted], lang: str) -> list[list[Any]]:
    groups: dict[str, Counter[str]] = {}
    for cell in cells:
        label = kind_words(cell.kind, lang) if cut == "kind" else channel_words(cell.channel, lang)
        groups.setdefault(label, Counter())[cell.state] += cell.count
    found: list[list[Any]] = []
    for label, states in sorted(groups.items()):
        if states.total() < FEWEST:
            continue
        told = [state for state in STATES if states[state] >= FEWEST]
        rest = sum(states[state] for state in STATES if 0 < states[state] < FEWEST)
        if 0 < rest < FEWEST and told:
            # One more state joins those that are not told apart, else the rest would be told by subtraction.
            smallest = min(told, key=lambda state: states[state])
            told.remove(smallest)
            rest += states[smallest]
        name = t(f"reporting.{cut}", lang)
        found += [[period.key, name, label, t(f"reporting.measures.{s}", lang), states[s]] for s in told]
        if rest:
            found.append([period.key, name, label, t("reporting.other_states", lang), rest])
    return found


@bp.get("/open-data")
def dictionary() -> ResponseReturnValue:
    """What there is, and what each column means."""
    caller: Caller = g.caller
    return page(
        "cases/reports/open_data.html", columns=COLUMNS, fewest=FEWEST, states=STATES,
        sample=list(islice(rows(caller.site, caller.lang), 12)),
    )  # fmt: skip


@bp.get("/open-data/pqrsd.<any(csv, json):form>")
def data(form: str) -> ResponseReturnValue:
    caller: Caller = g.caller
    found = list(rows(caller.site, caller.lang))
    if form == "json":
        response: Response = jsonify(
            {"entity": caller.site.entity, "license": "CC-BY-4.0",
             "rows": [dict(zip(COLUMNS, row, strict=True)) for row in found]}
        )  # fmt: skip
    else:
        response = Response(as_csv(COLUMNS, found), content_type="text/csv; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    return response
