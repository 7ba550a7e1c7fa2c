"""One round over a host, an address at a time: what waits stands in the store, so a killed worker goes on."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update

from app.clock import now
from app.db import db, write
from app.errors import without_message
from app.fetch import FetchError
from app.jobs import READING, Jobs
from app.search.crawl import frontier, robots, taking
from app.search.crawl.addresses import normal
from app.search.crawl.models import CrawlHost, CrawlPage
from app.search.crawl.visiting import AGENT, visit

log = logging.getLogger("ventanilla.crawl")
CRAWL = "search.crawl"
BEGIN = "search.crawl_begin"
BUDGET_S = 5.0
DAILY = timedelta(hours=20)
AGAIN = timedelta(hours=1)
MOST_MISSES = 30
"""Rounds for which a page that is gone is asked for again, before it is forgotten."""


def begin(host_id: int) -> bool:
    """Begin a round over a proved host: its robots.txt first, then its sitemaps and all that is known of it."""
    host = db.session.get(CrawlHost, host_id)
    if host is None or host.proved_at is None:
        return False
    origin = host.origin
    db.session.rollback()
    found = robots.ask(origin)
    with write():
        host = db.session.get_one(CrawlHost, host_id, with_for_update=True)
        if found is None:
            # Rules that cannot be read forbid the round and no more: what is known of the site stays found, and in
            # an hour it is asked again. Source: RFC 9309, 2.3.1.4.
            host.state, host.note, host.done_at = "done", "robots-unreachable", now() - DAILY + AGAIN
            return False
        host.robots, host.delay_s, host.note = found.text, found.delay_s, found.note
        host.state, host.begun_at, host.done_at = "running", now(), None
        of_host = CrawlPage.host_id == host_id
        db.session.execute(delete(CrawlPage).where(of_host, CrawlPage.state == "gone", CrawlPage.misses > MOST_MISSES))
        db.session.execute(update(CrawlPage).where(of_host).values(due=True))
        frontier.add(host, [f"{origin}/"], 0, listed=True)
        frontier.add(host, found.sitemaps or [f"{origin}/sitemap.xml"], 0, kind="sitemap", listed=True)
        _go_on(host)
    return True


def _go_on(host: CrawlHost, after_s: float = 0.0) -> None:
    """Queue the next address of a round. The round's beginning names it: of two chains of jobs one would be too many,
    since a site is asked once a delay."""
    mark = host.begun_at.isoformat() if host.begun_at else ""
    current_app.extensions["ventanilla"].jobs.enqueue(
        CRAWL, {"host": host.id, "round": mark}, at=now() + timedelta(seconds=after_s)
    )


def crawl(payload: dict[str, Any]) -> None:
    """Read what is due of a host for some seconds, then make room for other jobs; one address a delay."""
    host = db.session.get(CrawlHost, payload["host"])
    if host is None or host.state != "running" or host.proved_at is None:
        return
    if payload.get("round") not in {None, host.begun_at.isoformat() if host.begun_at else ""}:
        return  # A newer round has begun.
    host_id, delay_s, until = host.id, host.delay_s, time.monotonic() + BUDGET_S
    while step(host_id):
        if delay_s or time.monotonic() > until:
            with write():
                _go_on(db.session.get_one(CrawlHost, host_id), delay_s)
            return
    _end(host_id)


def _end(host_id: int) -> bool:
    """End a round; return False where an address has come meanwhile, which is read too."""
    with write():
        host = db.session.get_one(CrawlHost, host_id, with_for_update=True)
        left = select(CrawlPage.id).where(CrawlPage.host_id == host_id, CrawlPage.due).limit(1)
        if db.session.scalar(left) is not None:
            _go_on(host, host.delay_s)
            return False
        host.state, host.done_at = "done", now()
        return True


def run(host_id: int) -> int:
    """Read a host to the end in this process, with its pauses, and return how many addresses that were."""
    if not begin(host_id):
        return 0
    host = db.session.get_one(CrawlHost, host_id)
    delay_s, count = host.delay_s, 0
    while step(host_id):
        count += 1
        time.sleep(delay_s)
    _end(host_id)
    return count


def step(host_id: int) -> bool:
    """Read one address that is due; return False when none is left."""
    from protego import Protego

    row = db.session.scalar(
        select(CrawlPage)
        .where(CrawlPage.host_id == host_id, CrawlPage.due)
        .order_by(CrawlPage.depth, CrawlPage.id)
        .limit(1)
    )
    host = db.session.get(CrawlHost, host_id)
    if row is None or host is None:
        return False
    page_id, url, origin, known = row.id, row.url, host.origin, (row.etag, row.modified)
    allowed = Protego.parse(host.robots).can_fetch(url, AGENT)
    db.session.rollback()
    if not allowed:
        taking.settle(page_id, "skipped", "robots", drop=True)
        return True
    headers = {name: value for name, value in zip(("If-None-Match", "If-Modified-Since"), known, strict=True) if value}
    try:
        answer = visit(origin, url, headers)
    except FetchError as error:
        taking.missed(page_id, error.code)
        return True
    try:
        taking.take(page_id, origin, answer)
    except Exception as error:  # noqa: BLE001 - one page that nobody foresaw must not hold up the round
        log.error("%s could not be taken in", url, exc_info=without_message(error))
        db.session.rollback()
        taking.missed(page_id, "error")
    return True


def begin_due(_payload: dict[str, Any]) -> None:
    """Begin the rounds of hosts that were read a day ago; a job of every hour."""
    query = select(CrawlHost.id).where(
        CrawlHost.proved_at.is_not(None), CrawlHost.state == "done", CrawlHost.done_at <= now() - DAILY
    )
    for host_id in list(db.session.scalars(query)):
        begin(host_id)


def begin_one(payload: dict[str, Any]) -> None:
    begin(payload["host"])


def read_now(host_id: int, url: str) -> bool:
    """Read one address at once, since its host says that it was published; False for one that is not the host's."""
    host = db.session.get(CrawlHost, host_id)
    found = normal(url, host.origin, host.origin) if host and host.proved_at else None
    if host is None or found is None:
        return False
    with write():
        host = db.session.get_one(CrawlHost, host_id, with_for_update=True)
        frontier.add(host, [found], 0)
        db.session.execute(
            update(CrawlPage).where(CrawlPage.host_id == host_id, CrawlPage.url == found).values(due=True, depth=0)
        )
        if host.state in {"running", "waiting"}:
            return True  # The round that goes on, or begins, reads it with the rest.
        if host.begun_at is None or host.note:
            # Never read so far, or not lately: what its robots.txt says comes first.
            host.state = "waiting"
            current_app.extensions["ventanilla"].jobs.enqueue(BEGIN, {"host": host_id})
            return True
        host.state = "running"
        _go_on(host)
    return True


def register(jobs: Jobs) -> None:
    jobs.register(CRAWL, crawl, aside=READING)
    jobs.register("search.crawl_due", begin_due, every_s=3600, aside=READING)
    jobs.register(BEGIN, begin_one, aside=READING)
