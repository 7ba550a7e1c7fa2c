"""Messages from any program, signed as the Standard Webhooks specification says, with a body of our own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import fields, validate

from app.clock import now
from app.schemas import Strict, Text, load, one_of
from widgets.social.hearing.heard import EDITED, REMOVED, SAID, Event, name_of
from widgets.social.register.reports import INTERACTIONS, Said
from widgets.social.service import NETWORKS


class MessageSchema(Strict):
    """One message of a delivery."""

    id = Text(200, required=True)
    event = fields.String(load_default=SAID, validate=one_of(SAID, EDITED, REMOVED))
    network = fields.String(required=True, validate=one_of(*NETWORKS))
    interaction = fields.String(load_default="comment", validate=one_of(*INTERACTIONS))
    author = Text(120, load_default="")
    text = Text(20_000, required=True, multiline=True)
    link = fields.Url(schemes={"https"}, load_default="", allow_none=True)
    said_at = fields.AwareDateTime(required=True)


class DeliverySchema(Strict):
    messages = fields.List(
        fields.Nested(MessageSchema), required=True, validate=validate.Length(1, 500, error="social.hooks.how_many")
    )


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
