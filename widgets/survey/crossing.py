"""Two questions crossed: a table of counts, what part of each row, and whether chance alone would do it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from sqlalchemy import func, select

from app.db import db
from app.errors import NotFound
from app.words import t
from widgets.survey import results, statistics, versions
from widgets.survey.definition import text_of
from widgets.survey.models import Survey, SurveyAnswer
from widgets.survey.questions import COUNTED

CROSSED = COUNTED - {"matrix", "ranking"}


def crossable(survey: Survey, lang: str) -> dict[str, str]:
    """Return the questions that can be crossed, by name."""
    return {name: text_of(one.question.get("text"), lang) for name, one in _crossable(survey).items()}


def _crossable(survey: Survey) -> dict[str, versions.Asked]:
    return {one.name: one for one in versions.asked(survey) if one.kind in CROSSED}


def cross(survey: Survey, row_key: str, column_key: str, lang: str) -> dict[str, Any]:
    """Return the table of two questions with its test; n, share and interval are each row's own (a subgroup's).

    A question of several answers is crossed without a test: its columns are not apart from each other, as it asks.
    """
    known = _crossable(survey)
    if not {row_key, column_key} <= set(known) or row_key == column_key:
        raise NotFound
    asked = [known[key] for key in (row_key, column_key)]
    names = [results.option_texts(one.question, lang) for one in asked]
    values = SurveyAnswer.values
    both = set(asked[0].versions) & set(asked[1].versions)
    across, down = (values[one.source].as_string() for one in asked)
    mine = SurveyAnswer.survey_id == survey.id, SurveyAnswer.version.in_(both)
    query = select(across.label("across"), down.label("down"), func.count()).where(*mine)
    counts: Counter[tuple[str, str]] = Counter()
    people: Counter[str] = Counter()
    for row, column, count in db.session.execute(query.group_by("across", "down")):
        if row is None or column is None:
            continue
        for one in _listed(row):
            people[one] += count
            counts.update({(one, other): count for other in _listed(column)})
    lines = []
    for key, name in names[0].items():
        cells = [_cell(survey, counts[key, column], people[key], lang) for column in names[1]]
        lines.append({"text": name, "n": people[key], "cells": cells})
    apart = all(one.kind != "multiple" for one in asked)
    table = [[counts[r, c] for c in names[1]] for r in names[0]]
    test = statistics.chi_square(table) if apart else None
    return {
        "columns": list(names[1].values()), "lines": lines, "test": _told(test, lang, apart),
        "exact": _exact(table, lang) if test is not None and test.shaky else "",
        "shaky": test is not None and test.shaky,
    }  # fmt: skip


def _listed(value: str) -> list[str]:
    """Return the options of an answer as the store writes it: one by its name, several as a list."""
    return [str(one) for one in json.loads(value)] if value.startswith("[") else [value]


def _cell(survey: Survey, count: int, n: int, lang: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"count": count, "share": results.percent(count / n if n else 0.0, lang)}
    if results.is_probabilistic(survey) and n:
        interval = statistics.wilson(count, n, survey.confidence / 100)
        cell["interval"] = f"{results.number(interval.low * 100, lang)}–{results.number(interval.high * 100, lang)}"
    return cell


def _probability(p: float, lang: str) -> str:
    return f"< {results.number(0.001, lang, 3)}" if p < 0.001 else f"= {results.number(p, lang, 3)}"


def _exact(table: list[list[int]], lang: str) -> str:
    """Return the exact test of a small table with two rows and two columns that somebody answered."""
    used = [place for place in range(len(table[0])) if any(row[place] for row in table)]
    p = statistics.fisher([[row[place] for place in used] for row in table if any(row)])
    return "" if p is None else t("survey.cross.exact", lang, p=_probability(p, lang))


def _told(test: statistics.ChiSquare | None, lang: str, apart: bool) -> str:
    if test is None:
        return t("survey.cross.no_test" if apart else "survey.cross.several", lang)
    return t(
        "survey.cross.test", lang, statistic=results.number(test.statistic, lang), freedom=test.freedom,
        p=_probability(test.p, lang), v=results.number(test.cramers_v, lang),
    )  # fmt: skip
