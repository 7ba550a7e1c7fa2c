"""Shapes of what comes in and goes out, over HTTP and over sockets."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.schemas import Email, Strict, Text, one_of, receipts

CLIENT_ID = validate.Regexp(r"^[A-Za-z0-9-]{8,64}$", error="errors.invalid")
MOST_LETTERS = 4000
_NUMBER = validate.Range(0, 2**31 - 1, error="errors.invalid")


class StartSchema(Strict):
    name = Text(120, required=True)
    office = Text(3, load_default="")
    email = Email(load_default="")
    phone = Text(40, load_default="")
    rules_version = fields.Integer(load_default=0, validate=_NUMBER)
    notice_version = fields.Integer(load_default=0, validate=_NUMBER)


class SaySchema(Strict):
    kind = fields.String()
    id = fields.String(required=True, validate=CLIENT_ID)
    body = Text(MOST_LETTERS, multiline=True, load_default="")
    files = receipts()
    private = fields.Boolean(load_default=False)


class MarkSchema(Strict):
    kind = fields.String()
    id = fields.String()
    delivered = fields.Integer(load_default=0, validate=_NUMBER)
    read = fields.Integer(load_default=0, validate=_NUMBER)


class AnswerSchema(Strict):
    """A yes or a no, to a card (`ref` is its number) or to the question whether the answer satisfies."""

    kind = fields.String()
    id = fields.String(required=True, validate=CLIENT_ID)
    ref = fields.Integer(required=True, validate=_NUMBER)
    yes = fields.Boolean(required=True)


class ActSchema(Strict):
    kind = fields.String()
    id = fields.String(required=True, validate=CLIENT_ID)


def _score() -> fields.Integer:
    return fields.Integer(required=True, validate=validate.Range(1, 5, error="errors.choice"))


class RatingSchema(Strict):
    kindness = _score()
    quality = _score()
    timeliness = _score()
    competence = _score()
    comment = Text(1000, multiline=True, load_default="")
    website = fields.String(load_default="")


class TranscriptSchema(Strict):
    email = Email(required=True)


class FileSchema(Strict):
    id = fields.Integer(required=True, validate=_NUMBER)


class StateAnswer(Schema):
    state = fields.String(required=True, validate=one_of("open", "closed", "nobody"))
    opening = fields.String(required=True, metadata={"description": "When it opens next, in words; empty while open"})
    hours = fields.List(fields.String(), required=True)
    waiting = fields.Integer(required=True)
    wait = fields.String(required=True)


class StartedAnswer(Schema):
    key = fields.String(required=True)
    secret = fields.String(required=True, metadata={"description": "Opens the conversation; kept as a hash"})


class HelpAnswer(Schema):
    answers = fields.List(
        fields.Dict(), required=True, metadata={"description": "Question or title, its answer in plain text, address"}
    )


class RowsAnswer(Schema):
    rows = fields.List(fields.Dict(), required=True)


class AckAnswer(Schema):
    kind = fields.String(required=True)
    id = fields.String(required=True)
    seq = fields.Integer(required=True)


class RoomSaySchema(Strict):
    kind = fields.String()
    id = fields.String(required=True, validate=CLIENT_ID)
    body = Text(1000, multiline=True, required=True)


class RoomJoinSchema(Strict):
    name = Text(60, required=True)
    rules_version = fields.Integer(load_default=0, validate=_NUMBER)


class RoomAnswer(Schema):
    key = fields.String(required=True)
    topic = fields.String(required=True)
    about = fields.String(required=True)
    state = fields.String(required=True, validate=one_of("planned", "open", "closed"))
    approval = fields.Boolean(required=True)
    host = fields.String(required=True)
    starts = fields.String(required=True)
    ends = fields.String(required=True)


class RoomsAnswer(Schema):
    rooms = fields.List(fields.Nested(RoomAnswer), required=True)


class RoomAckAnswer(Schema):
    kind = fields.String(required=True)
    id = fields.String(required=True)
    seq = fields.Integer(required=True)
    waiting = fields.Boolean(required=True, metadata={"description": "Seen by others once an adviser let it pass"})


# The acts of an adviser, by the console


class NoteSchema(Strict):
    note = Text(1000, multiline=True, load_default="")


class TransferSchema(NoteSchema):
    office = Text(3, load_default="")
    colleague = fields.Integer(load_default=None, allow_none=True, validate=_NUMBER)


class TextSchema(Strict):
    text = Text(MOST_LETTERS, multiline=True, required=True)


class ConsultSchema(TextSchema):
    colleague = fields.Integer(required=True, validate=_NUMBER)


class EndSchema(Strict):
    reason = fields.String(required=True, validate=one_of("done", "inactive", "offence", "radicated"))


class BlockSchema(Strict):
    reason = Text(300, required=True)
    days = fields.Integer(load_default=1, validate=validate.Range(1, 30, error="errors.choice"))


class WithdrawSchema(Strict):
    ref = fields.Integer(required=True, validate=_NUMBER)
    reason = Text(300, required=True)


class CaseSchema(Strict):
    case_kind = Text(40, load_default="peticion_particular")


class RoomAnswerSchema(Strict):
    id = fields.String(required=True, validate=CLIENT_ID)
    body = Text(MOST_LETTERS, multiline=True, required=True)


class DecideSchema(Strict):
    ref = fields.Integer(required=True, validate=_NUMBER)
    approved = fields.Boolean(required=True)
    reason = Text(300, load_default="")


class SilenceSchema(Strict):
    person = fields.Integer(required=True, validate=_NUMBER)
    reason = Text(300, required=True)


class EmptySchema(Strict):
    pass


class CheckInSchema(Strict):
    most = fields.Integer(load_default=4, validate=validate.Range(1, 12, error="errors.choice"))
    checks = fields.Dict(keys=fields.String(validate=one_of("sound", "notifications", "connection")),
                         values=fields.Boolean(), load_default=dict)  # fmt: skip


class AvailableSchema(Strict):
    available = fields.Boolean(required=True)


class ShiftNoteSchema(Strict):
    body = Text(500, required=True)
    hours = fields.Integer(load_default=12, validate=validate.Range(1, 24 * 14, error="errors.choice"))
