"""Signed links of a subscriber: each good for one purpose, none stored anywhere."""

from __future__ import annotations

from flask import current_app

from app.config import Settings
from app.mail import links
from app.mail.links import CONFIRM, LEAVE, WEEK_S, YEARS_S

PREFERENCES = "preferences"
LIFETIMES_S = {CONFIRM: WEEK_S, PREFERENCES: YEARS_S, LEAVE: YEARS_S}


def sign(purpose: str, subscriber_id: int, version: int) -> str:
    return links.sign("subscribe", purpose, subscriber_id, version)


def read(purpose: str, token: str) -> tuple[int, int] | None:
    """Return (subscriber, version) of a link, or None for one that is old, broken or of another purpose."""
    return links.read("subscribe", purpose, token, LIFETIMES_S[purpose])


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
    return links.leave_headers(one_click(subscriber_id, version))
