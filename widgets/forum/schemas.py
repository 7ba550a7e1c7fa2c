"""Shapes of what comes in and goes out; one schema serves the JSON API and the page without script."""

from __future__ import annotations

from marshmallow import fields

from app.schemas import Email, Strict, Text, Whole, one_of
from widgets.forum.models import BODY_LENGTH, REASONS, TITLE_LENGTH


class PostSchema(Strict):
    forum = Text(60, required=True)
    parent = Whole(load_default=None, allow_none=True)
    title = Text(TITLE_LENGTH, load_default="")
    body = Text(BODY_LENGTH, multiline=True, required=True)
    name = Text(80, load_default="")
    email = Email(load_default="")
    person = Text(64, load_default="")
    rules_version = Whole(load_default=0)
    despite_personal = fields.Boolean(load_default=False)


class OwnSchema(Strict):
    person = Text(64, required=True)
    post = Whole(required=True)


class EditSchema(OwnSchema):
    body = Text(BODY_LENGTH, multiline=True, required=True)
    despite_personal = fields.Boolean(load_default=False)


class VoteSchema(OwnSchema):
    on = fields.Boolean(load_default=True)


class FlagSchema(OwnSchema):
    reason = Text(20, required=True, validate=one_of(*REASONS))


class RadicateSchema(OwnSchema):
    email = Email(load_default="")


class MineSchema(Strict):
    person = Text(64, required=True)


class PersonSchema(Strict):
    name = Text(80, load_default="")


class FollowSchema(Strict):
    forum = Text(60, required=True)
    thread = Whole(load_default=None, allow_none=True)
    email = Email(required=True)


# What comes back, for those who read the description of the API.


class ListAnswer(Strict):
    forums = fields.List(fields.Dict())


class ForumAnswer(Strict):
    key = fields.String()
    title = fields.String()
    purpose = fields.String(metadata={"description": "Safe HTML"})
    office = fields.String()
    open = fields.Boolean()
    moderation = fields.String()
    identity = fields.String()
    may_begin = fields.Boolean()
    counts = fields.Dict(metadata={"description": "Contributions received, published, waiting, withheld by reason"})
    record = fields.Dict(allow_none=True)
    threads = fields.List(fields.Dict())
    page = fields.Integer()
    more = fields.Boolean()


class ThreadAnswer(Strict):
    forum = fields.Dict()
    title = fields.String()
    locked = fields.Boolean()
    pinned = fields.Boolean()
    post = fields.Dict(metadata={"description": "`html` is safe HTML, made when it was written"})
    replies = fields.List(fields.Dict())
    count = fields.Integer()


class CitableAnswer(Strict):
    found = fields.List(fields.Dict(), metadata={"description": "`title`, `hint` and `url` of each"})


class WrittenAnswer(Strict):
    post = fields.Integer()
    thread = fields.Integer()
    state = fields.String()
    received_at = fields.DateTime()
    petition = fields.Boolean(metadata={"description": "It reads as a petition: offer its author to file it"})
    text = fields.String()
    person = fields.String(metadata={"description": "The secret by which this browser is known again"})


class RadicatedAnswer(Strict):
    radicado = fields.String()
    code = fields.String()
    received_at = fields.DateTime()
    due_on = fields.Date(allow_none=True)
    mailed = fields.Boolean()
