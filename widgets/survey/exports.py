"""A survey's answers as rows: one a person, one column a question, an option of several, or a row of a matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, select

from app.db import db
from app.words import t
from widgets.survey import results, targets, versions
from widgets.survey.counting import tallies
from widgets.survey.definition import text_of
from widgets.survey.models import Survey, SurveyAnswer
from widgets.survey.questions import OTHER, POINTS, option_keys

CHUNK = 1_000
TEXTS = frozenset({"short", "long", "date"})


@dataclass(frozen=True)
class Column:
    """One column: how it is called, what it holds, and what its codes mean.

    `codes` are the values that an answer can have with their words, in the order of the question; their numbers in a
    file of SPSS are their places, from 1. `points` are numbers that have a word beside them.
    """

    name: str
    label: str
    kind: str
    codes: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[float, str] = field(default_factory=dict)
    read: Callable[[Mapping[str, Any]], Any] = lambda values: None
    # Where a plain answer holds it; the versions that asked it, and what the codebook says of them.
    source: str = ""
    versions: frozenset[int] = frozenset()
    asked_in: str = ""

    def of(self, version: int, values: Mapping[str, Any]) -> Any:
        """Return what one person answered here; None where their version did not ask it, or they said nothing."""
        return self.read(values) if version in self.versions else None

    def told(self, value: Any) -> Any:
        """Return a value as people read it."""
        return "" if value is None else self.codes.get(value, value) if self.codes else value

    def number(self, value: Any) -> float | None:
        """Return a value as its number; None where there is none."""
        if value is None:
            return None
        return float(list(self.codes).index(value) + 1) if self.codes else float(value)


def columns(survey: Survey, lang: str) -> list[Column]:
    """Return the columns of the answers of all versions: in the order of the newest, the older ones last."""
    found: list[Column] = []
    for one in versions.asked(survey):
        noted = "".join(f"; {number}: «{text_of(texts, lang)}»" for number, texts in one.earlier.items())
        for column in _columns_of(one.question, one.source, lang):
            # An option that a version did not offer was not refused in it: its column is blank there, not 0.
            own = column.name.removeprefix(one.name)
            asked = one.offered.get(OTHER if own == "_other" else own.removeprefix("."), one.versions)
            found.append(replace(column, source=one.source + own, versions=frozenset(asked),
                                 asked_in=versions.spans(asked) + noted))  # fmt: skip
    return found


def _columns_of(question: Mapping[str, Any], source: str, lang: str) -> Iterator[Column]:
    key, text, kind = question["key"], text_of(question.get("text"), lang), question["kind"]
    names = results.option_texts(question, lang)
    if kind == "multiple":
        said = {0.0: t("survey.page.no", lang), 1.0: t("survey.page.yes", lang)}
        for one in option_keys(question):
            yield Column(f"{key}.{one}", f"{text}: {names[one]}", kind, points=said, read=_ticked(source, one))
    elif kind == "matrix":
        for row in question["rows"]:
            label = f"{text}: {text_of(row['text'], lang)}"
            yield Column(f"{key}.{row['key']}", label, kind, names, read=_of_row(source, row["key"]))
    elif kind == "ranking":
        for one in option_keys(question):
            yield Column(f"{key}.{one}", f"{text}: {names[one]}", kind, read=_place(source, one))
    elif kind == "file":
        yield Column(key, text, kind, read=_how_many(source))
    elif kind in POINTS:
        # A scale's numbers speak for themselves.
        words = {} if kind == "scale" else {float(point): word for point, word in names.items()}
        yield Column(key, text, kind, points=words, read=_plain(source))
    else:
        codes = names if kind in ("single", "place", "yes_no") else {}
        yield Column(key, text, kind, codes, read=_plain(source))
    if question.get("other"):
        yield Column(f"{key}_other", f"{text}: {names['other']}", "short", read=_plain(f"{source}_other"))


def _plain(key: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda values: values.get(key)


def _ticked(key: str, option: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda values: int(option in values[key]) if key in values else None


def _of_row(key: str, row: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda values: (values.get(key) or {}).get(row)


def _place(key: str, option: str) -> Callable[[Mapping[str, Any]], Any]:
    def read(values: Mapping[str, Any]) -> int | None:
        ranked = values.get(key) or []
        return ranked.index(option) + 1 if option in ranked else None

    return read


def _how_many(key: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda values: len(values[key]) if key in values else None


@dataclass(frozen=True)
class Line:
    """What is told of one person beside their answers: nothing that leads back to them, the day and not the hour."""

    number: int
    channel: str
    version: int
    day: str
    weight: float | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Span:
    """The answers that a file holds: those up to one, whatever comes while it is made."""

    last_id: int
    count: int


def span_of(survey_id: int) -> Span:
    query = select(func.coalesce(func.max(SurveyAnswer.id), 0), func.count()).where(SurveyAnswer.survey_id == survey_id)
    last, count = db.session.execute(query).one()
    return Span(int(last), int(count))


def weights_of(survey: Survey) -> Callable[[Mapping[str, Any]], float | None] | None:
    """Return what gives an answer its weight; None where the survey has no targets, or an empty group forbids them."""
    weighed = results.weighing(survey, tallies(survey))
    if weighed is None or weighed.raked is None:
        return None
    wanted, cells = survey.targets, dict(weighed.cells)
    return lambda values: cells.get(targets.cell_of(wanted, values))


def lines(survey_id: int, span: Span, weight: Callable[[Mapping[str, Any]], float | None] | None) -> Iterator[Line]:
    """Yield a line a person, read in chunks between which no transaction stays open."""
    number = last = 0
    while True:
        query = (
            select(SurveyAnswer.id, SurveyAnswer.channel, SurveyAnswer.version, SurveyAnswer.at, SurveyAnswer.values)
            .where(SurveyAnswer.survey_id == survey_id, SurveyAnswer.id > last, SurveyAnswer.id <= span.last_id)
            .order_by(SurveyAnswer.id)
            .limit(CHUNK)
        )
        found = db.session.execute(query).all()
        db.session.rollback()
        if not found:
            return
        for answer_id, channel, version, at, values in found:
            number, last = number + 1, answer_id
            yield Line(number, channel, version, at.date().isoformat(), weight(values) if weight else None, values)
