"""RSS 2.0, Atom, JSON Feed and OPML of what a site publishes; built once for each change and sent from memory."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from flask import current_app

from app.content import service as content
from app.content.entries import FeedEntry, of_publication
from app.errors import NotFound
from app.sites.service import SiteInfo
from app.words import t
from widgets.subscribe import websub
from widgets.subscribe.service import EVERYTHING, feeds

TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
MOST_ENTRIES = 50
_OWN = re.compile(r'((?:src|href)=")/(?!/)')
# What XML 1.0 cannot hold in any spelling (section 2.2); one such letter and no reader opens the feed.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Feed:
    """The bytes of a feed, and by what a reader knows whether it has them already."""

    body: bytes
    etag: str
    changed_at: datetime


def _base() -> str:
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return base


def told_by_leaves(site_id: int) -> tuple[FeedEntry, ...]:
    """Return what the widgets tell: a new survey, a forum that has ended, a notice on the board."""
    widgets = current_app.extensions["ventanilla"].widgets.values()
    return tuple(entry for widget in widgets if widget.feed_entries for entry in widget.feed_entries(site_id))


def entries(site: SiteInfo, topic: str = EVERYTHING, told: tuple[FeedEntry, ...] | None = None) -> list[FeedEntry]:
    """Return the entries of a topic, the newest first; those of the leaves stand in the feed of everything."""
    topics = {row.key: row.id for row in content.topics(site.id)}
    if topic != EVERYTHING and topic not in topics:
        raise NotFound
    titles = content.topics_of(site.id, site.lang)
    rows = content.live(site.id, topic_id=topics.get(topic), limit=MOST_ENTRIES)
    found = [of_publication(row, site.key, titles.get(row.topic_id, "")) for row in rows]
    if topic == EVERYTHING:
        found += told_by_leaves(site.id) if told is None else told
    return sorted(found, key=lambda entry: entry.published_at, reverse=True)[:MOST_ENTRIES]


def absolute(address: str) -> str:
    return _base() + address if address.startswith("/") else address


def html_of(entry: FeedEntry) -> str:
    return NOT_XML.sub("", _OWN.sub(rf"\g<1>{_base()}/", entry.html))


def build(site: SiteInfo, topic: str, form: str, found: Sequence[FeedEntry], changed_at: datetime) -> bytes:
    """Return a feed's bytes; the same entries give the same bytes in every process."""
    known = {feed["key"]: feed for feed in feeds(site, site.lang)}
    if topic not in known:
        raise NotFound
    title = f"{site.name}: {known[topic]['title']}"
    about = {
        "title": title, "self": known[topic][form], "page": absolute(f"/{site.key}/news"),
        "cover": absolute(f"/{site.key}/feeds/cover.png"),
        "text": t("subscribe.page.feed_text", site.lang, title=known[topic]["title"], entity=site.entity),
    }  # fmt: skip
    if form == "json":
        return _json(site, about, found)
    from widgets.subscribe import feeds_xml  # lxml and what draws with it: 4 MB, in a process that may never make one

    return feeds_xml.build(site, about, form, found, changed_at)


def _json(site: SiteInfo, about: dict[str, str], found: Sequence[FeedEntry]) -> bytes:
    """Return a JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    items = []
    for entry in found:
        item: dict[str, Any] = {
            "id": entry.uid, "url": absolute(entry.url), "title": entry.title, "language": entry.lang,
            "content_html": html_of(entry) or entry.summary or entry.title,
            "date_published": entry.published_at.isoformat(), "date_modified": entry.updated_at.isoformat(),
        }  # fmt: skip
        if entry.summary:
            item["summary"] = entry.summary
        if entry.topic:
            item["tags"] = [entry.topic]
        if entry.enclosure is not None:
            one = entry.enclosure
            item["attachments"] = [
                {"url": absolute(one.url), "mime_type": one.media_type, "size_in_bytes": one.size_bytes}
            ]
        items.append(item)
    whole = {
        "version": "https://jsonfeed.org/version/1.1", "title": about["title"], "home_page_url": about["page"],
        "feed_url": about["self"], "description": about["text"], "language": site.lang, "icon": about["cover"],
        "authors": [{"name": site.entity}], "items": items,
    }  # fmt: skip
    if hub := websub.hub():
        whole["hubs"] = [{"type": "WebSub", "url": hub}]
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def opml(site: SiteInfo, lang: str) -> bytes:
    """Return the list of all feeds, which readers take in at once (http://opml.org/spec2.opml)."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0"><head><title>{_text(site.name)}</title></head><body>',
        *(
            f'<outline type="rss" text={quoteattr(feed["title"])} title={quoteattr(feed["title"])}'
            f" xmlUrl={quoteattr(feed['rss'])} htmlUrl={quoteattr(absolute(f'/{site.key}/news'))}/>"
            for feed in feeds(site, lang)
        ),
        "</body></opml>",
    ]
    return "\n".join(lines).encode()


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;")


class Cache:
    """The bytes of feeds of one process, good for as long as the site's content stands still."""

    def __init__(self, most: int = 500) -> None:
        self._kept: dict[tuple[str, ...], tuple[object, Feed]] = {}
        self._lock = threading.Lock()
        self._most = most

    def get(self, site: SiteInfo, topic: str, form: str) -> Feed:
        """Return a feed, built anew only when something in it may have changed."""
        number, changed_at = content.generation(site.id)
        # A leaf's few rows are read each time and compared: it need not know that anybody keeps what it told.
        told = told_by_leaves(site.id) if topic == EVERYTHING else ()
        state = (number, changed_at, site.name, site.entity, site.lang, site.official_email, told)
        key = (_base(), site.key, topic, form)
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept[0] == state:
            return kept[1]
        found = entries(site, topic, told)
        changed = max([entry.updated_at for entry in found], default=changed_at or datetime(2000, 1, 1, tzinfo=UTC))
        changed = changed.replace(microsecond=0)
        body = build(site, topic, form, found, changed)
        feed = Feed(body, hashlib.sha256(body).hexdigest()[:32], changed)
        with self._lock:
            if len(self._kept) >= self._most:
                self._kept.clear()
            self._kept[key] = (state, feed)
        return feed


def cache() -> Cache:
    """Return the cache of the running app."""
    kept: Cache = current_app.extensions.setdefault("ventanilla_feeds", Cache())
    return kept


def alternate_lines(site: SiteInfo, lang: str) -> list[str]:
    """Return the lines that let browsers and readers find the feeds from the host's own pages."""
    return [
        f'<link rel="alternate" type="{TYPES[form].partition(";")[0]}"'
        f" title={quoteattr(site.name + ': ' + feed['title'])} href={quoteattr(feed[form])}>"
        for feed in feeds(site, lang)
        for form in ("rss", "atom")
    ]
