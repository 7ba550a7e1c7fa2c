"""What a survey must be before it is opened: whole, answerable, without loops or questions that nobody can reach."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from widgets.survey.branching import BadExpression, asked_of, check_shape, shown
from widgets.survey.questions import CHOICES, KINDS, LIKERT, option_keys

MAX_QUESTIONS = 200
MAX_OPTIONS = 300
# Assignments tried when looking for questions that no answer leads to; above it the check is left to the preview.
MAX_ASSIGNMENTS = 50_000
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
        elif test in ("is", "has") and option_keys(by_key[asked]) and str(value) not in option_keys(by_key[asked]):
            yield Problem("survey.errors.deleted-option", place)


def unreachable(definition: Mapping[str, Any]) -> list[str]:
    """Return the questions that no combination of answers brings into view, in order.

    Every combination of the answers that some condition looks at is tried: options as they are, numbers around the
    limits that are tested. Above MAX_ASSIGNMENTS combinations nothing is said, since a guess would be worse.
    """
    domains = _domains(definition)
    count = 1
    for values in domains.values():
        count *= len(values)
        if count > MAX_ASSIGNMENTS:
            return []
    reached: set[str] = set()
    everything = [question["key"] for question in questions_of(definition)]
    for combination in product(*domains.values()):
        reached |= {question["key"] for question in shown(definition, dict(zip(domains, combination, strict=True)))}
        if len(reached) == len(everything):
            return []
    return [key for key in everything if key not in reached]


def _domains(definition: Mapping[str, Any]) -> dict[str, list[Any]]:
    by_key = {question["key"]: question for question in questions_of(definition)}
    domains: dict[str, list[Any]] = {}
    trees = [one.get("show_if") or {} for section in definition["sections"] for one in (section, *section["questions"])]
    for tree in trees:
        for asked, test, value in asked_of(tree):
            question = by_key[asked]
            values = domains.setdefault(asked, [None])
            options: list[Any] = list(option_keys(question))
            if question["kind"] == "number" and test in ("at_least", "at_most", "is"):
                options = _around(question, float(value))
            elif question["kind"] == "multiple":
                # Two tests on one question need answers that tick both.
                options = [[option] for option in options] + [list(options)]
            elif not options:
                options = [value if value is not None else "x"]
            values += [option for option in options if option not in values]
    return domains


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
