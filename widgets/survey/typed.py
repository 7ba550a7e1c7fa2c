"""Read answers out of a plain form, for the page without script and for paper that staff type in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from widgets.survey.definition import questions_of
from widgets.survey.questions import OTHER


def answers_from(fields: Mapping[str, str], definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of fields named q1 (one value), q3.o1 (a tick, a row of a matrix, a place in a ranking)."""
    answers: dict[str, Any] = {}
    for question in questions_of(definition):
        key, kind = question["key"], question["kind"]
        if kind == "multiple":
            options = [one["key"] for one in question["options"]] + ([OTHER] if question.get("other") else [])
            answers[key] = [option for option in options if fields.get(f"{key}.{option}")]
        elif kind == "matrix":
            answers[key] = {row["key"]: fields.get(f"{key}.{row['key']}", "") for row in question["rows"]}
            answers[key] = {row: column for row, column in answers[key].items() if column}
        elif kind == "ranking":
            answers[key] = _ranked({one["key"]: fields.get(f"{key}.{one['key']}", "") for one in question["options"]})
        elif kind != "file":
            answers[key] = fields.get(key, "")
        if question.get("other") and fields.get(f"{key}_other"):
            answers[f"{key}_other"] = fields[f"{key}_other"]
    return {key: value for key, value in answers.items() if value not in ("", [], {})}


def _ranked(places: Mapping[str, str]) -> list[str]:
    """Return the options in the order of the places given to them; two in one place stand as they were listed."""
    given = [(int(place), option) for option, place in places.items() if place.isdigit() and len(place) < 4]
    return [option for _, option in sorted(given, key=lambda one: one[0])]


def asked(fields: Mapping[str, str]) -> set[str]:
    """Return the questions that the sent form had drawn."""
    return set(fields.get("drawn", "").split())
