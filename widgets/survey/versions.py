"""What was asked in all versions of a survey: an answer keeps the meaning that its question had when it was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.db import db
from widgets.survey.definition import questions_of
from widgets.survey.models import Survey, SurveyVersion
from widgets.survey.questions import option_keys


@dataclass(frozen=True)
class Asked:
    """One question under the name of its column.

    `question` is as it was asked last, with the options and rows of every version that asked it so; its `key` is the
    name. `source` is the key under which answers hold it: another one where the question was of another kind once.
    """

    question: dict[str, Any]
    source: str
    kind: str
    versions: tuple[int, ...]
    # How it was worded by version, where that was not as it is now.
    earlier: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    # The versions that offered each option, or asked each row of a matrix.
    offered: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    # The versions that offered each column of a matrix.
    columns: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.question["key"])


def asked(survey: Survey) -> list[Asked]:
    """Return the questions of the newest version in its order, then those that only earlier ones asked.

    Before the first version it is the draft.
    """
    query = select(SurveyVersion).where(SurveyVersion.survey_id == survey.id).order_by(SurveyVersion.number)
    known = [(row.number, row.definition) for row in db.session.scalars(query)]
    return merged(known or [(0, survey.draft)])


def merged(versions: Iterable[tuple[int, Mapping[str, Any]]]) -> list[Asked]:
    """Return the questions of numbered definitions, told oldest first."""
    newest_first = sorted(versions, key=lambda one: -one[0])
    found: dict[tuple[str, str], Asked] = {}
    for number, definition in newest_first:
        for question in questions_of(definition):
            key, kind = question["key"], question["kind"]
            before = found.get((key, kind))
            if before is None:
                # Of another kind since then: its answers can't stand in the same column.
                taken = any(source == key for source, _ in found)
                name = f"{key}_v{number}" if taken else key
                found[key, kind] = Asked(
                    {**question, "key": name}, key, kind, (number,), offered=_by_part(number, _parts(question), {}),
                    columns=_by_part(number, _columns(question), {}),
                )  # fmt: skip
            else:
                reworded = question.get("text") != before.question.get("text")
                earlier = {**({number: question.get("text") or {}} if reworded else {}), **before.earlier}
                both = _with_older(before.question, question)
                offered = _by_part(number, _parts(question), before.offered)
                columns = _by_part(number, _columns(question), before.columns)
                found[key, kind] = Asked(both, key, kind, (number, *before.versions), earlier, offered, columns)
    return list(found.values())


def _by_part(number: int, parts: list[str], known: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    return {**known, **{part: (number, *known.get(part, ())) for part in parts}}


def _columns(question: Mapping[str, Any]) -> list[str]:
    return option_keys(question) if question["kind"] == "matrix" else []


def _parts(question: Mapping[str, Any]) -> list[str]:
    """Return the keys of what stands in columns of its own where a question has several."""
    return [str(row["key"]) for row in question["rows"]] if question["kind"] == "matrix" else option_keys(question)


def _with_older(newer: Mapping[str, Any], older: Mapping[str, Any]) -> dict[str, Any]:
    """Return a question with the options and rows that it had earlier, after those that it has."""
    both = dict(newer)
    for part in ("options", "rows"):
        known = {one["key"] for one in newer.get(part) or []}
        more = [one for one in older.get(part) or [] if one["key"] not in known]
        if more:
            both[part] = [*(newer.get(part) or []), *more]
    if older.get("other"):
        both["other"] = True
    return both


def spans(versions: Iterable[int]) -> str:
    """Return version numbers as people write them: 1-3, 5."""
    runs: list[list[int]] = []
    for number in sorted(versions):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)
