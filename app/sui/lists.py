"""The lists that an entity keeps for its report: causes with their codes, and populated centres of its municipalities.

The codes are the entity's to give: the annexes that list them by service (Resolución SSPD 20151300054575 de 2015) were
not at hand, and no code is made up here. That "000" is the seat of a municipality is DANE's own convention (Divipola).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import TypeVar

from sqlalchemy import delete, select

from app.audit import append_audit
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid
from app.search.analysis import fold
from app.sui.models import SuiCause, SuiCentre

SEAT = "000"
MOST = 500
_CODE = re.compile(r"[A-Za-z0-9.-]{1,10}")


@dataclass(frozen=True)
class Cause:
    name: str
    code: str
    detail: str = ""
    source: str = ""


@dataclass(frozen=True)
class Centre:
    municipality: str
    name: str
    code: str


Row = TypeVar("Row", Cause, Centre)


def causes_of(site_id: int) -> dict[str, Cause]:
    """Return the causes of a site by their names, in its order."""
    rows = db.session.scalars(select(SuiCause).where(SuiCause.site_id == site_id).order_by(SuiCause.place))
    return {row.name: Cause(row.name, row.code, row.detail, row.source) for row in rows}


def centres_of(site_id: int, municipality: str = "") -> list[Centre]:
    """Return the populated centres of a site, or of one municipality of it."""
    query = select(SuiCentre).where(SuiCentre.site_id == site_id).order_by(SuiCentre.place)
    if municipality:
        query = query.where(SuiCentre.municipality == municipality)
    return [Centre(row.municipality, row.name, row.code) for row in db.session.scalars(query)]


def centre_code(centres: Iterable[Centre], municipality: str, place: str, chosen: str) -> str:
    """Return the code of where a case is: what was chosen, else of the place named, else of the municipality's seat."""
    if chosen or not municipality:
        return chosen
    named = fold(place).strip()
    same = (one.code for one in centres if one.municipality == municipality and fold(one.name).strip() == named)
    return next(same, SEAT)


def save_causes(staff: Staff, site_id: int, given: Sequence[Cause]) -> None:
    """Replace the list of causes. Raises Invalid naming each bad row."""
    rows = _kept(staff, site_id, given, _wrong_cause, lambda one: one.name)
    with write():
        db.session.execute(delete(SuiCause).where(SuiCause.site_id == site_id))
        for place, one in rows:
            codes = {"code": one.code, "detail": one.detail, "source": one.source}
            db.session.add(SuiCause(site_id=site_id, place=place, name=one.name, **codes))
        append_audit(site_id, staff.actor, "sui.causes", f"site:{site_id}", rows=len(rows))


def save_centres(staff: Staff, site_id: int, given: Sequence[Centre]) -> None:
    """Replace the list of populated centres. Raises Invalid naming each bad row."""
    rows = _kept(staff, site_id, given, _wrong_centre, lambda one: f"{one.municipality}{one.code}")
    with write():
        db.session.execute(delete(SuiCentre).where(SuiCentre.site_id == site_id))
        for place, one in rows:
            db.session.add(
                SuiCentre(site_id=site_id, place=place, municipality=one.municipality, name=one.name, code=one.code)
            )
        append_audit(site_id, staff.actor, "sui.centres", f"site:{site_id}", rows=len(rows))


def _kept(
    staff: Staff, site_id: int, given: Sequence[Row], wrong_of: Callable[[Row], str], key_of: Callable[[Row], str]
) -> list[tuple[int, Row]]:
    staff.require("site.manage", site_id)
    wrong: dict[str, list[str]] = {}
    kept: dict[str, tuple[int, Row]] = {}
    for number, one in enumerate(given):
        if not any(astuple(one)):
            continue
        key = fold(key_of(one))
        if problem := wrong_of(one) or ("sui.errors.twice" if key in kept else ""):
            wrong[f"row-{number}"] = [problem]
        kept.setdefault(key, (len(kept), one))
    if len(kept) > MOST:
        wrong["rows"] = ["errors.invalid"]
    if wrong:
        raise Invalid(fields=wrong)
    return list(kept.values())


def _wrong_cause(one: Cause) -> str:
    if not one.name or len(one.name) > 120 or len(one.source) > 200:
        return "sui.errors.cause"
    codes = [one.code, one.detail] if one.detail else [one.code]
    return "" if all(_CODE.fullmatch(code) for code in codes) else "sui.errors.cause"


def _wrong_centre(one: Centre) -> str:
    right = re.fullmatch(r"\d{5}", one.municipality, re.ASCII) and re.fullmatch(r"\d{3}", one.code, re.ASCII)
    return "" if right and 0 < len(one.name) <= 120 else "sui.errors.centre"
