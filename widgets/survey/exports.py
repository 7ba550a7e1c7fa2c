"""A survey's answers as rows: one a person, one column a question, an option of several, or a row of a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from app.db import db
from widgets.survey import results, service
from widgets.survey.definition import questions_of, text_of
from widgets.survey.models import Survey, SurveyAnswer
from widgets.survey.questions import option_keys


def columns(survey: Survey, lang: str) -> list[tuple[str, str]]:
    """Return (name, what it holds) of each column after number, channel, version and day."""
    found: list[tuple[str, str]] = []
    for question in questions_of(service.definition_of(survey)):
        key, text = question["key"], text_of(question.get("text"), lang)
        names = results.option_texts(question, lang)
        if question["kind"] == "multiple":
            found += [(f"{key}.{option}", f"{text}: {names[option]}") for option in option_keys(question)]
        elif question["kind"] == "matrix":
            found += [(f"{key}.{row['key']}", f"{text}: {text_of(row['text'], lang)}") for row in question["rows"]]
        elif question["kind"] == "ranking":
            found += [(f"{key}.{option}", f"{text}: {names[option]}") for option in option_keys(question)]
        else:
            found.append((key, text))
        if question.get("other"):
            found.append((f"{key}_other", f"{text}: {names['other']}"))
    return found


def rows(survey: Survey, lang: str) -> Iterator[list[Any]]:
    """Yield a row a person, without anything that leads back to them: the day, not the hour."""
    definition = service.definition_of(survey)
    by_key = {question["key"]: question for question in questions_of(definition)}
    names = [name for name, _ in columns(survey, lang)]
    query = (
        select(SurveyAnswer.channel, SurveyAnswer.version, SurveyAnswer.at, SurveyAnswer.values)
        .where(SurveyAnswer.survey_id == survey.id)
        .order_by(SurveyAnswer.id)
        .execution_options(yield_per=1000)
    )
    for number, (channel, version, at, values) in enumerate(db.session.execute(query), 1):
        cells = [_cell(by_key, name, values, lang) for name in names]
        yield [number, channel, version, at.date().isoformat(), *cells]


def _cell(by_key: Mapping[str, Any], name: str, values: Mapping[str, Any], lang: str) -> Any:
    key, _, part = name.partition(".")
    if name.endswith("_other"):
        return values.get(name, "")
    value, question = values.get(key), by_key[key]
    if value is None:
        return ""
    texts = results.option_texts(question, lang)
    if question["kind"] == "multiple":
        return int(part in value)
    if question["kind"] == "matrix":
        return texts.get(value.get(part, ""), "")
    if question["kind"] == "ranking":
        return value.index(part) + 1 if part in value else ""
    if question["kind"] == "file":
        return len(value)
    if question["kind"] in ("single", "place", "yes_no"):
        return texts.get(value, value)
    return value
