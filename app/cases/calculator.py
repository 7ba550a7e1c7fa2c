"""The public calculator: any due date by the site's own rules, hours and calendar, explained day by day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from app.cases.deadlines import Explanation, Segment, explain, radicated_on
from app.cases.filing import say_count
from app.cases.rules import Rule
from app.cases.terms import Terms, terms_of
from app.dates import date_words, time_words
from app.embed.gate import Caller
from app.embed.pages import page, said
from app.errors import Invalid
from app.numbers import whole
from app.words import t

T = TypeVar("T")

bp = Blueprint("calculator", __name__)
FIELDS = ("received", "kind", "days", "reading", "suspended_from", "suspended_to", "extend")
# The years for which the laws on holidays are known to the engine, with room on both sides.
FIRST, LAST = 1995, 2100
MOST_DAYS = 400


@dataclass(frozen=True)
class Counted:
    """A due date with its count in words."""

    due_on: date | None
    lines: tuple[str, ...]


def kinds_of(terms: Terms) -> list[str]:
    """Return what has a term in days or months on this site, each once."""
    fits = (r for r in terms.rules if r.enabled and r.unit != "hour" and r.regime in ("general", terms.regime))
    return list(dict.fromkeys(rule.kind for rule in fits))


def count(terms: Terms, asked: Mapping[str, str], lang: str) -> Counted:
    """Return the count that was asked for; Invalid, naming each field, for what can't be counted."""
    received_at = _read(asked, "received", datetime.fromisoformat)
    if received_at is None:
        raise Invalid(fields={"received": ["errors.required"]})
    received_at = received_at.replace(tzinfo=terms.zone)
    reading = asked.get("reading") or terms.reading
    if reading not in ("A", "B"):
        raise Invalid(fields={"reading": ["errors.choice"]})
    start = radicated_on(received_at, terms.hours, terms.calendar, reading)  # type: ignore[arg-type]
    explanation = _explain(terms, asked, start)
    received = t("count.received", lang, date=date_words(received_at, lang), time=time_words(received_at, lang))
    filed = t(f"count.radicated.{reading}", lang, date=date_words(start, lang))
    return Counted(explanation.due_on, (received, filed, *say_count(explanation, lang)))


def _explain(terms: Terms, asked: Mapping[str, str], start: date) -> Explanation:
    rule, segments = _rule(terms, asked, start), []
    since, until = (_read(asked, name, date.fromisoformat) for name in ("suspended_from", "suspended_to"))
    if until is not None and since is None:
        raise Invalid(fields={"suspended_from": ["errors.required"]})
    if since is not None:
        segments.append(Segment("suspended", since, until))
    if asked.get("extend"):
        segments.append(Segment("extended", start, amount=_amount(asked, "extend")))
    try:
        found = explain(start, rule, terms.calendar, segments)
        if since is not None and found.due_on is not None and since > found.due_on:
            # A term that is over can no longer be suspended.
            raise ValueError("suspended after its end")
        return found
    except (ValueError, OverflowError) as error:
        name = "suspended_from" if since is not None else "extend"
        raise Invalid(fields={name: ["cases.calculator.errors.count"]}) from error


def _rule(terms: Terms, asked: Mapping[str, str], start: date) -> Rule:
    if asked.get("days"):
        days = _amount(asked, "days")
        return Rule("", days, t("cases.calculator.own_days", g.lang), extension_max=MOST_DAYS)
    kind = asked.get("kind", "")
    if kind not in kinds_of(terms):
        raise Invalid(fields={"kind": ["errors.choice"]})
    try:
        return terms.rule(kind, start)
    except LookupError as error:
        raise Invalid(fields={"kind": ["cases.calculator.errors.not_in_force"]}) from error


def _amount(asked: Mapping[str, str], name: str) -> int:
    number = whole(asked[name])
    if number is None or not 1 <= number <= MOST_DAYS:
        raise Invalid(fields={name: [f"cases.calculator.errors.days|most={MOST_DAYS}"]})
    return number


def _read(asked: Mapping[str, str], name: str, read: Callable[[str], T]) -> T | None:
    text = asked.get(name, "").strip()
    if not text:
        return None
    try:
        found = read(text)
    except ValueError as error:
        raise Invalid(fields={name: ["cases.calculator.errors.date"]}) from error
    if isinstance(found, date) and not FIRST <= found.year <= LAST:
        raise Invalid(fields={name: [f"cases.calculator.errors.year|first={FIRST}|last={LAST}"]})
    return found


@bp.get("/deadline")
def calculator() -> ResponseReturnValue:
    """The form and, once something was asked, the date: the question is the address, so that it can be shared."""
    caller: Caller = g.caller
    terms = terms_of(caller.site.id)
    asked = {name: request.args.get(name, "").strip()[:40] for name in FIELDS}
    values: dict[str, Any] = {**asked, "reading": asked["reading"] or terms.reading}
    found, errors = None, {}
    if any(asked.values()):
        try:
            found = count(terms, asked, g.lang)
        except Invalid as error:
            errors = said(error.fields)
    kinds = [(kind, t(f"terms.kind.{kind}", g.lang)) for kind in kinds_of(terms)]
    answer = page(
        "cases/calculator.html", values=values, errors=errors, kinds=kinds, found=found,
        due_text=date_words(found.due_on, g.lang) if found and found.due_on else "",
        labels={name: t(f"cases.calculator.{name}", g.lang) for name in FIELDS},
        readings=[(name, t(f"cases.calculator.readings.{name}", g.lang)) for name in ("A", "B")],
        query=urlencode({name: value for name, value in asked.items() if value}), reading=terms.reading,
    )  # fmt: skip
    return answer, 422 if errors else 200
