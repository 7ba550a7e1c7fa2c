"""Looks at a recording that somebody links to, such as a session of the council: players must know type and size."""

from __future__ import annotations

from flask import current_app

from app.content.entries import Enclosure
from app.errors import Invalid
from app.fetch import FetchError, Policy, fetch

LONGEST = 1000


def look(url: str) -> Enclosure | None:
    """Return what a podcast player must know of a recording, or None for no address.

    Raises Invalid for one that cannot be reached, or that is neither sound nor film. Never inside a write: it asks
    another server.
    """
    if not url.strip():
        return None
    if len(url) > LONGEST:
        raise Invalid(fields={"audio_url": ["errors.invalid"]})
    policy = Policy(allow=current_app.extensions["ventanilla"].settings.crawl_allow)
    try:
        answer = fetch(url, method="HEAD", policy=policy)
    except FetchError as error:
        raise Invalid(fields={"audio_url": ["content.console.audio_unreachable"]}) from error
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status != 200 or not media.startswith(("audio/", "video/")):
        raise Invalid(fields={"audio_url": ["content.console.audio_unreachable"]})
    size = answer.headers.get("content-length", "")
    # RSS asks for a number of bytes; 0 stands for "unknown" (RSS Advisory Board, profile 2.0).
    return Enclosure(url.strip(), media, int(size) if size.isdecimal() and len(size) < 16 else 0)
