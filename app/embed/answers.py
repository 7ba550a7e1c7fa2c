"""Shapes of what the trunk's own public addresses give back; the document for integrators is made from them."""

from __future__ import annotations

from marshmallow import Schema, fields


class FileAnswer(Schema):
    name = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    token = fields.String(metadata={"description": "What POST /cases/file asks for"})


class UploadAnswer(FileAnswer):
    receipt = fields.String(required=True, metadata={"description": "Goes into `files` of a submission"})


class TokenAnswer(Schema):
    token = fields.String(required=True)
    expires_s = fields.Integer(required=True)


class BootAnswer(Schema):
    site = fields.Dict(required=True)
    widgets = fields.Dict(required=True, metadata={"description": "By name: title, help, rules of use, options"})


class OffersAnswer(Schema):
    offers = fields.List(
        fields.Dict(), required=True, metadata={"description": "widget, key, title, url of each: a survey after a chat"}
    )


class MessageAnswer(Schema):
    author = fields.String(required=True, metadata={"enum": ["person", "staff"]})
    kind = fields.String()
    subject = fields.String()
    body = fields.String(required=True)
    next_step = fields.String()
    at = fields.String(required=True, metadata={"format": "date-time"})
    at_text = fields.String()
    files = fields.List(fields.Nested(FileAnswer))


class CaseAnswer(Schema):
    """A case as its filer sees it."""

    radicado = fields.String(required=True)
    kind_title = fields.String(required=True)
    subject = fields.String(required=True)
    body = fields.String(required=True)
    state = fields.String(required=True)
    state_text = fields.String(required=True)
    office = fields.String(required=True)
    received_at = fields.String(required=True, metadata={"format": "date-time"})
    radicated_on = fields.String(required=True, metadata={"format": "date"})
    due_on = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    count = fields.List(fields.String(), required=True)
    files = fields.List(fields.Nested(FileAnswer), required=True)
    timeline = fields.List(fields.Dict(), required=True)
    messages = fields.List(fields.Nested(MessageAnswer), required=True)
    can = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)
    late = fields.String(required=True, metadata={"description": "What the person may do now that the term has passed"})
    request = fields.Dict(
        required=True, allow_none=True, metadata={"description": "What the entity waits for, and until when"}
    )
    linked = fields.List(
        fields.Dict(),
        required=True,
        metadata={"description": "Appeals, insistences and parts sent elsewhere: radicado, text, state_text of each"},
    )
    offers = fields.List(
        fields.Dict(), metadata={"description": "Surveys for who was answered: widget, key, title, url of each"}
    )
    rating = fields.Integer(required=True, allow_none=True)


class FiledAnswer(Schema):
    """The acknowledgement of a PQRSD."""

    radicado = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Tracking code; told once, kept as a keyed hash"})
    kind_title = fields.String(required=True)
    received_at = fields.String(required=True, metadata={"format": "date-time"})
    radicated_on = fields.String(required=True, metadata={"format": "date"})
    due_on = fields.String(required=True, metadata={"format": "date"})
    rule = fields.Dict(required=True)
    count = fields.List(fields.String(), required=True)
    files = fields.List(fields.Nested(FileAnswer), required=True)
    failed_files = fields.List(fields.Dict(), required=True)
    missing = fields.List(fields.Dict(), required=True)
    mailed = fields.Boolean(required=True)
    text = fields.Dict(required=True)
