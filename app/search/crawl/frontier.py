"""The addresses that a round still has to read, as far as a site goes and no further."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from sqlalchemy import func, select

from app.db import db
from app.search.crawl.addresses import pattern_of
from app.search.crawl.models import CrawlHost, CrawlPage

log = logging.getLogger("ventanilla.crawl")
MOST_PAGES = 5000
MOST_OF_A_PATTERN = 200
MOST_DEPTH = 8


def add(host: CrawlHost, urls: Iterable[str], depth: int, kind: str = "page", *, listed: bool = False) -> None:
    """Put addresses into the round, as far as no end of them is in sight; those `listed` on purpose are no trap."""
    wanted = dict.fromkeys(urls)
    known = set(
        db.session.scalars(select(CrawlPage.url).where(CrawlPage.host_id == host.id, CrawlPage.url.in_(list(wanted))))
    )
    if depth > MOST_DEPTH:
        # Not said of what other pages name too, and so not of each page at the end of a site.
        if new := [url for url in wanted if url not in known]:
            said = "%s stands more than %s links from the front page, and is not read; nor are %s more named with it"
            log.info(said, new[0], MOST_DEPTH, len(new) - 1)
        return
    total = int(db.session.scalar(select(func.count()).where(CrawlPage.host_id == host.id)) or 0)
    counts: dict[str, int] = {}
    full: set[str] = set()
    left = 0
    for url in wanted:
        if url in known:
            continue
        if total >= MOST_PAGES:
            left += 1
            continue
        pattern = pattern_of(url)
        if pattern not in counts:
            query = select(func.count()).where(CrawlPage.host_id == host.id, CrawlPage.pattern == pattern)
            counts[pattern] = int(db.session.scalar(query) or 0)
        if counts[pattern] >= MOST_OF_A_PATTERN and not listed:
            # A calendar links to the next month for ever.
            full.add(pattern)
            continue
        counts[pattern] += 1
        total += 1
        db.session.add(CrawlPage(host_id=host.id, url=url, pattern=pattern, depth=depth, kind=kind))
    for pattern in full:
        log.info("%s has %s addresses like %s: no more of them are read", host.origin, MOST_OF_A_PATTERN, pattern)
    if left:
        log.info("%s has %s addresses: %s more of them are not read", host.origin, MOST_PAGES, left)
    db.session.flush()
