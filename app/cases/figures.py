"""The numbers of the dashboard, each with the filter that lists what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, and_, case, func, select

from app.cases.inbox import IS_OPEN, received_on, start_of
from app.cases.lights import SOON_DAYS
from app.cases.models import Case
from app.cases.terms import terms_of
from app.db import db
from app.sites.models import Office

# How many answers back the median looks.
MEDIAN_OF = 500


@dataclass(frozen=True)
class Figure:
    """One number; `query` is the inbox's address that lists the same cases."""

    name: str
    count: int
    query: str
    tone: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar of a chart; `share` is its length in per cent of the longest."""

    key: str
    label: str
    count: int
    overdue: int
    share: int
    query: str


@dataclass(frozen=True)
class Figures:
    figures: tuple[Figure, ...]
    median_days: float | None
    offices: tuple[Bar, ...]
    kinds: tuple[Bar, ...]
    answered_query: str


def figures_of(site_id: int, offices: frozenset[int] | None, office: int | None = None, kind: str = "") -> Figures:
    """Return what these offices (None: all) have before them today; of one of them, of one kind, where asked."""
    terms = terms_of(site_id)
    today = terms.today()
    mine: list[ColumnElement[bool]] = [Case.site_id == site_id]
    if offices is not None:
        mine.append(Case.office_id.in_(sorted(offices)))
    asked: dict[str, str] = {}
    if office is not None:
        mine.append(Case.office_id == office)
        asked["office"] = str(office)
    if kind:
        mine.append(Case.kind == kind)
        asked["kind"] = kind
    narrow = f"&{urlencode(asked)}" if asked else ""
    soon = terms.calendar.add_working_days(today, SOON_DAYS)
    monday = start_of(today - timedelta(days=today.weekday()), terms)

    def count(*conditions: ColumnElement[bool]) -> int:
        return int(db.session.scalar(select(func.count()).select_from(Case).where(*mine, *conditions)) or 0)

    def among(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    # One walk through the open cases, in an index that holds nothing else and all that is asked.
    grouped = db.session.execute(
        select(
            Case.office_id, Case.kind, func.count(), among(Case.target_on < today), among(Case.target_on == today),
            among(and_(Case.target_on > today, Case.target_on <= soon)), among(Case.target_on.is_(None)),
        )
        .where(*mine, IS_OPEN)
        .group_by(Case.office_id, Case.kind)
    ).all()  # fmt: skip
    overdue, due_today, due_soon, waiting = (sum(int(row[place]) for row in grouped) for place in range(3, 7))
    offices_here = db.session.execute(select(Office.id, Office.name).where(Office.site_id == site_id))
    names = {row.id: row.name for row in offices_here}
    return Figures(
        figures=(
            Figure("new", count(received_on(today, terms)), f"state=all&received=today{narrow}"),
            Figure("overdue", overdue, f"state=open&due=overdue{narrow}", "danger"),
            Figure("today", due_today, f"state=open&due=today{narrow}", "danger"),
            Figure("soon", due_soon, f"state=open&due=soon{narrow}", "warning"),
            Figure("waiting", waiting, f"state=waiting{narrow}", "info"),
            Figure("answered", count(Case.answered_at >= monday), f"state=all&answered=week{narrow}", "success"),
        ),
        median_days=_median(mine),
        offices=_bars([(str(r[0]), names.get(r[0], ""), r[2], r[3]) for r in grouped], "office", asked),
        kinds=_bars([(r[1], r[1], r[2], r[3]) for r in grouped], "kind", asked),
        answered_query=f"state=answered{narrow}",
    )


def _bars(counted: list[tuple[str, str, int, int | None]], name: str, asked: dict[str, str]) -> tuple[Bar, ...]:
    """Return the bars of (key, label, cases, overdue ones), those of one key together, the longest first."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for key, label, cases, late in counted:
        so_far = sums.get((key, label), (0, 0))
        sums[(key, label)] = (so_far[0] + cases, so_far[1] + int(late or 0))
    longest = max((cases for cases, _ in sums.values()), default=1)
    return tuple(
        Bar(
            key, label, cases, late, max(round(100 * cases / longest), 1),
            f"state=open&{urlencode({**asked, name: key})}",
        )
        for (key, label), (cases, late) in sorted(sums.items(), key=lambda one: (-one[1][0], one[0][1]))
    )  # fmt: skip


def _median(mine: list[ColumnElement[bool]]) -> float | None:
    """Return the median days of the last answers; of so many and no more, so that it costs the same in any town."""
    last = (
        select(Case.received_at, Case.answered_at)
        .where(*mine, Case.answered_at.is_not(None))
        .order_by(Case.answered_at.desc())
        .limit(MEDIAN_OF)
    )
    rows = db.session.execute(last).all()
    if not rows:
        return None
    return round(median((answered - received).total_seconds() for received, answered in rows if answered) / 86400, 1)
