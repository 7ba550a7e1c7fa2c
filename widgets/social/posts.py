"""The latest posts of the official profiles: the server reads their feeds, visitors load nothing of a network."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select

from app.clock import now
from app.content.render import to_text
from app.content.sources import of_feed
from app.db import db, write
from app.fetch import FetchError, Policy, fetch
from app.sanitize import clean_text
from app.sites.models import WidgetSetting
from app.sites.service import widget_choice
from widgets.social.models import SocialFeed

log = logging.getLogger("ventanilla.social")
READ, DUE = "social.read_feed", "social.read_feeds"
EVERY_S = 1800
KEPT = 5


def feeds_of(site_id: int) -> dict[str, str]:
    """Return the feeds that a site shows: {address: network}."""
    profiles = widget_choice(site_id, "social").options.get("profiles", [])
    return {one["feed"]: one["network"] for one in profiles if one.get("feed")}


def _homes(site_id: int, url: str) -> set[str]:
    """Return the hosts on which the posts of a feed may stand: the profile's and the feed's own."""
    profiles = widget_choice(site_id, "social").options.get("profiles", [])
    return {_host(url), *(_host(one["url"]) for one in profiles if one.get("feed") == url)}


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def read_soon(site_id: int, urls: Iterable[str]) -> None:
    """Let feeds be read now, and not at the next half hour, inside the running write."""
    for url in urls:
        current_app.extensions["ventanilla"].jobs.enqueue(READ, {"site": site_id, "url": url})


def begin_due(_payload: dict[str, Any]) -> None:
    """Let each feed be read; a job of every half hour."""
    sites = list(db.session.scalars(select(WidgetSetting.site_id).where(WidgetSetting.widget == "social")))
    wanted = [(site_id, url) for site_id in sites for url in feeds_of(site_id)]
    db.session.rollback()
    if wanted:
        with write():
            slot = int(now().timestamp()) // EVERY_S
            for site_id, url in wanted:
                name = f"{READ}:{site_id}:{sha256(url.encode()).hexdigest()[:32]}@{slot}"
                payload = {"site": site_id, "url": url}
                current_app.extensions["ventanilla"].jobs.enqueue(READ, payload, dedupe=name)


def read(payload: dict[str, Any]) -> None:
    """Read one feed; what can't be read leaves what was there, with a note. A job."""
    site_id, url = payload["site"], payload["url"]
    allow, homes = current_app.extensions["ventanilla"].settings.crawl_allow, _homes(site_id, url)
    db.session.rollback()
    try:
        answer = fetch(url, policy=Policy(allow=allow, max_bytes=1024 * 1024, total_s=10))
        found = _posts(answer.body, answer.url, homes) if answer.status == 200 else []
    except FetchError as error:
        log.info("a feed of a profile could not be read: %s", error.code)
        found = []
    with write():
        row = db.session.scalar(select(SocialFeed).where(SocialFeed.site_id == site_id, SocialFeed.url == url))
        if row is None:
            row = SocialFeed(site_id=site_id, url=url, posts=[])
            db.session.add(row)
        row.read_at, row.note = now(), "" if found else "unread"
        row.posts = found or row.posts


def _posts(body: bytes, base: str, homes: set[str]) -> list[dict[str, str]]:
    """Return the newest posts of a feed that stand by https on its `homes`; one of the future would stay on top."""
    posts, latest_at = [], now() + timedelta(days=1)
    for item in of_feed(body, base):
        title = next(iter(to_text(item.title or item.summary).splitlines()), "")
        at_home = urlsplit(item.url).scheme == "https" and _host(item.url) in homes
        if title and at_home and item.at is not None and item.at < latest_at:
            posts.append({"title": _short(title), "url": item.url[:500], "at": item.at.isoformat()})
    return sorted(posts, key=lambda one: one["at"], reverse=True)[:KEPT]


def _short(title: str) -> str:
    text = clean_text(title[:400], 400)
    return text if len(text) <= 140 else f"{text[:139].rstrip()}…"


def latest(site_id: int, feeds: dict[str, str]) -> list[dict[str, str]]:
    """Return the newest posts of all feeds that the site still shows, each with its network."""
    if not feeds:
        return []
    rows = db.session.scalars(select(SocialFeed).where(SocialFeed.site_id == site_id, SocialFeed.url.in_(list(feeds))))
    posts = [{**post, "network": feeds[row.url]} for row in rows for post in row.posts]
    return sorted(posts, key=lambda one: one["at"], reverse=True)[:KEPT]


def states(site_id: int) -> dict[str, SocialFeed]:
    return {row.url: row for row in db.session.scalars(select(SocialFeed).where(SocialFeed.site_id == site_id))}
