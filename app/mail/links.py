"""Signed links of those who get mail: each good for one purpose, none stored anywhere, and the way out of a list."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from app.config import Settings

CONFIRM, LEAVE = "confirm", "leave"
# A link to leave must work for as long as somebody may still have the mail: CAN-SPAM asks 30 days, people years.
YEARS_S = 3 * 365 * 24 * 3600
WEEK_S = 7 * 24 * 3600


def _serializer(family: str, purpose: str) -> URLSafeTimedSerializer:
    settings: Settings = current_app.extensions["ventanilla"].settings
    return URLSafeTimedSerializer(settings.key(f"{family}-{purpose}"))


def sign(family: str, purpose: str, row_id: int, version: int) -> str:
    """Return the token of a row for one purpose; it dies when the row's version changes."""
    return str(_serializer(family, purpose).dumps([row_id, version]))


def read(family: str, purpose: str, token: str, lifetime_s: int) -> tuple[int, int] | None:
    """Return (row, version) of a token, or None for one that is old, broken or of another purpose."""
    try:
        row_id, version = _serializer(family, purpose).loads(token[:400], max_age=lifetime_s)
    except (BadData, ValueError, TypeError):
        return None
    return (row_id, version) if isinstance(row_id, int) and isinstance(version, int) else None


def leave_headers(address: str) -> dict[str, str]:
    """Return what lets a mail program leave with one click, by a POST to the address (RFC 2369, RFC 8058)."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
