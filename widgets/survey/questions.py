"""The kinds of question: what each needs to be asked, which answers it takes, and what can be counted in it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from app.errors import DomainError
from app.numbers import whole
from app.sanitize import clean_text

CHOICES = ("single", "multiple", "ranking", "place")
POINTS = {"likert": (1, 5), "scale": (0, 10), "stars": (1, 5)}
KINDS = (
    "single", "multiple", "yes_no", "likert", "matrix", "scale", "stars", "ranking",
    "number", "date", "short", "long", "place", "file",
)  # fmt: skip
# What can be counted option by option; the others are read, not counted.
COUNTED = frozenset({"single", "multiple", "yes_no", "likert", "matrix", "scale", "stars", "ranking", "place"})
NUMERIC = frozenset({"likert", "scale", "stars", "number"})
LIKERT = ("agreement", "satisfaction", "frequency", "quality")
OTHER = "other"
_GROUPED = re.compile(r"-?[1-9]\d{0,2}([.,]\d{3})+")
LENGTHS = {"short": 300, "long": 5_000}
MAX_FILES = 3


class BadAnswer(ValueError):
    """An answer that its question can't take; the message is a key of the catalogue."""


def option_keys(question: Mapping[str, Any]) -> list[str]:
    """Return the values that a counted question can take, in order; columns for a matrix."""
    kind = question["kind"]
    if kind == "yes_no":
        return ["yes", "no"]
    if kind in POINTS:
        low, high = POINTS[kind]
        return [str(point) for point in range(low, high + 1)]
    keys = [str(option["key"]) for option in question.get("options") or []]
    return [*keys, OTHER] if question.get("other") else keys


def built_in(question: Mapping[str, Any]) -> dict[str, str]:
    """Return by value the catalogue's keys of the words that the house brings along; stars take their number as n.

    Yes and no, scales in words, stars, and the last option, "other", of those that have it.
    """
    if question["kind"] == "yes_no":
        return {key: f"survey.page.{key}" for key in option_keys(question)}
    if question["kind"] == "likert":
        return {key: f"survey.likert.{question['labels']}.{key}" for key in option_keys(question)}
    if question["kind"] == "stars":
        return dict.fromkeys(option_keys(question), "survey.page.stars")
    return {OTHER: "survey.page.other"} if question.get("other") else {}


def read(question: Mapping[str, Any], value: Any) -> Any:
    """Return the answer in its stored form, None where there is none; raises BadAnswer for any other value."""
    if value is None or value == "" or value == [] or value == {}:
        return None
    return _READERS[question["kind"]](question, value)


def _one(question: Mapping[str, Any], value: Any) -> str:
    if not isinstance(value, str) or value not in option_keys(question):
        raise BadAnswer("survey.errors.option")
    return value


def _several(question: Mapping[str, Any], value: Any) -> list[str]:
    if not isinstance(value, list) or len(set(map(str, value))) != len(value):
        raise BadAnswer("survey.errors.option")
    known = option_keys(question)
    picked = [_one(question, one) for one in value]
    most = question.get("most") or len(known)
    if len(picked) > most:
        raise BadAnswer("survey.errors.too-many")
    return picked if question["kind"] == "ranking" else [key for key in known if key in picked]


def _point(question: Mapping[str, Any], value: Any) -> int:
    low, high = POINTS[question["kind"]]
    point = None if isinstance(value, bool) else whole(value)
    if point is None or not low <= point <= high:
        raise BadAnswer("survey.errors.range")
    return point


def _number(question: Mapping[str, Any], value: Any) -> float | int:
    if isinstance(value, bool):
        raise BadAnswer("survey.errors.number")
    if isinstance(value, str) and _GROUPED.fullmatch(value.strip()):
        # 1.200 is twelve hundred to one person and a little over one to another.
        raise BadAnswer("survey.errors.thousands")
    try:
        number = float(str(value).replace(",", ".")) if len(str(value)) <= 30 else math.nan
    except ValueError as error:
        raise BadAnswer("survey.errors.number") from error
    if not math.isfinite(number):
        raise BadAnswer("survey.errors.number")
    low, high = question.get("low"), question.get("high")
    if (low is not None and number < low) or (high is not None and number > high):
        raise BadAnswer("survey.errors.range")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _date(_question: Mapping[str, Any], value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise BadAnswer("survey.errors.date") from error


def _text(question: Mapping[str, Any], value: Any) -> str | None:
    if not isinstance(value, str):
        raise BadAnswer("survey.errors.text")
    try:
        text = clean_text(value, LENGTHS[question["kind"]], question["kind"] == "long")
    except DomainError as error:
        raise BadAnswer("survey.errors.too-long") from error
    return text or None


def _matrix(question: Mapping[str, Any], value: Any) -> dict[str, str] | None:
    rows = [row["key"] for row in question["rows"]]
    if not isinstance(value, dict) or not set(value) <= set(rows):
        raise BadAnswer("survey.errors.option")
    picked = {row: _one(question, value[row]) for row in rows if value.get(row)}
    return picked or None


def _files(_question: Mapping[str, Any], value: Any) -> list[str]:
    fits = isinstance(value, list) and len(value) <= MAX_FILES
    if not fits or not all(isinstance(one, str) and len(one) <= 80 for one in value):
        raise BadAnswer("errors.file-receipt")
    return list(value)


_READERS = {
    "single": _one, "place": _one, "yes_no": _one, "multiple": _several, "ranking": _several, "likert": _point,
    "scale": _point, "stars": _point, "number": _number, "date": _date, "short": _text, "long": _text,
    "matrix": _matrix, "file": _files,
}  # fmt: skip


def complete(question: Mapping[str, Any], value: Any) -> bool:
    """Return whether a read answer is all that a required question asks for: a matrix wants every row."""
    if value is None:
        return False
    return question["kind"] != "matrix" or len(value) == len(question["rows"])
