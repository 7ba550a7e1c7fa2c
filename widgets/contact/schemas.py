"""Shapes of what comes in and goes out; one schema serves the JSON API and the page without script."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.embed.answers import MessageAnswer
from app.schemas import Email, Strict, Text, Whole, receipts


class MessageSchema(Strict):
    office = Text(3, load_default="")
    name = Text(200, required=True)
    email = Email(required=True)
    phone = Text(40, load_default="")
    subject = Text(120, required=True)
    body = Text(20_000, multiline=True, required=True)
    files = receipts()
    notice_version = Whole(load_default=0)


class ThreadSchema(Strict):
    reference = Text(20, required=True)
    code = Text(64, required=True)


class ReplySchema(ThreadSchema):
    body = Text(20_000, multiline=True, required=True)
    files = receipts()


class FileSchema(ThreadSchema):
    token = Text(20, required=True)


class SentAnswer(Schema):
    reference = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Opens the thread; told once, kept as a keyed hash"})
    received_at = fields.String(required=True, metadata={"format": "date-time"})
    text = fields.String(required=True)


class ThreadAnswer(Schema):
    reference = fields.String(required=True)
    subject = fields.String(required=True)
    office = fields.String(required=True)
    state = fields.String(required=True)
    state_text = fields.String(required=True)
    radicado = fields.String(required=True, metadata={"description": "Of the case that it has become, or empty"})
    next = fields.String(required=True)
    messages = fields.List(fields.Nested(MessageAnswer), required=True)
