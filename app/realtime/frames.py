"""Messages to frames and back: what we write is framed once and shared, what we read is distrusted."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from app.realtime.errors import BadMessage


class Code(IntEnum):
    """Why a socket was closed (RFC 6455 section 7.4; 4000 and above are ours)."""

    NORMAL = 1000
    UNSUPPORTED = 1003
    INVALID_TEXT = 1007
    POLICY = 1008
    TOO_BIG = 1009
    INTERNAL = 1011
    RESTART = 1012
    TRY_LATER = 1013
    NO_TOKEN = 4401
    FORBIDDEN = 4403
    TOO_LATE = 4408


PING = b"\x89\x00"


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


# Made once: json.loads and json.dumps make new ones at each call that has options.
_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def text_frame(message: Mapping[str, Any]) -> bytes:
    """Return the message as one unmasked text frame, ready for any number of sockets.

    Possible because no extension is ever negotiated, so a frame has no state of its connection. A room of
    a hundred is encoded once. Source: RFC 6455 section 5.2.
    """
    payload = _encoder.encode(message).encode()
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65536:
        return b"\x81\x7e" + struct.pack("!H", size) + payload
    return b"\x81\x7f" + struct.pack("!Q", size) + payload


def parse(text: str) -> dict[str, Any]:
    """Return the JSON object in the text, which has a `kind` and can be stored on every database.

    Raises BadMessage, whose code tells the person's widget what to say.
    """
    try:
        message = _decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise BadMessage("bad-json") from error
    if not isinstance(message, dict):
        raise BadMessage("not-an-object")
    # Half a surrogate pair cannot be encoded and PostgreSQL stores no NUL: both would surface far from here.
    if "\\u" in text and not _storable(message):
        raise BadMessage("bad-text")
    if not isinstance(message.get("kind"), str):
        raise BadMessage("no-kind")
    return message


def reference(message: Mapping[str, Any]) -> str | None:
    """Return the sender's own id of a message, by which an error frame says what it is about."""
    ref = message.get("id")
    return ref if isinstance(ref, str) and len(ref) <= 64 else None


def _storable(message: dict[str, Any]) -> bool:
    text = _encoder.encode(message)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in text
