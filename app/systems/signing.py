"""Requests between systems, signed as Standard Webhooks 1.0 says: those that we send, and those that we take.

Source: https://www.standardwebhooks.com/ ("Webhook metadata", "Signature scheme").
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256

from app.clock import now

PREFIX = "whsec_"
HEADERS = NUMBER, MOMENT, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
# How far the sender's clock may be from ours; what is older is a replay.
TOLERANCE = timedelta(minutes=5)


def make_secret() -> str:
    return as_secret(secrets.token_bytes(24))


def as_secret(key: bytes) -> str:
    """Return a key of 24 to 64 bytes as the other side gets it."""
    return PREFIX + base64.b64encode(key).decode()


def headers_of(secret: str, number: str, body: bytes) -> dict[str, str]:
    """Return the three headers of a request: its number stays the same each time it is tried, the moment does not."""
    timestamp = str(int(now().timestamp()))
    return {NUMBER: number, MOMENT: timestamp, SIGNATURE: _sign(secret, number, timestamp, body)}


def is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether one of the signatures is of this number, moment and body; how old it is, `is_fresh` tells."""
    number, timestamp = headers.get(NUMBER, ""), headers.get(MOMENT, "")
    try:
        expected = _sign(secret, number, timestamp, body).encode()
    except binascii.Error:
        return False
    given = headers.get(SIGNATURE, "").split()
    return bool(number) and any(hmac.compare_digest(expected, one.encode("utf-8", "replace")) for one in given)


def is_fresh(headers: Mapping[str, str]) -> bool:
    """Return whether it was signed a moment ago, and not in the future."""
    try:
        far = abs(now().timestamp() - int(headers.get(MOMENT, "")))
    except ValueError:
        return False
    return far <= TOLERANCE.total_seconds()


def _sign(secret: str, number: str, timestamp: str, body: bytes) -> str:
    """Return one signature; raises binascii.Error for a secret that is no base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    made = hmac.new(key, f"{number}.{timestamp}.".encode() + body, sha256).digest()
    return "v1," + base64.b64encode(made).decode()
