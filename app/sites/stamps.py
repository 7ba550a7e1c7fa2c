"""What is worked out of a site's rows is kept in the process until one of them changes.

A counter could be rolled back and count to the same number again with other rows behind it; a stamp is drawn at random.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import Select, bindparam, event, select, update
from sqlalchemy.orm import Session

from app.db import Base, db, in_write

T = TypeVar("T")


class Shapes:
    """A row that shapes what its site does: adding, changing or deleting one gives the site a new stamp.

    Through objects only: a bulk statement would leave the stamp as it was (tests/sites/test_stamps.py looks for one).
    """


def new_stamp() -> str:
    return secrets.token_hex(8)


def site_of(row: Any) -> int:
    site_id: int = row.id if row.__tablename__ == "sites" else row.site_id
    return site_id


def watch() -> None:
    """Listen to every session of the process; safe to call twice."""
    if not event.contains(Session, "after_flush", _stamp):
        event.listen(Session, "after_flush", _stamp)


def _stamp(session: Session, _context: Any) -> None:
    rows = [row for row in (*session.new, *session.dirty, *session.deleted) if isinstance(row, Shapes)]
    changed = {site_of(row) for row in rows}
    if changed:
        sites = Base.metadata.tables["sites"]
        session.connection().execute(update(sites).where(sites.c.id.in_(changed)).values(stamp=new_stamp()))


def stamp_of(site_id: int, *, hold: bool = False) -> str:
    """Return the site's stamp; with `hold`, nobody changes what it stands for before the running write ends."""
    if in_write():
        db.session.flush()  # what this write has changed already counts
    return str(db.session.connection().scalar(_stamp_query(hold), {"site_id": site_id}))


@cache
def _stamp_query(hold: bool) -> Select[tuple[str]]:
    sites = Base.metadata.tables["sites"]
    query = select(sites.c.stamp).where(sites.c.id == bindparam("site_id"))
    return query.with_for_update(read=True) if hold else query


def kept(site_id: int, stamp: str, name: str, make: Callable[[], T]) -> T:
    """Return what `make` made under this stamp. It must read columns, not objects, and what it returns must not change.

    An object that the session has read before would come back as it was then, under a stamp that is newer.
    """
    memory: dict[tuple[int, str], tuple[str, Any]] = current_app.extensions["ventanilla"].kept
    found = memory.get((site_id, name))
    if found is not None and found[0] == stamp:
        known: T = found[1]
        return known
    made = make()
    memory[site_id, name] = (stamp, made)
    return made
