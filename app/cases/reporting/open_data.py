"""Petitions as open data: closed quarters, counted in cells that lead back to nobody (Ley 1712 de 2014, art. 11 h)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from flask import Blueprint, Response, g, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.cases.reporting.counting import STATES, Counted, walk
from app.cases.reporting.models import PublishedQuarter
from app.cases.reporting.periods import QUARTER, Period, before, period_of
from app.cases.reporting.tables import channel_words, kind_words
from app.cases.terms import terms_of
from app.db import db, write
from app.embed.gate import Caller
from app.embed.pages import page
from app.participation.tables import as_csv
from app.sites.models import Site
from app.sites.service import SiteInfo
from app.words import t

bp = Blueprint("open_data", __name__)
# Cells of fewer people are not told: whoever knows of one case would learn about the others.
FEWEST = 5
QUARTERS = 8
# The longest term is of 30 working days (Ley 1437 de 2011, art. 14): a quarter frozen sooner would tell of it for good
# that its last petitions wait.
SETTLED = timedelta(days=45)
# Lines shown beside the dictionary: few enough to count one quarter for them.
SAMPLE = 6
COLUMNS = ("trimestre", "corte", "grupo", "estado", "peticiones")
CUTS = ("kind", "channel")


def closed_quarters(site: SiteInfo) -> list[Period]:
    """Return the quarters that are over and whose petitions had time to be answered, the newest first."""
    found = [before(period_of(terms_of(site.id).today() - SETTLED, QUARTER))]
    while len(found) < QUARTERS:
        found.append(before(found[-1]))
    return found


def rows(site: SiteInfo, lang: str) -> Iterator[list[Any]]:
    """Yield the published lines, in which no sum or difference gives a small cell away.

    Nor does the difference of two days: what was first told of a quarter is told of it from then on, though a case of
    it is answered, reopened or put under another kind since.
    """
    for period in closed_quarters(site):
        cells = _published(site.id, period)
        for cut in CUTS:
            yield from _cut(period, cut, cells, lang)


def _published(site_id: int, period: Period) -> list[Counted]:
    kept = _kept(site_id, period)
    if kept is None:
        sums: Counter[tuple[str, str, str]] = Counter()
        for one in walk(site_id, period):
            sums[one.kind, one.channel, one.state] += one.count
        if sums.total() < FEWEST:
            # Nothing is told of so few; what is brought in from another system later may make them more.
            return []
        with write():
            # Whoever asks at the same moment waits here, and is told the same.
            db.session.get(Site, site_id, with_for_update=True)
            kept = _kept(site_id, period) or [(*cell, count) for cell, count in sorted(sums.items())]
            db.session.merge(PublishedQuarter(site_id=site_id, period=period.key, cells=kept))
    return [Counted(kind, 0, channel, state, None, None, count) for kind, channel, state, count in kept]


def _kept(site_id: int, period: Period) -> list[tuple[str, str, str, int]] | None:
    return db.session.scalar(
        select(PublishedQuarter.cells).where(PublishedQuarter.site_id == site_id, PublishedQuarter.period == period.key)
    )


def _cut(period: Period, cut: str, cells: list[Counted], lang: str) -> list[list[Any]]:
    groups: dict[str, Counter[str]] = {}
    for cell in cells:
        label = kind_words(cell.kind, lang) if cut == "kind" else channel_words(cell.channel, lang)
        groups.setdefault(label, Counter())[cell.state] += cell.count
    groups = _pooled(groups, t("reporting.other_groups", lang))
    hidden = _hidden(groups)
    name, found = t(f"reporting.{cut}", lang), []
    for label, states in groups.items():
        told = [state for state in STATES if states[state] and (label, state) not in hidden]
        found += [[period.key, name, label, t(f"reporting.measures.{s}", lang), states[s]] for s in told]
        if rest := states.total() - sum(states[state] for state in told):
            found.append([period.key, name, label, t("reporting.other_states", lang), rest])
    return found


def _pooled(groups: dict[str, Counter[str]], others: str) -> dict[str, Counter[str]]:
    """Return the groups, small ones as one: left out, the sums of the other cut would tell how many they are."""
    kept, pool = dict(sorted(groups.items())), Counter[str]()
    while any(states.total() < FEWEST for states in kept.values()) or 0 < pool.total() < FEWEST:
        if not kept:
            # So few in the whole quarter: nothing is told of it.
            return {}
        smallest = min(kept, key=lambda label: kept[label].total())
        pool += kept.pop(smallest)
    return kept | ({others: pool} if pool else {})


def _hidden(groups: dict[str, Counter[str]]) -> set[tuple[str, str]]:
    """Return the cells that are told together: the small ones, and as many more as keep those from being worked out.

    Each group's total is told, and the other cut may tell that of a state: so of neither is one cell hidden alone,
    nor so few that their sum is small.
    """
    counts = {(label, s): states[s] for label, states in groups.items() for s in STATES if states[s]}
    hidden = {cell for cell, count in counts.items() if count < FEWEST}
    lines = [[cell for cell in counts if cell[0] == label] for label in groups]
    lines += [[cell for cell in counts if cell[1] == s] for s in STATES]
    grown = True
    while grown:
        grown = False
        for line in lines:
            kept = [counts[cell] for cell in line if cell in hidden]
            told = [cell for cell in line if cell not in hidden]
            if kept and told and (len(kept) == 1 or sum(kept) < FEWEST):
                hidden.add(min(told, key=lambda cell: counts[cell]))
                grown = True
    return hidden


@bp.get("/open-data")
def dictionary() -> ResponseReturnValue:
    """What there is, and what each column means."""
    caller: Caller = g.caller
    return page(
        "cases/reports/open_data.html", columns=COLUMNS, fewest=FEWEST, states=STATES,
        sample=list(islice(rows(caller.site, caller.lang), SAMPLE)),
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
