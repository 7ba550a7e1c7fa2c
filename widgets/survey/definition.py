"""What a survey must be before it is opened: whole, answerable, without loops or questions that nobody can reach."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Any

from widgets.survey.branching import BadExpression, asked_of, check_shape, shown
from widgets.survey.questions import CHOICES, KINDS, LIKERT, option_keys

MAX_QUESTIONS = 200
MAX_OPTIONS = 300
# Assignments tried when looking for questions that no answer leads to; above it the check is left to the preview.
MAX_ASSIGNMENTS = 50_000
# Of so many options that conditions name every set is tried.
MAX_TOGETHER = 8
INFINITY = float("inf")
_KEY = re.compile(r"[a-z][a-z0-9]{0,11}")
# Ley 2494 de 2025 binds polls about candidates and voting intention: registered firms, margins, microdata.
_POLITICAL = re.compile(
    r"\b(intenci[oó]n de voto|candidat[oa]s?|por qui[eé]n vot|votar[ií]a|elecci[oó]n(?:es)? (?:presidencial|de alcald)"
    r"|partido pol[ií]tico|imagen favorable)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Problem:
    """What stands in the way of opening, and where: `question` is a key or "" for the whole survey."""

    message_key: str
    question: str = ""


def questions_of(definition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for section in definition.get("sections", []):
        yield from section["questions"]


def text_of(texts: Mapping[str, str] | None, lang: str, else_lang: str = "es") -> str:
    """Return a text in a language, else in the other one, or in the one that there is."""
    texts = texts or {}
    return texts.get(lang) or texts.get(else_lang) or texts.get("es") or next(iter(texts.values()), "")


def problems(definition: Mapping[str, Any]) -> list[Problem]:
    """Return everything that keeps the survey from being opened; [] when it may."""
    listed = list(questions_of(definition))
    found: list[Problem] = []
    if not listed:
        found.append(Problem("survey.errors.no-questions"))
    if len(listed) > MAX_QUESTIONS:
        return [Problem("survey.errors.too-many-questions")]
    keys = [question["key"] for question in listed]
    found += [Problem("survey.errors.key-twice", key) for key in sorted({k for k in keys if keys.count(k) > 1})]
    for question in listed:
        found += [Problem(message, question["key"]) for message in _question_problems(question)]
    files = [question["key"] for question in listed if question["kind"] == "file"]
    found += [Problem("survey.errors.one-file", key) for key in files[1:]]
    if not found:
        found += _branch_problems(definition)
    if not found:
        found += [Problem("survey.errors.unreachable", key) for key in unreachable(definition)]
    return found


def _question_problems(question: Mapping[str, Any]) -> Iterator[str]:
    if question["kind"] not in KINDS or not _KEY.fullmatch(question["key"]):
        yield "survey.errors.kind"
        return
    if not text_of(question.get("text"), "es"):
        yield "survey.errors.no-text"
    options = question.get("options") or []
    if question.get("from_site"):
        if not options:
            yield "survey.errors.no-places"
    elif question["kind"] in (*CHOICES, "matrix") and not 2 <= len(options) <= MAX_OPTIONS:
        yield "survey.errors.options"
    if len({option["key"] for option in options}) != len(options):
        yield "survey.errors.key-twice"
    if question["kind"] == "matrix" and not 1 <= len(question.get("rows") or []) <= 30:
        yield "survey.errors.rows"
    if question["kind"] == "likert" and question.get("labels") not in LIKERT:
        yield "survey.errors.labels"
    low, high = question.get("low"), question.get("high")
    if low is not None and high is not None and low > high:
        yield "survey.errors.range-order"


def _branch_problems(definition: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the conditions.

    A condition may look at earlier questions only. One that looks at itself or ahead makes a loop, since the question
    ahead may be waiting for this one.
    """
    by_key = {question["key"]: question for question in questions_of(definition)}
    before: set[str] = set()
    for section in definition["sections"]:
        first = section["questions"][0]["key"] if section["questions"] else ""
        yield from _tree_problems(section.get("show_if") or {}, first, by_key, before)
        for question in section["questions"]:
            yield from _tree_problems(question.get("show_if") or {}, question["key"], by_key, before)
            before.add(question["key"])


def _tree_problems(tree: Any, place: str, by_key: Mapping[str, Any], before: set[str]) -> Iterator[Problem]:
    try:
        check_shape(tree)
    except BadExpression as error:
        yield Problem(str(error), place)
        return
    for asked, test, value in asked_of(tree):
        if asked not in by_key:
            yield Problem("survey.errors.deleted-question", place)
        elif asked not in before:
            yield Problem("survey.errors.loop", place)
        elif (test in ("at_least", "at_most") or by_key[asked]["kind"] == "number") and not _fits(test, value):
            yield Problem("survey.errors.expression", place)
        elif test in ("is", "has") and option_keys(by_key[asked]) and str(value) not in option_keys(by_key[asked]):
            yield Problem("survey.errors.deleted-option", place)


def _fits(test: str, value: Any) -> bool:
    """Return whether a number can be compared with this."""
    try:
        return test == "answered" or math.isfinite(float(value))
    except (TypeError, ValueError):
        return False


def unreachable(definition: Mapping[str, Any]) -> list[str]:
    """Return the questions that no combination of answers brings into view, in order.

    For each, every combination of the answers on which it depends is tried: options that a condition names and one
    that none names, numbers around the limits that are tested. Of a question that would take more tries than are left
    of MAX_ASSIGNMENTS nothing is said, since a guess would be worse.
    """
    domains, needs = _domains(definition), _needs(definition)
    left, lost = MAX_ASSIGNMENTS, []
    for key, asked in needs.items():
        part = _part(definition, {key, *asked})
        for combination in product(*(domains[one] for one in asked)):
            left -= 1
            # Several are held as what can be told apart by a set, and answered as a list.
            given = {one: list(v) if isinstance(v, tuple) else v for one, v in zip(asked, combination, strict=True)}
            if left < 0 or any(question["key"] == key for question in shown(part, given)):
                break
        else:
            lost.append(key)
    return lost


def _needs(definition: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return by question whose answers decide on it, directly or through another question; earlier ones alone may."""
    found: dict[str, list[str]] = {}
    for section in definition["sections"]:
        for question in section["questions"]:
            trees = (section.get("show_if") or {}, question.get("show_if") or {})
            direct = [asked for tree in trees for asked, _, _ in asked_of(tree)]
            needed = [*direct, *(further for asked in direct for further in found[asked])]
            found[question["key"]] = list(dict.fromkeys(needed))
    return found


def _part(definition: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    """Return the definition with these questions alone."""
    sections = [
        {**section, "questions": [question for question in section["questions"] if question["key"] in keys]}
        for section in definition["sections"]
    ]
    return {"sections": sections}


def _domains(definition: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the answers worth trying of each question that a condition looks at, what it asks for before the rest."""
    tests: dict[str, list[tuple[str, Any]]] = {}
    for one in [one for section in definition["sections"] for one in (section, *section["questions"])]:
        for asked, test, value in asked_of(one.get("show_if") or {}):
            tests.setdefault(asked, []).append((test, value))
    by_key = {question["key"]: question for question in questions_of(definition)}
    return {key: [*dict.fromkeys(_worth_trying(by_key[key], made)), None] for key, made in tests.items()}


def _worth_trying(question: Mapping[str, Any], tests: list[tuple[str, Any]]) -> Iterator[Any]:
    options, named = option_keys(question), {str(value) for test, value in tests if test in ("is", "has")}
    if question["kind"] == "number":
        for test, value in tests:
            yield from (question.get("low") or 0,) if test == "answered" else _around(question, float(value))
    elif question["kind"] in ("multiple", "ranking"):
        wanted = [option for option in options if option in named] or options[:1]
        most = min(question.get("most") or len(wanted), len(wanted))
        for size in range(most, 0, -1) if len(wanted) <= MAX_TOGETHER else (most, 2, 1):
            yield from islice(combinations(wanted, size), MAX_ASSIGNMENTS)
        yield from combinations([option for option in options if option not in named], 1)
    elif any(test in ("at_least", "at_most") for test, _ in tests):
        yield from options
    elif options:
        yield from (option for option in options if option in named)
        yield from [option for option in options if option not in named][:1]
    else:
        yield from named or ("x",)


def _around(question: Mapping[str, Any], limit: float) -> list[Any]:
    """Return the numbers on either side of a limit that the question takes at all."""
    low = -INFINITY if question.get("low") is None else question["low"]
    high = INFINITY if question.get("high") is None else question["high"]
    return [number for number in (limit - 1, limit, limit + 1) if low <= number <= high]


def political(definition: Mapping[str, Any], title: str = "") -> list[str]:
    """Return the keys of questions about candidates or voting intention ("" for the title).

    Source: Ley 2494 de 2025, which binds such polls; the staff are warned, a person decides.
    """
    asked = [("", title)] + [
        (question["key"], " ".join((question.get("text") or {}).values())) for question in questions_of(definition)
    ]
    return [key for key, text in asked if _POLITICAL.search(text)]


def for_person(definition: Mapping[str, Any], lang: str, else_lang: str = "es") -> list[dict[str, Any]]:
    """Return the sections in one language, as the element and the page draw them; what it lacks is in the other one."""
    return [
        {
            "key": section["key"],
            "title": text_of(section.get("title"), lang, else_lang),
            "help": text_of(section.get("help"), lang, else_lang),
            "show_if": section.get("show_if") or {},
            "questions": [_question_in(question, lang, else_lang) for question in section["questions"]],
        }
        for section in definition["sections"]
    ]


def _question_in(question: Mapping[str, Any], lang: str, else_lang: str) -> dict[str, Any]:
    out = {name: value for name, value in question.items() if name not in ("text", "help", "options", "rows", "words")}
    out["text"] = text_of(question.get("text"), lang, else_lang)
    out["help"] = text_of(question.get("help"), lang, else_lang)
    # The house's own words come with the element; only what stands for them in a further language is sent.
    if words := {value: texts[lang] for value, texts in (question.get("words") or {}).items() if texts.get(lang)}:
        out["words"] = words
    for name in ("options", "rows"):
        if question.get(name):
            out[name] = [{"key": one["key"], "text": text_of(one["text"], lang, else_lang)} for one in question[name]]
    return out
