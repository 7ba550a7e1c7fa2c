"""Count a survey's answers once: kept in the store and in memory, brought up to date by what is new.

Truth are the answers. What is kept of their counts can be thrown away at any time and is made anew.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import Text, case, cast, func, select

from app.db import db, write
from widgets.survey import targets, versions
from widgets.survey.models import Survey, SurveyAnswer, SurveyCount
from widgets.survey.questions import COUNTED

CHUNK = 2_000
# So many answers that the store has no counts of are read at the next look; more are counted by the job before it.
BEHIND = 500
# Published results move by so many answers at once; see `publishable`.
STEP = 5
SAID = object()
# (group of the declared targets, version, question, row, option); row and option are "" for all who answered it.
Key = tuple[targets.Cell, int, str, str, str]


@dataclass(frozen=True)
class Tallies:
    """The counts of one survey up to an answer; never changed, so that a page may read while others count on.

    Weights are of a group, so weighted shares need no second look at the answers; and an option that only some
    versions offered is set against who answered in these.
    """

    last_id: int = 0
    epoch: int = 0
    n: int = 0
    channels: Mapping[str, int] = field(default_factory=Counter)
    cells: Mapping[targets.Cell, int] = field(default_factory=Counter)
    seen: Mapping[Key, int] = field(default_factory=Counter)


@dataclass(frozen=True)
class Tally:
    """The counts of one question, of all its versions, weighted or not."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    # Who answered, by row ("" where there are none) and version.
    people: Counter[tuple[str, int]] = field(default_factory=Counter)

    def n(self, row: str = "", among: tuple[int, ...] | None = None) -> float:
        """Return how many answered, in all versions or among some."""
        return sum(count for (key, version), count in self.people.items()
                   if key == row and (among is None or version in among))  # fmt: skip


def by_question(
    counted: Tallies, asked: list[versions.Asked], weights: Mapping[targets.Cell, float] | None = None
) -> dict[str, Tally]:
    """Return the counts of each question by its name; where there are weights each person counts by their group's."""
    names = {(number, one.source): one.name for one in asked for number in one.versions}
    found = {one.name: Tally() for one in asked}
    for (cell, version, source, row, option), count in counted.seen.items():
        tally = found[names[version, source]]
        weighed: Any = count if weights is None else count * weights[cell]
        if option:
            tally.counts[row, option] += weighed
        else:
            tally.people[row, version] += weighed
    return found


def tallies(survey: Survey) -> Tallies:
    """Return the counts with every answer in them."""
    return _with_newer(settled(survey), survey)


def settled(survey: Survey) -> Tallies:
    """Return the counts that may be told outside the office: see `publishable`."""
    memory: Memory = current_app.extensions.setdefault("survey-results", Memory())
    return memory.settled(survey)


def publishable(survey: Survey, many: int) -> int:
    """Return of how many answers, the oldest first, the results may tell: two looks differ by five people at least.

    Who looks at live results each minute would else read what each person said as it came in. While a survey is open
    its newest five to nine are left out, so that the last step, when it closes and all are told, is one of five too.
    What comes after that (it is opened again, a slip is typed in late) is told by fives from there.
    """
    fives = max(0, many - survey.told) // STEP
    return min(many, survey.told) + (max(0, fives - 1) if survey.state == "open" else fives) * STEP


def tell_all(survey: Survey) -> None:
    """Note, as a survey closes, that its results tell of every answer, unless under five came since the last time."""
    many = count_up_to(survey.id)
    if many - survey.told >= STEP or not survey.told:
        survey.told = many


class Memory:
    """The settled tallies of one process, by survey: what is newer is added at each look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int, Tallies] = {}

    def settled(self, survey: Survey) -> Tallies:
        with self._lock:
            n = publishable(survey, count_up_to(survey.id))
            kept = self._kept.get(survey.id)
            if kept is None or kept.epoch != survey.epoch:
                kept = _stored(survey)
            if kept.n > n or count_up_to(survey.id, kept.last_id) != kept.n:
                kept = Tallies(epoch=survey.epoch)
            if kept.n < n:
                kept = _with_newer(kept, survey, n - kept.n)
            self._kept[survey.id] = kept
            return kept


def count_up_to(survey_id: int, last_id: int | None = None) -> int:
    """Return how many answers stand up to an id: one that committed late, with a lower id than its neighbour, shows."""
    query = select(func.count()).where(SurveyAnswer.survey_id == survey_id)
    if last_id is not None:
        query = query.where(SurveyAnswer.id <= last_id)
    return int(db.session.scalar(query) or 0)


def _with_newer(kept: Tallies, survey: Survey, most: int | None = None) -> Tallies:
    query = (
        # As text: the store's own decoder takes three times as long.
        select(SurveyAnswer.id, cast(SurveyAnswer.values, Text), SurveyAnswer.channel, SurveyAnswer.version)
        .where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.id > kept.last_id)
        .order_by(SurveyAnswer.id)
        .limit(most)
    )
    count: Count | None = None
    for rows in db.session.execute(query.execution_options(yield_per=CHUNK)).partitions():
        count = count or Count(kept, survey)
        count.add(rows)
    return count.told() if count else kept


class Count:
    """Adds answers to what was counted before, many at once."""

    def __init__(self, kept: Tallies, survey: Survey) -> None:
        self._epoch, self._last_id, self._n = survey.epoch, kept.last_id, kept.n
        self._channels, self._cells, self._seen = Counter(kept.channels), Counter(kept.cells), Counter(kept.seen)
        self._kinds: dict[int, dict[str, str]] = {}
        for one in versions.asked(survey):
            for number in one.versions:
                self._kinds.setdefault(number, {})[one.source] = one.kind
        self._cell_of = targets.grouping(survey.targets)

    def add(self, rows: Sequence[Any]) -> None:
        self._last_id, self._n = rows[-1][0], self._n + len(rows)
        self._channels.update(row[2] for row in rows)
        by_version: dict[int, list[dict[str, Any]]] = {}
        # Decoded as one: half of the time went into beginning anew.
        for row, values in zip(rows, json.loads(f"[{','.join(row[1] for row in rows)}]"), strict=True):
            by_version.setdefault(row[3], []).append(values)
        for version, answers in by_version.items():
            cells = list(map(self._cell_of, answers))
            self._cells.update(cells)
            for source, kind in self._kinds.get(version, {}).items():
                # Most people say to a question what somebody else has said: each is taken apart once.
                for (cell, value), count in Counter(zip(cells, _column(answers, source, kind), strict=True)).items():
                    for row, option in _parts(kind, value):
                        self._seen[cell, version, source, row, option] += count

    def told(self) -> Tallies:
        return Tallies(self._last_id, self._epoch, self._n, self._channels, self._cells, self._seen)


def _column(answers: list[dict[str, Any]], source: str, kind: str) -> list[Any]:
    """Return what each person said to a question, fit to be counted; None where they said nothing."""
    said = [one.get(source) for one in answers]
    if kind == "matrix":
        return [value and tuple(value.items()) for value in said]
    if kind in ("multiple", "ranking"):
        return [value and tuple(value) for value in said]
    # Of what is read and not counted only that it was said.
    return said if kind in COUNTED or kind == "number" else [None if value is None else SAID for value in said]


def _parts(kind: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield (row, option) of what one answer counts for; option "" for being an answer at all, or one to a row."""
    if value is None:
        return
    yield "", ""
    if kind in ("matrix", "ranking"):
        for row, option in value if kind == "matrix" else ((one, str(place)) for place, one in enumerate(value, 1)):
            yield from ((row, ""), (row, option))
    elif value is not SAID:
        yield from (("", str(one)) for one in (value if kind == "multiple" else (value,)))


# In the store


def _stored(survey: Survey) -> Tallies:
    """Return what the store has of a survey's counts; nothing where they are of before something was taken away."""
    row = db.session.get(SurveyCount, survey.id, populate_existing=True)
    if row is None or row.epoch != survey.epoch:
        return Tallies(epoch=survey.epoch)
    kept = row.counts
    cells = [tuple(cell) for cell, _ in kept["cells"]]
    return Tallies(
        row.last_id, row.epoch, row.n, Counter(kept["channels"]), Counter({tuple(c): n for c, n in kept["cells"]}),
        Counter({(cells[cell], *key): count for cell, *key, count in kept["seen"]}),
    )  # fmt: skip


def keep_due(_payload: dict[str, Any]) -> None:
    """Keep in the store what was counted of each survey that has many new answers; a job of each minute."""
    # What was counted before an answer was taken away counts for nothing.
    reached = case((SurveyCount.epoch == Survey.epoch, SurveyCount.last_id), else_=0)
    newer = select(SurveyAnswer.id).where(SurveyAnswer.survey_id == Survey.id, SurveyAnswer.id > reached)
    due = select(Survey.id).outerjoin(SurveyCount, SurveyCount.survey_id == Survey.id)
    for survey_id in list(db.session.scalars(due.where(newer.offset(BEHIND - 1).limit(1).exists()))):
        keep(survey_id)


def keep(survey_id: int) -> None:
    """Keep the settled counts of a survey as they stand now."""
    survey = db.session.get(Survey, survey_id)
    if survey is None:
        return
    counted = settled(survey)
    places = {cell: place for place, cell in enumerate(counted.cells)}
    kept = {
        "channels": dict(counted.channels),
        "cells": [[list(cell), n] for cell, n in counted.cells.items()],
        "seen": [[places[cell], *key, count] for (cell, *key), count in counted.seen.items()],
    }
    with write():
        # The survey may have gone meanwhile, and its counts with it.
        if db.session.get(Survey, survey_id) is not None:
            row = SurveyCount(
                survey_id=survey_id, last_id=counted.last_id, epoch=counted.epoch, n=counted.n, counts=kept
            )  # fmt: skip
            db.session.merge(row)
