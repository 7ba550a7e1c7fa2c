"""A count in words, for the acknowledgement, the case page and the command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from app.cases.deadlines import CountedDay, Explanation
from app.cases.rules import Rule
from app.dates import date_words
from app.sites.calendar import public_holidays

Words = Mapping[str, Any]


def count_lines(explanation: Explanation, words: Words, language: str = "es") -> Iterator[str]:
    """Yield the rule, each day and the end; `words` is the "count" part of the catalogue of that language."""
    yield rule_words(explanation.rule, words)
    for row in explanation.days:
        yield day_words(row, words, language)
    yield due_words(explanation, words, language)


def rule_words(rule: Rule, words: Words) -> str:
    """Return "Término: 15 días hábiles. Norma: …"."""
    forms = words["term"][rule.unit]
    term = forms["one" if rule.days == 1 else "other"].format(days=rule.days)
    return str(words["rule"]).format(term=term, citation=rule.citation)


def day_words(row: CountedDay, words: Words, language: str = "es") -> str:
    """Return one line of the count: "martes 8 de diciembre de 2026: no cuenta, es festivo (Navidad)"."""
    params = dict(row.params)
    if row.key == "holiday":
        params["name"] = _holiday_name(row.day, params["name"], language)
    if "cause" in params:
        params["cause"] = words["cause"].get(params["cause"], params["cause"])
    return str(words["day"][row.key]).format(date=date_words(row.day, language), n=row.n, **params)


def due_words(explanation: Explanation, words: Words, language: str = "es") -> str:
    """Return the sentence of the end, or that the clock stands still and what is left."""
    if explanation.due_on is None:
        forms = words["suspended"]
        return str(forms["one" if explanation.remaining == 1 else "other"]).format(days=explanation.remaining)
    return str(words["due"]).format(date=date_words(explanation.due_on, language))


def kept_words(explanation: Explanation, due_on: date | None, words: Words, language: str = "es") -> str:
    """Return why the date of a case is not the one counted here: it was met or missed before something changed."""
    if due_on is None or explanation.due_on in (None, due_on):
        return ""
    return str(words["kept"]).format(date=date_words(due_on, language))


def told_as(kind: str, event: Mapping[str, Any]) -> str:
    """Return the name of the text that tells an event: a clock beside the answer's moves another date."""
    return "recomputed_beside" if kind == "recomputed" and event.get("clock") else kind


def moved_words(event: Mapping[str, Any], words: Words, language: str = "es") -> str:
    """Return the old and the new date that an event of a case holds; "" where it moved none."""
    try:
        old, new = (date_words(date.fromisoformat(event[name]), language) for name in ("old", "new"))
    except (KeyError, TypeError, ValueError):
        return ""
    return str(words["moved"]).format(old=old, new=new) if old != new else ""


def _holiday_name(day: date, name: str, language: str) -> str:
    return name if language == "es" else public_holidays(day.year, "CO", language).get(day, name)
