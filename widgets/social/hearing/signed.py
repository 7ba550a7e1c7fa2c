"""Messages from any program, signed as the Standard Webhooks specification says, with a body of our own."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

from marshmallow import fields, validate

from app.clock import now
from app.schemas import Strict, Text, load
from widgets.social.hearing.heard import EDITED, REMOVED, SAID, Event, Replayed, name_of
from widgets.social.register.reports import INTERACTIONS, Said
from widgets.social.service import NETWORKS

# How far the sender's clock may be from ours; what is older is a replay.
TOLERANCE = timedelta(minutes=5)
PREFIX = "whsec_"


class MessageSchema(Strict):
    """One message of a delivery."""

    id = Text(200, required=True)
    event = fields.String(load_default=SAID, validate=validate.OneOf([SAID, EDITED, REMOVED]))
    network = fields.String(required=True, validate=validate.OneOf(list(NETWORKS)))
    interaction = fields.String(load_default="comment", validate=validate.OneOf(INTERACTIONS))
    author = Text(120, load_default="")
    text = Text(20_000, required=True, multiline=True)
    link = fields.Url(schemes={"https"}, load_default="", allow_none=True)
    said_at = fields.AwareDateTime(required=True)


class DeliverySchema(Strict):
    messages = fields.List(fields.Nested(MessageSchema), required=True, validate=validate.Length(1, 500))


def is_signed(secret: str, number: str, timestamp: str, body: bytes, header: str) -> bool:
    """Return whether one of the signatures is of this number, moment and body. Source: Standard Webhooks 1.0."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return False
    made = hmac.new(key, f"{number}.{timestamp}.".encode() + body, sha256).digest()
    expected = b"v1," + base64.b64encode(made)
    return any(hmac.compare_digest(expected, one.encode("utf-8", "replace")) for one in header.split())


def refuse_old(timestamp: str) -> None:
    """Raise Replayed for a delivery that was signed too long ago, or will be."""
    try:
        far = abs(now().timestamp() - int(timestamp))
    except ValueError:
        raise Replayed from None
    if far > TOLERANCE.total_seconds():
        raise Replayed


def events(told: Any) -> Iterator[Event]:
    """Yield the messages of a delivery. Raises Invalid naming the field that is wrong; then none was taken."""
    for one in load(DeliverySchema(), told if isinstance(told, dict) else {})["messages"]:
        yield Event(
            one["event"],
            Said(
                one["network"], one["interaction"], one["author"], one["link"] or "", one["text"],
                min(one["said_at"], now()), external_id=name_of(one["network"], one["id"]),
            ),
        )  # fmt: skip
