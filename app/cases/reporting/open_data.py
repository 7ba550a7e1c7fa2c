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

from app.cases.reporting.counting import STATES, walk
from app.cases.reporting.models import PublishedQuarter
from app.cases.reporting.periods import QUARTER, Period, before, period_of
from app.cases.reporting.small_cells import CLASSES, FEWEST, Groups, protected, with_few_states
from app.cases.reporting.tables import channel_words, kind_words
from app.cases.terms import terms_of
from app.db import db, write
from app.embed.gate import Caller
from app.embed.pages import page
from app.participation.tables import as_csv
from app.sites.models import Site
from app.sites.service import SiteInfo, every_office
from app.words import t

bp = Blueprint("open_data", __name__)
QUARTERS = 8
# The longest term is of 30 working days (Ley 1437 de 2011, art. 14): a quarter frozen sooner would tell of it for good
# that its last petitions wait.
SETTLED = timedelta(days=45)
# Lines shown beside the dictionary: few enough to count one quarter for them.
SAMPLE = 6
LICENSE = "CC-BY-4.0"
COLUMNS = ("trimestre", "corte", "grupo", "estado", "peticiones")
CUTS = ("kind", "office", "channel", "time", "mark")
# Calendar days within which an answer came, then what took longer, and what has none.
BUCKETS = ("5", "10", "15", "30", "more", "none")
UNRATED = "none"
MARKS = ("5", "4", "3", "2", "1", UNRATED)
# (cut, key of the group, state, how many)
Cells = list[tuple[str, str, str, int]]


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
            yield from _lines(period, cut, cells, lang)


def _published(site_id: int, period: Period) -> Cells:
    kept = _kept(site_id, period)
    if kept is None:
        cells = _counted(site_id, period)
        if sum(cell[3] for cell in cells if cell[0] == CUTS[0]) < FEWEST:
            # Nothing is told of so few; what is brought in from another system later may make them more.
            return []
        with write():
            # Whoever asks at the same moment waits here, and is told the same.
            db.session.get(Site, site_id, with_for_update=True)
            kept = _kept(site_id, period)
            if kept is None:
                kept = cells
                db.session.add(PublishedQuarter(site_id=site_id, period=period.key, cells=cells))
    return kept


def _kept(site_id: int, period: Period) -> Cells | None:
    return db.session.scalar(
        select(PublishedQuarter.cells).where(PublishedQuarter.site_id == site_id, PublishedQuarter.period == period.key)
    )


def _counted(site_id: int, period: Period) -> Cells:
    """Return the cells of every cut of a period; an office by its name of today, which may be another one later."""
    names = {office.id: office.name for office in every_office(site_id)}
    sums: Counter[tuple[str, str, str]] = Counter()
    for one in walk(site_id, period):
        keys = (one.kind, names[one.office_id], one.channel, _bucket(one.days), str(one.rating or UNRATED))
        for cut, key in zip(CUTS, keys, strict=True):
            sums[cut, key, one.state] += one.count
    return [(*cell, count) for cell, count in sorted(sums.items())]


def _bucket(days: int | None) -> str:
    """Return within how many calendar days the answer came, as the first of BUCKETS that holds it."""
    if days is None:
        return BUCKETS[-1]
    return next((bucket for bucket in BUCKETS[:4] if days <= int(bucket)), BUCKETS[4])


def _lines(period: Period, cut: str, cells: Cells, lang: str) -> list[list[Any]]:
    groups: Groups = {}
    for key, state, count in _in_order(cut, cells, lang):
        groups.setdefault(_words(cut, key, lang), Counter())[state] += count
    groups, together = protected(with_few_states(groups), t("reporting.other_groups", lang))
    name, found = t(f"reporting.{cut}", lang), []
    for label, states in groups.items():
        told = [state for state in (*STATES, *CLASSES) if states[state] and (label, state) not in together]
        found += [[period.key, name, label, t(f"reporting.open.states.{s}", lang), states[s]] for s in told]
        if rest := states.total() - sum(states[state] for state in told):
            found.append([period.key, name, label, t("reporting.other_states", lang), rest])
    return found


def _in_order(cut: str, cells: Cells, lang: str) -> list[tuple[str, str, int]]:
    """Return the cells of a cut as people look for them: days and marks by what they say, all else by its name."""
    mine = [(key, state, count) for of_cut, key, state, count in cells if of_cut == cut]
    known = {"time": BUCKETS, "mark": MARKS}.get(cut)
    return sorted(mine, key=lambda one: known.index(one[0]) if known else _words(cut, one[0], lang))


def _words(cut: str, key: str, lang: str) -> str:
    if cut == "kind":
        return kind_words(key, lang)
    if cut == "channel":
        return channel_words(key, lang)
    return key if cut == "office" else t(f"reporting.open.{cut}.{key}", lang)


@bp.get("/open-data")
def dictionary() -> ResponseReturnValue:
    """What there is, and what each column means."""
    caller: Caller = g.caller
    return page(
        "cases/reports/open_data.html", columns=COLUMNS, fewest=FEWEST, license=LICENSE,
        sample=list(islice(rows(caller.site, caller.lang), SAMPLE)),
    )  # fmt: skip


@bp.get("/open-data/pqrsd.<any(csv, json):form>")
def data(form: str) -> ResponseReturnValue:
    caller: Caller = g.caller
    found = list(rows(caller.site, caller.lang))
    if form == "json":
        response: Response = jsonify(
            {"entity": caller.site.entity, "license": LICENSE,
             "columns": {name: t(f"reporting.open.columns.{name}", caller.lang, n=FEWEST) for name in COLUMNS},
             "rows": [dict(zip(COLUMNS, row, strict=True)) for row in found]}
        )  # fmt: skip
    else:
        response = Response(as_csv(COLUMNS, found), content_type="text/csv; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    return response
