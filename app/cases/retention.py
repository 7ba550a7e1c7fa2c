"""How long the file of a petition is kept, by the entity's own records retention table (TRD).

Ley 594 de 2000, art. 24, makes the table the entity's duty, and its council approves it: no years are made up here, and
nothing is destroyed here, since that takes an act of the entity's archive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select

from app.audit import append_audit
from app.cases.models import Case, RecordSeries
from app.cases.rules import CASE_KINDS
from app.cases.terms import terms_of
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid

# What becomes of a file in the end: kept whole, destroyed, a sample kept, copied to another medium.
DISPOSALS = ("keep", "destroy", "select", "copy")
MOST_YEARS = 100


@dataclass(frozen=True)
class Series:
    """A line of the table, in years."""

    kind: str
    code: str
    series: str
    subseries: str
    office_years: int
    central_years: int
    disposal: str

    def until(self, closed_on: date) -> tuple[date, date]:
        """Return the days on which the years in the office and those in the central archive are over."""
        return _later(closed_on, self.office_years), _later(closed_on, self.office_years + self.central_years)


def _later(day: date, years: int) -> date:
    """Return the same day of a later year; of 29 February the last of the month."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def table_of(site_id: int) -> Mapping[str, Series]:
    """Return the lines of a site by kind of petition; a kind without one is not in it."""
    rows = db.session.scalars(select(RecordSeries).where(RecordSeries.site_id == site_id))
    return {row.kind: _line(row) for row in rows}


def series_of(site_id: int, kind: str) -> Series | None:
    row = db.session.get(RecordSeries, (site_id, kind))
    return _line(row) if row else None


def kept(case: Case) -> tuple[Series, tuple[date, date] | None] | None:
    """Return where a case's file belongs, and until when it stays in each archive once it is closed."""
    line = series_of(case.site_id, case.kind)
    if line is None:
        return None
    closed_on = terms_of(case.site_id).day_of(case.closed_at) if case.closed_at else None
    return line, line.until(closed_on) if closed_on else None


def _line(row: RecordSeries) -> Series:
    return Series(
        row.kind, row.code, row.series, row.subseries, row.office_years, row.central_years, row.disposal
    )  # fmt: skip


def save(staff: Staff, site_id: int, line: Series) -> None:
    """Set the line of a kind of petition. Raises Invalid naming each field that no table could have."""
    staff.require("site.manage", site_id)
    wrong = {name: ["errors.required"] for name in ("code", "series") if not getattr(line, name).strip()}
    wrong |= {
        name: ["errors.invalid"]
        for name in ("office_years", "central_years")
        if not 0 <= getattr(line, name) <= MOST_YEARS
    }
    wrong |= {"kind": ["errors.invalid"]} if line.kind not in CASE_KINDS else {}
    wrong |= {"disposal": ["errors.invalid"]} if line.disposal not in DISPOSALS else {}
    if wrong:
        raise Invalid(fields=wrong)
    with write():
        db.session.merge(RecordSeries(site_id=site_id, **asdict(line)))
        append_audit(site_id, staff.actor, "retention.changed", f"site:{site_id}", **asdict(line))
