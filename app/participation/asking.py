"""Letters that ask whether a wish is that of an address's owner: whoever wrote the address down may not own it.

An address gets few of them, whatever is asked in its name. So the letter of one wish opens the others that wait for
the same address: its owner can say yes to their own though strangers used up what letters there were.

A table of such wishes has `site_id`, `email`, `confirmed_at`, and `letters`: those that asked, the last at `asked_at`,
since a day had passed without any.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from app.clock import now
from app.db import db

# Unanswered letters to one address within a day; and how soon who lost one may have it again.
MOST_LETTERS, A_DAY, AGAIN = 5, timedelta(days=1), timedelta(minutes=5)
# So many wishes of one address are kept, and shown on the page of a link.
MOST_WAITING = 30


def unanswered(model: Any, site_id: int, email: str) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of the rows that wait for the yes of an address, in any spelling of it."""
    # The letters are made small by the store on both sides: it knows fewer of them than Python does.
    # Who left no address waits for nothing; and the index of addresses holds none of those.
    named = func.lower(model.email) == func.lower(email), model.email != ""
    return model.site_id == site_id, *named, model.confirmed_at.is_(None)


def wait_s(model: Any, site_id: int, email: str) -> int:
    """Return the seconds until an address may have another letter, 0 for now."""
    recent = case((model.asked_at > now() - A_DAY, model.letters), else_=0)
    query = select(func.sum(recent), func.min(case((recent > 0, model.asked_at)))).where(
        *unanswered(model, site_id, email)
    )
    letters, first = db.session.execute(query).one()
    if int(letters or 0) < MOST_LETTERS or first is None:
        return 0
    return int((first + A_DAY - now()).total_seconds()) + 1


def wait_again_s(row: Any) -> int:
    """Return the seconds until a row's letter may be sent again, as far as the row itself goes."""
    if row.letters == 0 or row.asked_at is None:
        return 0
    return max(0, int((row.asked_at + AGAIN - now()).total_seconds()) + 1)


def note_letter(row: Any) -> None:
    row.letters = 1 if row.asked_at is None or row.asked_at < now() - A_DAY else row.letters + 1
    row.asked_at = now()


class Waiting(NamedTuple):
    """One wish as the owner of the address sees it; `own` is the one that the letter was about."""

    id: int
    what: str
    own: bool


def waiting_with(model: Any, row: Any) -> list[Any]:
    """Return what waits for the yes of a row's address: the row itself first where it waits, then the newest."""
    others = select(model).where(*unanswered(model, row.site_id, row.email), model.id != row.id)
    found = list(db.session.scalars(others.order_by(model.id.desc()).limit(MOST_WAITING)))
    return found if row.confirmed_at is not None else [row, *found]


def chosen(model: Any, row: Any, ids: list[int] | None) -> list[Any]:
    """Return the waiting rows that the holder of a row's letter says yes to; the row's own where none were shown."""
    return [one for one in waiting_with(model, row) if (one.id == row.id if ids is None else one.id in ids)]
