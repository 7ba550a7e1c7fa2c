"""The barrios, veredas and other places of a municipality: one list, for every question that asks where."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

from sqlalchemy import func, select

from app.audit import append_audit
from app.db import db, write
from app.errors import Invalid
from app.numbers import whole
from app.search.analysis import fold
from app.sites.models import Place

KINDS = ("barrio", "vereda", "corregimiento", "comuna", "localidad", "centro", "sector")
# What the second column is called, where a table begins with the names of its columns.
HEADS = ("clase", "tipo", "kind")
MAX_PLACES = 2_000

Row = tuple[str, str, int]


def places(site_id: int) -> list[Place]:
    """Return a site's places in the order in which they were told."""
    return list(db.session.scalars(select(Place).where(Place.site_id == site_id).order_by(Place.rank, Place.id)))


def count_places(site_id: int) -> int:
    return int(db.session.scalar(select(func.count()).where(Place.site_id == site_id)) or 0)


def as_table(rows: list[Place]) -> str:
    """Return places as they are typed: name; kind; people, a line each."""
    return "\n".join(f"{row.name};{row.kind};{row.people or ''}".rstrip(";") for row in rows)


def parse(table: str) -> list[Row]:
    """Return (name, kind, people) of each line, by semicolon, comma or tab; Invalid naming each line at fault.

    A line may be a name alone: then it is a barrio whose people nobody counted.
    """
    plain = table.lstrip("\ufeff").strip()
    mark = max(";\t,", key=plain.partition("\n")[0].count)
    lines = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(plain), delimiter=mark)]
    lines = [row for row in lines if any(row)]
    if len(lines) > MAX_PLACES:
        raise Invalid(fields={"table": [f"settings.places.errors.rows|most={MAX_PLACES}"]})
    found: dict[str, Row] = {}
    wrong: list[str] = []
    for number, row in enumerate(lines, 1):
        name, kind, people = [*row, "", ""][:3]
        kind, size = fold(kind) or KINDS[0], whole(re.sub(r"[.\s]", "", people) or "0")
        name = " ".join(name.split())
        problem = (
            "name" if not 0 < len(name) <= 120 else "kind" if kind not in KINDS else "people" if size is None
            else "twice" if fold(name) in found else ""
        )  # fmt: skip
        if number == 1 and kind in HEADS:
            continue
        if problem:
            wrong.append(f"settings.places.errors.{problem}|n={number}")
        else:
            found[fold(name)] = (name, kind, size or 0)
    if wrong:
        raise Invalid(fields={"table": wrong[:20]})
    return list(found.values())


def save(site_id: int, actor: str, table: str) -> int:
    """Make the list what the table says and return how many places it has; an empty table empties it.

    A place that is still named keeps its key. What was answered under another stays as it was answered.
    """
    rows = parse(table)
    with write():
        known = {fold(place.name): place for place in places(site_id)}
        taken = {place.key for place in known.values()}
        for rank, (name, kind, people) in enumerate(rows):
            place = known.pop(fold(name), None)
            if place is None:
                key = _free_key(name, taken)
                taken.add(key)
                place = Place(site_id=site_id, key=key)
                db.session.add(place)
            place.name, place.kind, place.people, place.rank = name, kind, people, rank
        for gone in known.values():
            db.session.delete(gone)
        append_audit(site_id, actor, "places.saved", f"site:{site_id}", places=len(rows))
    return len(rows)


def _free_key(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "lugar"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key
