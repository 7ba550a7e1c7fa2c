"""Shapes of what comes in; one schema serves the JSON API and the page without script."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas import Email, Strict, one_of
from widgets.subscribe.models import FREQUENCIES


def _topics() -> fields.List:
    return fields.List(
        fields.Integer(validate=validate.Range(1, error="errors.invalid")),
        validate=validate.Length(max=100, error="errors.invalid"),
        load_default=list,
    )


class RequestSchema(Strict):
    email = Email(required=True)
    topics = _topics()
    frequency = fields.String(load_default="immediate", validate=one_of(*FREQUENCIES))
    notice_version = fields.Integer(load_default=0)


class ChoiceSchema(Strict):
    """What a subscriber chooses on the page of preferences."""

    topics = _topics()
    frequency = fields.String(required=True, validate=one_of(*FREQUENCIES))


class OptionsSchema(Strict):
    """What a site may set: the hour of its digests in its own zone, and the weekday of the weekly one (0: Monday)."""

    hour = fields.Integer(load_default=7, validate=validate.Range(0, 23, error="errors.invalid"))
    weekday = fields.Integer(load_default=0, validate=validate.Range(0, 6, error="errors.invalid"))


class AskedAnswer(Schema):
    text = fields.String(required=True, metadata={"description": "For people; the same whoever is subscribed already"})
