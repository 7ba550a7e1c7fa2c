"""When a question is shown: a small expression tree over earlier answers, evaluated here and never as code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 6
GROUPS = ("all", "any", "not")
TESTS = ("is", "has", "at_least", "at_most", "answered")


class BadExpression(ValueError):
    """The tree has a node that is not of the language; the message is a key of the catalogue."""


def check_shape(tree: Any, depth: int = 0) -> None:
    """Raise BadExpression unless the tree is {} or made of groups and tests, no deeper than MAX_DEPTH.

    {"op": "all" | "any" | "not", "of": [tree, …]} or {"op": test, "q": question, "v": value}.
    """
    if tree == {}:
        return
    if not isinstance(tree, dict) or depth > MAX_DEPTH:
        raise BadExpression("survey.errors.expression")
    if tree.get("op") in GROUPS and isinstance(tree.get("of"), list) and tree["of"] and set(tree) == {"op", "of"}:
        for branch in tree["of"]:
            check_shape(branch, depth + 1)
        return
    known = tree.get("op") in TESTS and isinstance(tree.get("q"), str) and set(tree) <= {"op", "q", "v"}
    if not known or isinstance(tree.get("v"), (dict, list)):
        raise BadExpression("survey.errors.expression")


def asked_of(tree: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield (question, test, value) of every test in the tree."""
    if "of" in tree:
        for branch in tree["of"]:
            yield from asked_of(branch)
    elif tree:
        yield tree["q"], tree["op"], tree.get("v")


def holds(tree: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    """Return whether the tree holds for these answers; an empty tree always does, an unanswered test never."""
    if not tree:
        return True
    operator = tree["op"]
    if operator == "all":
        return all(holds(branch, answers) for branch in tree["of"])
    if operator == "any":
        return any(holds(branch, answers) for branch in tree["of"])
    if operator == "not":
        return not any(holds(branch, answers) for branch in tree["of"])
    return _test(operator, answers.get(tree["q"]), tree.get("v"))


def _test(operator: str, given: Any, wanted: Any) -> bool:
    if given is None or given == "" or given == []:
        return False
    if operator == "answered":
        return True
    if operator == "is":
        return str(given) == str(wanted)
    if operator == "has":
        return str(wanted) in [str(one) for one in given] if isinstance(given, list) else str(given) == str(wanted)
    try:
        left, right = float(given), float(wanted)
    except (TypeError, ValueError):
        return False
    return left >= right if operator == "at_least" else left <= right


def shown(definition: Mapping[str, Any], answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the questions that these answers bring into view, in order.

    An answer to a question that is itself hidden counts for nothing further down.
    """
    visible: list[dict[str, Any]] = []
    counted: dict[str, Any] = {}
    for section in definition["sections"]:
        if not holds(section.get("show_if") or {}, counted):
            continue
        for question in section["questions"]:
            if holds(question.get("show_if") or {}, counted):
                visible.append(question)
                if question["key"] in answers:
                    counted[question["key"]] = answers[question["key"]]
    return visible
