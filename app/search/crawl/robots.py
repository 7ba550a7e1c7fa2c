"""What a host asks of those who read it (RFC 9309)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app

from app.fetch import FetchError
from app.search.crawl import reading
from app.search.crawl.addresses import LONGEST, beside
from app.search.crawl.visiting import AGENT, said, visit

log = logging.getLogger("ventanilla.crawl")
LONGEST_DELAY_S = 30.0


@dataclass(frozen=True)
class Robots:
    """What a host asks of those who read it."""

    text: str
    delay_s: float
    sitemaps: tuple[str, ...]
    note: str = ""


def ask(origin: str) -> Robots | None:
    """Return the rules of a host, or None where they cannot be read."""
    from protego import Protego

    own = urlsplit(origin).netloc in current_app.extensions["ventanilla"].settings.crawl_allow
    try:
        answer = visit(origin, f"{origin}/robots.txt")
        problem = f"it answered {answer.status}" if answer.status >= 500 else ""
    except FetchError as error:
        problem = said(error.code)
    if problem:
        log.warning("%s/robots.txt could not be read (%s): the site is asked again in an hour", origin, problem)
        return None
    text = reading.decode(answer.body[:500_000], "") if answer.status == 200 else ""
    rules = Protego.parse(text)
    delay_s = min(max(float(rules.crawl_delay(AGENT) or 0), 0.0 if own else 1.0), LONGEST_DELAY_S)
    listed = own_sitemaps(origin, list(rules.sitemaps)[:20])
    note = ""
    if not rules.can_fetch(f"{origin}/", AGENT):
        note = "robots-forbid"
        log.warning("%s/robots.txt forbids the front page to %s: what it forbids is not searched", origin, AGENT)
    return Robots(text, delay_s, listed, note)


def own_sitemaps(origin: str, sitemaps: Iterable[str]) -> tuple[str, ...]:
    """Return those of the named sitemaps that are the host's own; theirs may end in .gz, as no page does."""
    found = [beside(one, f"{origin}/") for one in sitemaps]
    for one in found:
        if not one.startswith(f"{origin}/"):
            log.info("%s names a sitemap of another site, which is not read: %s", origin, one[:200])
    return tuple(dict.fromkeys(one for one in found if one.startswith(f"{origin}/") and len(one) <= LONGEST))
