"""One act on many cases at once, and the lists that a person keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app.cases.inbox import Filters
from app.cases.models import Case
from app.cases.service import assign
from app.console.models import SavedView
from app.console.roles import Staff
from app.db import db, write
from app.errors import DomainError, Invalid, NotFound

MOST = 200
MOST_VIEWS = 30


@dataclass(frozen=True)
class Outcome:
    """How many were done, and which could not be: closed, of another office, or the person answers for none."""

    done: int
    refused: tuple[int, ...]


def assign_many(
    staff: Staff, site_id: int, case_ids: Iterable[int], *, office_id: int | None, assignee_id: int | None
) -> Outcome:
    """Give each case to an office, to a person, or to both; what can't be given stays as it is and is counted."""
    if office_id is None and assignee_id is None:
        raise Invalid("console.bulk.choose")
    done, refused = 0, []
    with write():
        for case_id in list(dict.fromkeys(case_ids))[:MOST]:
            try:
                # A refusal takes back its own case alone.
                with db.session.begin_nested():
                    assign(staff, site_id, case_id, office_id=office_id, assignee_id=assignee_id)
            except DomainError:
                refused.append(case_id)
            else:
                done += 1
    return Outcome(done, tuple(refused))


def radicados_of(staff: Staff, site_id: int, case_ids: Iterable[int]) -> list[str]:
    """Return the numbers of those of these cases that this person may read, in order."""
    query = select(Case.radicado).where(Case.site_id == site_id, Case.id.in_(list(case_ids))).order_by(Case.radicado)
    offices = staff.offices("cases.read", site_id)
    if offices is not None:
        query = query.where(Case.office_id.in_(sorted(offices)))
    return list(db.session.scalars(query))


@dataclass(frozen=True)
class View:
    id: int
    name: str
    query: str


def views_of(site_id: int, user_id: int) -> list[View]:
    rows = select(SavedView).where(SavedView.user_id == user_id, SavedView.site_id == site_id)
    return [View(row.id, row.name, row.query) for row in db.session.scalars(rows.order_by(SavedView.name))]


def keep_view(site_id: int, user_id: int, name: str, filters: Filters) -> None:
    """Keep a list under a name; a name that is there already stands for the new list."""
    name = " ".join(name.split())[:60]
    if not name:
        raise Invalid("console.views.name_needed")
    with write():
        mine = (SavedView.user_id == user_id, SavedView.site_id == site_id)
        row = db.session.scalar(select(SavedView).where(*mine, SavedView.name == name))
        if row is None:
            if len(db.session.scalars(select(SavedView.id).where(*mine)).all()) >= MOST_VIEWS:
                raise Invalid("console.views.too_many")
            row = SavedView(site_id=site_id, user_id=user_id, name=name)
            db.session.add(row)
        row.query = filters.query(after="", before="")


def forget_view(site_id: int, user_id: int, view_id: int) -> None:
    with write():
        row = db.session.get(SavedView, view_id)
        if row is None or (row.user_id, row.site_id) != (user_id, site_id):
            raise NotFound
        db.session.delete(row)
