"""One walk through the cases received in a period, from which every table of its report is added up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, and_, case, cast, exists, func, literal_column, or_, select

from app.cases.children import counted_once
from app.cases.inbox import start_of
from app.cases.models import ANNULLED, OPEN, TRANSFERRED, Case, CaseMessage
from app.cases.reporting.periods import Period
from app.cases.terms import Terms, terms_of
from app.db import db

INFORMATION = ("informacion", "documentos")
# How each case of the period stands today. "closed" ended without an answer: withdrawn, lapsed, rejected, joined.
STATES = ("in_time", "late", "waiting", "expired", "transferred", "closed")


@dataclass
class Tally:
    """What was counted of one group: how its cases stand, and in how many days each answered one was answered."""

    states: Counter[str] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)

    @property
    def received(self) -> int:
        return self.states.total()

    @property
    def answered(self) -> int:
        return self.states["in_time"] + self.states["late"]

    @property
    def median_days(self) -> int | None:
        """Return the days within which half of the answers came: whole calendar days, the lower of two middles."""
        half, so_far = (self.days.total() + 1) // 2, 0
        for days in sorted(self.days):
            so_far += self.days[days]
            if so_far >= half:
                return days
        return None

    def add(self, state: str, days: int | None, count: int) -> None:
        self.states[state] += count
        if days is not None:
            self.days[days] += count


@dataclass(frozen=True)
class Counted:
    """One cell of the walk."""

    kind: str
    office_id: int
    channel: str
    state: str
    days: int | None
    rating: int | None
    count: int


@dataclass(frozen=True)
class Satisfaction:
    """What people said of the answers that they rated, from 1 to 5."""

    marks: Counter[int]

    @property
    def n(self) -> int:
        return self.marks.total()

    @property
    def mean(self) -> float | None:
        return sum(mark * count for mark, count in self.marks.items()) / self.n if self.n else None


@dataclass(frozen=True)
class Report:
    """A period, counted: the whole, and by kind, office and channel (as id or key -> tally)."""

    period: Period
    whole: Tally
    kinds: dict[str, Tally]
    offices: dict[int, Tally]
    channels: dict[str, Tally]
    satisfaction: Satisfaction
    denied: int


def _minutes(terms: Terms) -> int:
    """Return how far the site's zone is from UTC. Colombia has kept one offset since 1993, so one serves SQLite."""
    return int(start_of(terms.today(), terms).astimezone(terms.zone).utcoffset().total_seconds() // 60)  # type: ignore[union-attr]


def _local_day(column: Any, terms: Terms) -> ColumnElement[Any]:
    """Return the day of a moment in the site's zone."""
    if db.engine.dialect.name == "sqlite":
        return func.date(column, f"{_minutes(terms):+d} minutes")
    return cast(func.timezone(str(terms.zone), column), Date)


def _days(terms: Terms) -> ColumnElement[int]:
    """Return the calendar days from the day of receipt to that of the answer, in the site's own time."""
    moments = Case.received_at, Case.answered_at
    if db.engine.dialect.name == "sqlite":
        # Half of what date() costs. A Julian day begins at noon; half a millisecond keeps midnight from rounding down.
        start = 0.5 + _minutes(terms) / 1440 + 5e-9
        received, answered = (cast(func.julianday(moment) + start, Integer) for moment in moments)
        return answered - received
    first, last = (_local_day(moment, terms) for moment in moments)
    return cast(last - first, Integer)


def within(
    site_id: int, period: Period, terms: Terms, offices: frozenset[int] | None, kinds: tuple[str, ...] = ()
) -> list[ColumnElement[bool]]:
    """Return what makes a case one of a period, of these offices (None: all) and kinds (none: all)."""
    found: list[ColumnElement[bool]] = [
        Case.site_id == site_id,
        Case.received_at >= start_of(period.first, terms),
        Case.received_at < start_of(period.last + timedelta(days=1), terms),
        # An annulled number was never a petition (Acuerdo 001 de 2024 of the AGN keeps it with its reason).
        Case.state != ANNULLED,
        counted_once(),
    ]
    if offices is not None:
        found.append(Case.office_id.in_(sorted(offices)))
    if kinds:
        found.append(Case.kind.in_(kinds))
    return found


def _state(today: date, terms: Terms) -> ColumnElement[int]:
    """Return how a case stands, as its place in `STATES`: the store is the quicker for it."""
    answered_on = _local_day(Case.answered_at, terms)
    in_time = or_(Case.due_on.is_(None), answered_on <= Case.due_on)
    places = {name: literal_column(str(place), Integer) for place, name in enumerate(STATES)}
    return case(
        (and_(Case.answered_at.is_not(None), in_time), places["in_time"]),
        (Case.answered_at.is_not(None), places["late"]),
        (and_(Case.state.in_(OPEN), Case.due_on < today), places["expired"]),
        (Case.state.in_(OPEN), places["waiting"]),
        (Case.state == TRANSFERRED, places["transferred"]),
        else_=places["closed"],
    )


def walk(
    site_id: int, period: Period, offices: frozenset[int] | None = None, kinds: tuple[str, ...] = ()
) -> list[Counted]:
    """Return the cells of a period: one statement, whatever the number of cases."""
    terms = terms_of(site_id)
    # Told as one text and tallied here: to group them, the store would sort all cases by six columns, in twice the
    # time. What is NULL is told as nothing; the channel comes last, for its key is another's to choose.
    told = (func.printf if db.engine.dialect.name == "sqlite" else func.format)(
        "%s %s %s %s %s %s",
        _state(terms.today(), terms), _days(terms), Case.rating, Case.office_id, Case.kind, Case.channel,
    )  # fmt: skip
    text = db.session.scalar(
        select(func.aggregate_strings(told, "\n")).where(*within(site_id, period, terms, offices, kinds))
    )
    found = []
    for cell, count in Counter(text.split("\n") if text else ()).items():
        place, days, rating, office, kind, channel = cell.split(" ", 5)
        took, mark = (int(one) if one else None for one in (days, rating))
        found.append(Counted(kind, int(office), channel, STATES[int(place)], took, mark, count))
    return found


def _by(cells: Iterable[Counted], key: Callable[[Counted], Any]) -> dict[Any, Tally]:
    found: defaultdict[Any, Tally] = defaultdict(Tally)
    for cell in cells:
        found[key(cell)].add(cell.state, cell.days, cell.count)
    return dict(sorted(found.items(), key=lambda one: (-one[1].received, str(one[0]))))


def report_of(
    site_id: int, period: Period, offices: frozenset[int] | None = None, kinds: tuple[str, ...] = ()
) -> Report:
    """Return a period counted for these offices (None: all) and kinds (none: all), in two statements."""
    terms = terms_of(site_id)
    cells = walk(site_id, period, offices, kinds)
    marks: Counter[int] = Counter()
    for cell in cells:
        if cell.rating is not None:
            marks[cell.rating] += cell.count
    # An answer that keeps something back names the insistence (arts. 25 and 26), and nothing else does. From these few
    # to their cases, which the index of them serves only where the word is written out.
    denied = select(func.count(CaseMessage.case_id.distinct())).where(
        CaseMessage.kind == "answer",
        CaseMessage.recourse == literal_column("'insistence'"),
        exists().where(Case.id == CaseMessage.case_id, *within(site_id, period, terms, offices, kinds)),
    )
    whole = _by(cells, lambda cell: "")
    return Report(
        period, whole.get("", Tally()), _by(cells, lambda cell: cell.kind), _by(cells, lambda cell: cell.office_id),
        _by(cells, lambda cell: cell.channel),
        Satisfaction(marks),
        int(db.session.scalar(denied) or 0),
    )  # fmt: skip
