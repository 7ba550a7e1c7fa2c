"""Shapes of what comes in."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas import Strict, Text


class SeenSchema(Strict):
    """What a person ended up asking, and what they opened of it, if they did."""

    query = Text(400, required=True)
    found = fields.Integer(load_default=0, validate=validate.Range(0, 1_000_000, error="errors.invalid"))
    opened = fields.Boolean(load_default=False)


def _pieces() -> fields.List:
    return fields.List(fields.List(fields.Raw()), metadata={"description": "Plain text in pieces: [text, marked]"})


class HitAnswer(Schema):
    id = fields.String(required=True)
    kind = fields.String(required=True)
    kind_title = fields.String(required=True)
    title = _pieces()
    url = fields.String(required=True)
    snippet = _pieces()
    promoted = fields.Boolean(required=True)


class ResultsAnswer(Schema):
    """A page of results; the query is `q`, a kind `kind`, a page `page`."""

    query = fields.String(required=True)
    kind = fields.String(required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    total = fields.Integer(required=True)
    text = fields.String(required=True)
    relaxed = fields.Boolean(required=True)
    did_you_mean = fields.String(required=True, allow_none=True)
    facets = fields.List(fields.Dict(), required=True)
    hits = fields.List(fields.Nested(HitAnswer), required=True)


class QuestionAnswer(Schema):
    title = fields.String(required=True)
    text = fields.String(required=True)
    url = fields.String(required=True)


class QuestionsAnswer(Schema):
    questions = fields.List(fields.Nested(QuestionAnswer), required=True)


class QuickAnswer(Schema):
    total = fields.Integer(required=True)
    text = fields.String(required=True)
    did_you_mean = fields.String(required=True, allow_none=True)
    groups = fields.List(fields.Dict(), required=True)
    suggestions = fields.List(fields.String(), required=True)
