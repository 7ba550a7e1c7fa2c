"""Two questions crossed: a table of counts, what part of each row, and whether chance alone would do it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from app.db import db
from app.errors import NotFound
from app.words import t
from widgets.survey import results, statistics, targets, versions
from widgets.survey.counting import tallies
from widgets.survey.definition import text_of
from widgets.survey.models import Survey, SurveyAnswer
from widgets.survey.questions import COUNTED

CROSSED = COUNTED - {"matrix", "ranking"}


def crossable(survey: Survey, lang: str) -> dict[str, str]:
    """Return the questions that can be crossed, by name."""
    return {name: text_of(one.question.get("text"), lang) for name, one in _crossable(survey).items()}


def _crossable(survey: Survey) -> dict[str, versions.Asked]:
    return {one.name: one for one in versions.asked(survey) if one.kind in CROSSED}


@dataclass
class Counts:
    """How many said both things, and how many the one on the rows; each person as one, or as their weight."""

    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)

    def add(self, row: str, column: str, many: Any) -> None:
        for one in _listed(row):
            self.people[one] += many
            for other in _listed(column):
                self.cells[one, other] += many


def cross(survey: Survey, row_key: str, column_key: str, lang: str) -> dict[str, Any]:
    """Return the table of two questions with its test; n, share and interval are each row's own (a subgroup's).

    A question of several answers is crossed without a test: its columns are not apart from each other, as it asks.
    Where there are weights the weighted share stands beside the other; the test is of the answers as they came.
    """
    known = _crossable(survey)
    if not {row_key, column_key} <= set(known) or row_key == column_key:
        raise NotFound
    asked = [known[key] for key in (row_key, column_key)]
    names = [results.option_texts(one.question, lang) for one in asked]
    counted = tallies(survey)
    weighing = results.weighing(survey, counted)
    raked = weighing.raked if weighing else None
    counts, weighed = Counts(), Counts()
    for row, column, cell, count in _both(survey, *asked):
        counts.add(row, column, count)
        if weighing and raked:
            weighed.add(row, column, count * weighing.cells[cell])
    worth = raked.effective_n / counted.n if raked else 0.0
    lines = []
    for key, name in names[0].items():
        cells = [_cell(survey, counts.cells[key, column], counts.people[key], lang) for column in names[1]]
        for told, column in zip(cells, names[1], strict=True):
            if weighed.people[key]:
                told |= _weighted(survey, weighed.cells[key, column] / weighed.people[key], told["n"] * worth, lang)
        lines.append({"text": name, "n": counts.people[key], "cells": cells})
    apart = all(one.kind != "multiple" for one in asked)
    table = [[counts.cells[r, c] for c in names[1]] for r in names[0]]
    test = statistics.chi_square(table) if apart else None
    return {
        "columns": list(names[1].values()), "lines": lines, "test": _told(test, lang, apart),
        "corrected": _corrected(table, lang) if test is not None else "",
        "exact": _exact(table, lang) if test is not None and test.shaky else "",
        "shaky": test is not None and test.shaky,
    }  # fmt: skip


def _both(survey: Survey, across: versions.Asked, down: versions.Asked) -> Iterator[tuple[str, str, targets.Cell, int]]:
    """Yield what was said to both questions, the group of the targets, and how many said so."""
    values = SurveyAnswer.values
    variables = [variable["question"] for variable in survey.targets.get("variables", [])]
    columns = [values[key].as_string().label(f"said{place}") for place, key in enumerate(
        (across.source, down.source, *variables))]  # fmt: skip
    both = set(across.versions) & set(down.versions)
    query = select(*columns, func.count()).where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.version.in_(both))
    cell_of = targets.grouping(survey.targets)
    for row, column, *said, count in db.session.execute(query.group_by(*(one.name for one in columns))):
        if row is not None and column is not None:
            yield row, column, cell_of(dict(zip(variables, map(_as_said, said), strict=True))), count


def _as_said(text: str | None) -> str | float | None:
    """Return a value as it was before the store wrote it as text: an age is looked for in bands by its number."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _listed(value: str) -> list[str]:
    """Return the options of an answer as the store writes it: one by its name, several as a list."""
    return [str(one) for one in json.loads(value)] if value.startswith("[") else [value]


def _cell(survey: Survey, count: int, n: int, lang: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"count": count, "n": n, "share": results.percent(count / n if n else 0.0, lang)}
    if results.is_probabilistic(survey) and n:
        interval = statistics.wilson(count, n, survey.confidence / 100)
        cell["interval"] = _between(interval, lang)
    return cell


def _weighted(survey: Survey, share: float, worth: float, lang: str) -> dict[str, str]:
    """Return the weighted share, of as many equally weighted people as these are worth."""
    told = {"weighted": results.percent(share, lang)}
    if results.is_probabilistic(survey):
        interval = statistics.wilson(share * worth, worth, survey.confidence / 100)
        told["weighted_interval"] = _between(interval, lang)
    return told


def _between(interval: statistics.Interval, lang: str) -> str:
    return f"{results.number(interval.low * 100, lang)}–{results.number(interval.high * 100, lang)}"


def _probability(p: float, lang: str) -> str:
    return f"< {results.number(0.001, lang, 3)}" if p < 0.001 else f"= {results.number(p, lang, 3)}"


def _answered(table: list[list[int]]) -> list[list[int]]:
    """Return the rows and columns that somebody answered."""
    used = [place for place in range(len(table[0])) if any(row[place] for row in table)]
    return [[row[place] for place in used] for row in table if any(row)]


def _exact(table: list[list[int]], lang: str) -> str:
    """Return the exact test of a small table of two rows and two columns."""
    p = statistics.fisher(_answered(table))
    return "" if p is None else t("survey.cross.exact", lang, p=_probability(p, lang))


def _corrected(table: list[list[int]], lang: str) -> str:
    """Return the test of a table of two rows and two columns as those who correct it for continuity expect it."""
    statistic = statistics.yates(_answered(table))
    if statistic is None:
        return ""
    p = _probability(statistics.chi_square_tail(statistic, 1), lang)
    return t("survey.cross.yates", lang, statistic=results.number(statistic, lang), p=p)


def _told(test: statistics.ChiSquare | None, lang: str, apart: bool) -> str:
    if test is None:
        return t("survey.cross.no_test" if apart else "survey.cross.several", lang)
    return t(
        "survey.cross.test", lang, statistic=results.number(test.statistic, lang), freedom=test.freedom,
        p=_probability(test.p, lang), v=results.number(test.cramers_v, lang),
    )  # fmt: skip
