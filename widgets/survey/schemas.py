"""Shapes of what comes in; the answers themselves are read by their questions (widgets.survey.questions)."""

from __future__ import annotations

from marshmallow import fields, validate

from app.schemas import Email, Strict, Text, Whole


class AnswerSchema(Strict):
    survey = Text(60, required=True)
    version = Whole(required=True, strict=True)
    answers = fields.Dict(
        keys=Text(80), required=True, validate=validate.Length(max=500, error="survey.errors.too-many-questions")
    )
    device = Text(64, load_default="")
    code = Text(64, load_default="")
    document = Text(40, load_default="")
    skip_soft = fields.Boolean(load_default=False)


class FollowSchema(Strict):
    survey = Text(60, required=True)
    email = Email(required=True)


# What comes back, for those who read the description of the API.


class ListAnswer(Strict):
    surveys = fields.List(fields.Dict())


class SurveyAnswer(Strict):
    key = fields.String()
    lang = fields.String(metadata={"description": "The language of its questions"})
    languages = fields.List(fields.Dict(), metadata={"description": "Others in which it is asked: code, name"})
    title = fields.String()
    purpose = fields.String()
    version = fields.Integer()
    level = fields.String(metadata={"description": "How each person counts once: open, browser, codes, document"})
    pace = fields.String()
    open = fields.Boolean()
    opens_at = fields.DateTime(allow_none=True)
    closes_at = fields.DateTime(allow_none=True)
    results = fields.Boolean(metadata={"description": "Whether anyone may read the results"})
    sections = fields.List(fields.Dict())
    record = fields.Dict(allow_none=True, metadata={"description": "The closing record, once it is public"})


class ResultsAnswer(Strict):
    key = fields.String()
    sheet = fields.Dict(metadata={"description": "The ficha técnica: word, n, margin or null, notice, lines"})
    questions = fields.List(fields.Dict(), metadata={"description": "Counts with small cells hidden"})


class TakenAnswer(Strict):
    received_at = fields.DateTime()
    text = fields.String()
    results = fields.Boolean()
