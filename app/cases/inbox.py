"""What an officer's inbox reads: one query a page, by key, never by offset."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, String, and_, bindparam, cast, func, literal_column, or_, select, true

from app.cases.children import counted_once
from app.cases.finding import SEARCH, matches
from app.cases.lights import SOON_DAYS, Light, light_of
from app.cases.masking import mask_name
from app.cases.models import ANNULLED, ANSWERED, ARCHIVED, NOTIFIED, OPEN, WITHDRAWN, Case, CaseParty
from app.cases.terms import Terms, terms_of
from app.console.models import User
from app.db import db
from app.numbers import whole
from app.sites.models import Office

PAGE_SIZE = 50
STATES = ("open", "waiting", "answered", "closed", "all")
SORTS = ("urgent", "newest", "oldest")
PLACE = frozenset({"after", "before"})
# Written out in the query, not bound: only so does the store see that its partial indexes fit.
IS_OPEN = Case.state.in_(bindparam("open", OPEN, expanding=True, literal_execute=True))
# Cases whose clock stands still have no date; they come last.
URGENCY: ColumnElement[Any] = func.coalesce(Case.target_on, literal_column("'9999-12-31'"))


@dataclass(frozen=True)
class Filters:
    """The inbox as its address says it; a value that no filter knows is as if it were not there."""

    state: str = "open"
    due: str = ""
    office: str = ""
    assignee: str = ""
    kind: str = ""
    channel: str = ""
    priority: str = ""
    tag: str = ""
    received: str = ""
    answered: str = ""
    q: str = ""
    sort: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Filters:
        known = {one.name: values.get(one.name, "").strip()[:100] for one in fields(cls)}
        if known["state"] not in STATES:
            known["state"] = "all" if known["answered"] or known["received"] or known["q"] else "open"
        return cls(**known)

    @property
    def order(self) -> str:
        if self.sort in SORTS:
            return self.sort
        return "urgent" if self.state == "open" else "newest"

    def query(self, **changes: str) -> str:
        """Return the address's query with these changes; where something but the page changes, from the first page."""
        first = {} if changes.keys() & PLACE else dict.fromkeys(PLACE, "")
        changed = replace(self, **first | changes)
        values = {one.name: getattr(changed, one.name) for one in fields(changed)}
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def narrowed(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self) if one.name not in {"state", "sort", *PLACE})


@dataclass(frozen=True)
class Row:
    """One line of the inbox; whoever asks is masked."""

    id: int
    radicado: str
    subject: str
    kind: str
    state: str
    person: str
    identity: str
    office: str
    assignee: str
    priority: str
    marked: bool
    received_at: datetime
    due_on: date | None
    light: Light
    key: str


@dataclass(frozen=True)
class InboxPage:
    rows: list[Row]
    before: str = ""
    after: str = ""
    today: date = field(default=date.min)


def find_page(
    site_id: int, offices: frozenset[int] | None, user_id: int, filters: Filters, limit: int = PAGE_SIZE
) -> InboxPage:
    """Return one page of the cases that these offices answer (None: all of them)."""
    terms = terms_of(site_id)
    today = terms.today()
    found_by = matches(filters.q)
    # From the words to the cases, the newest first: what stops after a page never reads all that match.
    source = Case.__table__ if found_by is None else SEARCH.join(Case, Case.id == SEARCH.c.rowid)
    query = (
        select(
            Case.id, Case.radicado, Case.subject, Case.kind, Case.state, Case.identity, Case.priority, Case.marks,
            Case.received_at, Case.due_on, Case.target_on, CaseParty.name.label("person"), Office.name.label("office"),
            User.name.label("assignee"),
        )
        .select_from(source)
        .outerjoin(CaseParty, CaseParty.case_id == Case.id)
        .join(Office, Office.id == Case.office_id)
        .outerjoin(User, User.id == Case.assignee_id)
        .where(Case.site_id == site_id, *_conditions(filters, offices, user_id, terms, today))
    )  # fmt: skip
    order = "found" if found_by is not None else filters.order
    if found_by is not None:
        query = query.where(found_by)
    columns, newest_first = ORDERS[order]
    backwards = bool(filters.before)
    descending = newest_first != backwards
    key = _read_key(filters.before or filters.after, order)
    if key is not None:
        query = query.where(_beyond(columns, key, descending))
    query = query.order_by(*(one.desc() if descending else one for one in columns))
    found = list(db.session.execute(query.limit(limit + 1)))
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    rows = [_row(one, order, terms, today) for one in found]
    has_after, has_before = (key is not None, more) if backwards else (more, key is not None)
    return InboxPage(
        rows, rows[0].key if rows and has_before else "", rows[-1].key if rows and has_after else "", today
    )


# The columns of each order, and whether it goes down.
ORDERS: dict[str, tuple[tuple[ColumnElement[Any], ...], bool]] = {
    "urgent": ((URGENCY, Case.id.expression), False),
    "newest": ((Case.received_at.expression, Case.id.expression), True),
    "oldest": ((Case.received_at.expression, Case.id.expression), False),
    "found": ((SEARCH.c.rowid,), True),
}


def _read_key(text: str, order: str) -> tuple[Any, ...] | None:
    """Return the place that a page begins at; None for one that nobody can have got from us."""
    value, _, number = text.rpartition("~")
    if whole(number) is None:
        return None
    try:
        if order == "found":
            return (int(number),)
        if order == "urgent":
            return date.fromisoformat(value), int(number)
        return datetime.fromisoformat(value).astimezone(UTC), int(number)
    except ValueError:
        return None


def _beyond(columns: tuple[ColumnElement[Any], ...], key: tuple[Any, ...], descending: bool) -> ColumnElement[bool]:
    first, last = columns[0], columns[-1]
    value = bindparam(None, key[0], type_=first.type)
    if len(columns) == 1:
        return first < value if descending else first > value
    # The first comparison is all that an index needs; the second leaves out what shares the place.
    if descending:
        return and_(first <= value, or_(first < value, last < key[1]))
    return and_(first >= value, or_(first > value, last > key[1]))


def _conditions(
    filters: Filters, offices: frozenset[int] | None, user_id: int, terms: Terms, today: date
) -> Iterable[ColumnElement[bool]]:
    yield _state(filters.state)
    if offices is not None:
        yield Case.office_id.in_(sorted(offices))
    if (office_id := whole(filters.office)) is not None:
        yield Case.office_id == office_id
    if filters.assignee == "none":
        yield Case.assignee_id.is_(None)
    elif (assignee_id := user_id if filters.assignee == "me" else whole(filters.assignee)) is not None:
        yield Case.assignee_id == assignee_id
    if filters.kind:
        yield Case.kind == filters.kind
    if filters.channel:
        yield Case.channel == filters.channel
    if filters.priority:
        yield Case.priority != ""
    if filters.tag:
        yield cast(Case.tags, String).contains(json.dumps(filters.tag), autoescape=True)
    yield _due(filters.due, terms, today)
    if filters.received == "today":
        yield received_on(today, terms)
    if filters.answered == "week":
        yield Case.answered_at >= start_of(today - timedelta(days=today.weekday()), terms)


def received_on(day: date, terms: Terms) -> ColumnElement[bool]:
    """What came in since the start of a day; what another entity took over of a petition is no new one."""
    return (Case.received_at >= start_of(day, terms)) & counted_once()


def start_of(day: date, terms: Terms) -> datetime:
    """Return the first moment of a day of the site's zone."""
    return datetime(day.year, day.month, day.day, tzinfo=terms.zone).astimezone(UTC)


def _state(state: str) -> ColumnElement[bool]:
    if state == "all":
        return true()
    if state == "open":
        return IS_OPEN
    if state == "waiting":
        return and_(IS_OPEN, Case.target_on.is_(None))
    if state == "answered":
        return Case.state.in_((ANSWERED, NOTIFIED))
    return Case.state.in_((WITHDRAWN, ARCHIVED, ANNULLED))


def _due(due: str, terms: Terms, today: date) -> ColumnElement[bool]:
    if due == "overdue":
        return and_(IS_OPEN, Case.target_on < today)
    if due == "today":
        return and_(IS_OPEN, Case.target_on == today)
    if due == "soon":
        last = terms.calendar.add_working_days(today, SOON_DAYS)
        return and_(IS_OPEN, Case.target_on > today, Case.target_on <= last)
    return true()


def _row(one: Any, order: str, terms: Terms, today: date) -> Row:
    urgency = one.target_on.isoformat() if one.target_on else "9999-12-31"
    value = urgency if order == "urgent" else one.received_at.isoformat()
    return Row(
        one.id, one.radicado, one.subject, one.kind, one.state,
        mask_name(one.person or "") if one.identity == "identified" else "",
        one.identity, one.office, one.assignee or "", one.priority, bool(one.marks), one.received_at, one.due_on,
        light_of(one.state, one.target_on, one.due_on, today, terms.calendar), f"{value}~{one.id}",
    )  # fmt: skip


# Counted up to here beside the navigation, on every page: what is more is "999+".
MOST_COUNTED = 1000


def count_open(site_id: int, offices: frozenset[int] | None) -> int:
    """Return how many cases wait for the entity, MOST_COUNTED at most."""
    query = select(Case.id).where(Case.site_id == site_id, IS_OPEN)
    if offices is not None:
        query = query.where(Case.office_id.in_(sorted(offices)))
    return int(db.session.scalar(select(func.count()).select_from(query.limit(MOST_COUNTED).subquery())) or 0)


@dataclass(frozen=True)
class Choice:
    """One thing that can be chosen: an office, a colleague."""

    id: int
    name: str


def offices_of(site_id: int, only: frozenset[int] | None = None) -> list[Choice]:
    query = select(Office.id, Office.name).where(Office.site_id == site_id, Office.active).order_by(Office.code)
    return [Choice(a, b) for a, b in db.session.execute(query) if only is None or a in only]


def case_by_radicado(site_id: int, offices: frozenset[int] | None, radicado: str) -> int | None:
    """Return the case of a radicado that these offices answer, or None."""
    query = select(Case.id).where(Case.site_id == site_id, Case.radicado == radicado)
    if offices is not None:
        query = query.where(Case.office_id.in_(sorted(offices)))
    found = db.session.scalar(query)
    return int(found) if found is not None else None
