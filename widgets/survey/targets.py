"""How many people of each group there are: read from a table, shown as a thermometer, reached by weights.

A full group is never a closed door: answers are taken by widgets.survey.answering, which knows nothing of this.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.errors import Invalid
from app.numbers import whole
from app.search.analysis import fold
from widgets.survey import statistics
from widgets.survey.definition import questions_of
from widgets.survey.questions import OTHER, option_keys
from widgets.survey.statistics import EmptyCell, Raked

# A kind whose answer puts a person in one group, and no other.
GROUPING = frozenset({"single", "yes_no", "place", "likert", "scale", "stars", "number"})
MAX_ROWS = 2_000
MAX_VARIABLES = 8
# Published projections round each line: their sums may differ by this share of the whole.
ROUNDING = 0.005
_BAND = re.compile(r"(\d{1,3})(?:\s*(?:-|–|a|to)\s*(\d{1,3})|\s*(?:\+|o más|y más|or more))", re.IGNORECASE)

Targets = dict[str, Any]
Cell = tuple[str, ...]


def parse(table: str, definition: Mapping[str, Any], names: Mapping[str, Mapping[str, str]], goal: int) -> Targets:
    """Return the targets of a table of (question, group, people), a line each, by comma, semicolon or tab.

    `names` maps each question to the texts of its options: a group is told by text or key; of a number by a
    band, "18-25" or "60+". Raises Invalid naming each line that can't be read, a group said twice or left
    out, and sums that differ.
    """
    by_key = {question["key"]: question for question in questions_of(definition)}
    variables: dict[str, dict[str, dict[str, Any]]] = {}
    wrong: list[str] = []
    for number, row in enumerate(_rows(table), 1):
        size = whole(re.sub(r"[.\s]", "", row[2])) if len(row) > 2 else None
        if size is None:
            # The first line may be the names of the columns.
            wrong += [] if number == 1 else [f"survey.targets.errors.line|n={number}"]
            continue
        question = by_key.get(row[0])
        if question is None or question["kind"] not in GROUPING:
            wrong.append(f"survey.targets.errors.question|n={number}")
            continue
        key = _group_key(question, row[1], names[row[0]])
        groups = variables.setdefault(row[0], {})
        if key is None or key in groups or _overlaps(key, groups):
            wrong.append(f"survey.targets.errors.{'group' if key is None else 'twice'}|n={number}")
            continue
        groups[key] = {"key": key, "name": row[1][:200], "size": size}
    if not wrong:
        # A head alone, or what only looks like one, must not take the targets away that are kept.
        wrong = list(_unsound(variables, by_key)) if variables else ["survey.targets.errors.line|n=1"]
    if wrong:
        raise Invalid(fields={"table": wrong[:20]})
    listed = [{"question": key, "groups": list(groups.values())} for key, groups in variables.items()]
    return {"goal": goal, "variables": listed} if listed else {}


def _rows(table: str) -> Iterable[list[str]]:
    plain = table.lstrip("\ufeff").strip()
    first = plain.partition("\n")[0]
    mark = max(";\t,", key=first.count)
    read = list(csv.reader(io.StringIO(plain), delimiter=mark))
    if len(read) > MAX_ROWS:
        raise Invalid(fields={"table": [f"survey.targets.errors.rows|most={MAX_ROWS}"]})
    return [[cell.strip() for cell in row] for row in read if any(cell.strip() for cell in row)]


def _group_key(question: Mapping[str, Any], told: str, names: Mapping[str, str]) -> str | None:
    if question["kind"] == "number":
        band = _BAND.fullmatch(told)
        if band is None or (band[2] and int(band[1]) > int(band[2])):
            return None
        return f"{int(band[1])}-{int(band[2]) if band[2] else ''}"
    if told in option_keys(question):
        return told
    wanted = fold(" ".join(told.split()))
    return next((key for key, text in names.items() if fold(text) == wanted), None)


def _overlaps(key: str, groups: Mapping[str, Any]) -> bool:
    """Return whether a band shares an age with one that was told before; options never overlap."""
    if not re.fullmatch(r"\d+-\d*", key):
        return False
    low, high = _limits(key)
    return any(low <= _limits(other)[1] and _limits(other)[0] <= high for other in groups)


def _limits(band: str) -> tuple[float, float]:
    low, _, high = band.partition("-")
    return float(low), float(high) if high else float("inf")


def _unsound(variables: Mapping[str, Mapping[str, Any]], by_key: Mapping[str, Any]) -> Iterable[str]:
    if len(variables) > MAX_VARIABLES:
        yield f"survey.targets.errors.variables|most={MAX_VARIABLES}"
    sums = {key: sum(group["size"] for group in groups.values()) for key, groups in variables.items()}
    for key, groups in variables.items():
        if not sums[key]:
            yield f"survey.targets.errors.nobody|q={key}"
        left = set(option_keys(by_key[key])) - {OTHER} - set(groups)
        if left and by_key[key]["kind"] != "number":
            yield f"survey.targets.errors.left-out|q={key}|n={len(left)}"
    if sums and max(sums.values()) - min(sums.values()) > ROUNDING * max(sums.values()):
        told = ", ".join(f"{key}: {size}" for key, size in sums.items())
        yield f"survey.targets.errors.sums|sums={told}"


def cell_of(targets: Targets, values: Mapping[str, Any]) -> Cell:
    """Return the group of a person in each variable, "" where they did not say or no group takes them."""
    return grouping(targets)(values)


def grouping(targets: Targets) -> Callable[[Mapping[str, Any]], Cell]:
    """Return what tells the cell of many people: who says the same in each variable is looked up once."""
    variables = targets.get("variables", [])
    asked = [variable["question"] for variable in variables]
    known: dict[tuple[Any, ...], Cell] = {}

    def cell_of(values: Mapping[str, Any]) -> Cell:
        # A list is no group: an earlier version may have let people tick several.
        said = tuple(None if isinstance(value, (list, dict)) else value for value in map(values.get, asked))
        if said not in known:
            known[said] = tuple(
                _group_of(variable["groups"], value) for variable, value in zip(variables, said, strict=True)
            )
        return known[said]

    return cell_of


def _group_of(groups: list[dict[str, Any]], value: Any) -> str:
    if value is None:
        return ""
    for group in groups:
        if group["key"] == (f"{value:g}" if isinstance(value, float) else str(value)):
            return str(group["key"])
        if isinstance(value, (int, float)) and "-" in group["key"]:
            low, high = _limits(group["key"])
            # Ages are told in whole years: 25.5 is still 25.
            if low <= int(value) <= high:
                return str(group["key"])
    return ""


def thermometer(targets: Targets, cells: Mapping[Cell, int]) -> list[dict[str, Any]]:
    """Return each variable's groups with wanted, achieved, missing and excess, and the group to look for first."""
    shown = []
    for place, variable in enumerate(targets.get("variables", [])):
        total = sum(group["size"] for group in variable["groups"])
        achieved: Counter[str] = Counter()
        for cell, count in cells.items():
            achieved[cell[place]] += count
        groups = []
        for group in variable["groups"]:
            wanted, have = round(targets["goal"] * group["size"] / total), achieved[group["key"]]
            groups.append(
                {
                    **group, "wanted": wanted, "achieved": have, "missing": max(0, wanted - have),
                    "excess": max(0, have - wanted),
                    "share": min(100.0, round(100 * have / wanted, 2)) if wanted else 100,
                }
            )  # fmt: skip
        first = max(groups, key=lambda group: group["missing"])
        shown.append(
            {
                "question": variable["question"], "groups": groups, "unsaid": achieved[""],
                "first": first["name"] if first["missing"] else "",
            }
        )  # fmt: skip
    return shown


def weigh(targets: Targets, cells: Mapping[Cell, int], trim: float = 5.0) -> tuple[Raked, dict[Cell, float]]:
    """Return the weights by cell and what is to be said of them; EmptyCell for a group in which nobody answered."""
    keys = [variable["question"] for variable in targets["variables"]]
    listed = list(cells)
    answers: list[dict[str, str | None]] = [dict(zip(keys, cell, strict=True)) for cell in listed]
    wanted = {
        variable["question"]: {group["key"]: float(group["size"]) for group in variable["groups"]}
        for variable in targets["variables"]
    }
    raked = statistics.rake(answers, wanted, trim, [cells[cell] for cell in listed])
    return raked, dict(zip(listed, raked.weights, strict=True))


def empty_groups(targets: Targets, cells: Mapping[Cell, int]) -> list[EmptyCell]:
    """Return every group that has people and no answer: weights can't stand for them."""
    return [
        EmptyCell(variable["question"], group["name"])
        for place, variable in enumerate(targets["variables"])
        for group in variable["groups"]
        if group["size"] and not any(cell[place] == group["key"] for cell in cells)
    ]
