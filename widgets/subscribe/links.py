"""Signed links of a subscriber: each good for one purpose, none stored anywhere."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from app.config import Settings

CONFIRM, PREFERENCES, LEAVE = "confirm", "preferences", "leave"
# A link to leave must work for as long as somebody may still have the mail: CAN-SPAM asks 30 days, people years.
LIFETIMES_S = {CONFIRM: 7 * 24 * 3600, PREFERENCES: 3 * 365 * 24 * 3600, LEAVE: 3 * 365 * 24 * 3600}


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    settings: Settings = current_app.extensions["ventanilla"].settings
    return URLSafeTimedSerializer(settings.key(f"subscribe-{purpose}"))


def sign(purpose: str, subscriber_id: int, version: int) -> str:
    return str(_serializer(purpose).dumps([subscriber_id, version]))


def read(purpose: str, token: str) -> tuple[int, int] | None:
    """Return (subscriber, version) of a link, or None for one that is old, broken or of another purpose."""
    try:
        subscriber_id, version = _serializer(purpose).loads(token[:400], max_age=LIFETIMES_S[purpose])
    except (BadData, ValueError, TypeError):
        return None
    return (subscriber_id, version) if isinstance(subscriber_id, int) and isinstance(version, int) else None


def _base() -> str:
    settings: Settings = current_app.extensions["ventanilla"].settings
    return settings.base_url


def page(site_key: str, purpose: str, subscriber_id: int, version: int, lang: str) -> str:
    """Return the address of the page where a person confirms or chooses."""
    return f"{_base()}/{site_key}/subscribe/{purpose}?lang={lang}&t={sign(purpose, subscriber_id, version)}"


def one_click(subscriber_id: int, version: int) -> str:
    """Return the address that a mail program posts to (RFC 8058)."""
    return f"{_base()}/hooks/subscribe/leave?t={sign(LEAVE, subscriber_id, version)}"


def leave_headers(subscriber_id: int, version: int) -> dict[str, str]:
    """Return what lets a mail program leave with one click; every mail to a subscriber has it (RFC 2369, RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{one_click(subscriber_id, version)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
