"""News that a site writes elsewhere: read from its own feed, or from a section of its sitemap, as publications here."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.content import service
from app.content.models import Publication, Source
from app.content.render import to_text
from app.content.slugs import slug_of
from app.db import db, write
from app.errors import Invalid, NotFound
from app.fetch import FetchError
from app.sanitize import clean_text
from app.search.crawl import sitemaps, visiting
from app.search.crawl.addresses import normal
from app.search.crawl.models import CrawlHost
from app.search.models import SearchDocument
from app.sites.models import Site

log = logging.getLogger("ventanilla.content")
READ = "content.read_source"
DUE = "content.sources_due"
EVERY = timedelta(minutes=30)
MOST = 50


@dataclass(frozen=True)
class Item:
    """One thing that a source tells: what it is known by there, where it stands, and what it says."""

    uid: str
    url: str
    title: str
    summary: str = ""
    at: datetime | None = None


def sources(site_id: int) -> list[Source]:
    return list(db.session.scalars(select(Source).where(Source.site_id == site_id).order_by(Source.id)))


def add(staff: Staff, site_id: int, url: str, topic_id: int, section: str = "") -> int:
    """Follow a feed, or with `section` (such as /noticias/) a sitemap. Raises Invalid off the site's proved hosts."""
    staff.require("content.write", site_id)
    origin = _proved_origin(site_id, url)
    found = normal(url, origin, origin) if origin else None
    if found is None:
        raise Invalid(fields={"url": ["content.sources.not_proved"]})
    if section and not section.startswith("/"):
        raise Invalid(fields={"section": ["content.sources.bad_section"]})
    with write():
        service.topic_of(site_id, topic_id)
        same = select(Source.id).where(Source.site_id == site_id, Source.url == found, Source.section == section[:200])
        if (known := db.session.scalar(same)) is not None:
            return known
        row = Source(site_id=site_id, topic_id=topic_id, url=found, section=section[:200])
        db.session.add(row)
        db.session.flush()
        append_audit(site_id, staff.actor, "content.source_added", f"source:{row.id}", url=found)
        current_app.extensions["ventanilla"].jobs.enqueue(READ, {"source": row.id})
        return row.id


def _proved_origin(site_id: int, url: str) -> str:
    parts = urlsplit(url.strip())
    origin = f"{parts.scheme}://{parts.netloc.lower()}"
    query = select(CrawlHost.origin).where(
        CrawlHost.site_id == site_id, CrawlHost.origin == origin, CrawlHost.proved_at.is_not(None)
    )
    return db.session.scalar(query) or ""


def remove(staff: Staff, site_id: int, source_id: int) -> None:
    """Follow a source no more; what came from it stays."""
    staff.require("content.write", site_id)
    with write():
        row = db.session.get(Source, source_id)
        if row is None or row.site_id != site_id:
            raise NotFound
        db.session.delete(row)
        append_audit(site_id, staff.actor, "content.source_removed", f"source:{source_id}")


def begin_due(_payload: dict[str, Any]) -> None:
    """Read again what was read half an hour ago; a job."""
    query = select(Source.id).where((Source.read_at.is_(None)) | (Source.read_at < now() - EVERY))
    ids = list(db.session.scalars(query))
    if ids:
        with write():
            for source_id in ids:
                slot = f"{READ}:{source_id}:{int(now().timestamp()) // int(EVERY.total_seconds())}"
                current_app.extensions["ventanilla"].jobs.enqueue(READ, {"source": source_id}, dedupe=slot)


def read(payload: dict[str, Any]) -> None:
    """Take in what a source tells anew; a job. What it could not read stands beside it in the console."""
    row = db.session.get(Source, payload["source"])
    origin = _proved_origin(row.site_id, row.url) if row is not None else ""
    if row is None or not origin:
        return
    source_id, url, section, site_id = row.id, row.url, row.section, row.site_id
    sent = {name: value for name, value in (("If-None-Match", row.etag), ("If-Modified-Since", row.modified)) if value}
    db.session.rollback()
    note, items, answer = "", [], None
    try:
        answer = visiting.visit(origin, url, sent)
    except FetchError as error:
        note = "unreachable"
        log.info("%s could not be read as news: %s", url, error.code)
    if answer is not None and answer.status == 200:
        items = _of_sitemap(site_id, origin, answer.body, section) if section else of_feed(answer.body, url)
        note = "" if items else "no_items"
    elif answer is not None and answer.status != 304:
        note = "unreachable"
    for item in items[:MOST]:
        if normal(item.url, url, origin):
            _take(source_id, item)
    with write():
        found = db.session.get(Source, source_id)
        if found is not None:
            found.read_at, found.note = now(), note
            if answer is not None and answer.status == 200 and not section:
                # A sitemap is read again each time: the titles come from the pages, which may be read later.
                found.etag = answer.headers.get("etag", "")[:300]
                found.modified = answer.headers.get("last-modified", "")[:60]


def _take(source_id: int, item: Item) -> None:
    # Feeds bring whole articles as summaries: they are cut, since nobody is there to shorten them.
    title, summary = clean_text(to_text(item.title))[:200], clean_text(to_text(item.summary))[:500]
    if not title:
        return
    with write():
        source = db.session.get(Source, source_id)
        if source is None:
            return
        row = db.session.scalar(
            select(Publication).where(Publication.site_id == source.site_id, Publication.source_uid == item.uid[:400])
        )
        known = row is not None
        if row is None:
            taken = db.session.scalars(select(Publication.slug).where(Publication.site_id == source.site_id))
            at = min(item.at or now(), now())
            row = Publication(
                site_id=source.site_id, uid=str(uuid.uuid4()), slug=service.free_slug(slug_of(title), taken),
                source_uid=item.uid[:400], topic_id=source.topic_id, publish_at=at, state="published",
            )  # fmt: skip
            if source.read_at is None:
                # What stood there before we looked is nobody's news: it is shown, and mailed to nobody.
                row.live_at = at
            db.session.add(row)
        elif (row.title, row.summary, row.link) == (title, summary, item.url) or row.state != "published":
            return
        row.source_id, row.title, row.summary, row.link, row.body = source_id, title, summary, item.url, summary
        row.html = f'<p><a href="{escape(item.url)}">{escape(item.url)}</a></p>'
        row.changed_at = now() if known else row.publish_at
        db.session.flush()
        service.settle(row, db.session.get_one(Site, source.site_id).key)


# What sources look like


def of_feed(body: bytes, base: str) -> list[Item]:
    """Return the items of an RSS or Atom feed, whatever else it is; none of what is no feed."""
    from lxml import etree  # 3 MB, in a process that may never read a feed

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return []
    if root is None:
        return []
    nodes = [node for node in root.iter() if _name(node) in {"item", "entry"}]
    return [item for node in nodes[: MOST * 4] if (item := _item(node)) is not None][:MOST]


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _item(node: Any) -> Item | None:
    told: dict[str, str] = {}
    for child in node:
        name, text = _name(child), (child.text or "").strip()
        if name == "link" and child.get("href") and child.get("rel", "alternate") == "alternate":
            text = child.get("href", "").strip()
        if text:
            told.setdefault(name, text)
    url = told.get("link", "")
    # Posts of a network have no title: what they say begins with one.
    title = told.get("title") or told.get("description") or told.get("summary") or told.get("content") or ""
    if not url or not title:
        return None
    at = _moment(told.get("pubDate") or told.get("published") or told.get("date") or told.get("updated") or "")
    return Item(told.get("guid") or told.get("id") or url, url, title,
                told.get("description") or told.get("summary") or "", at)  # fmt: skip


def _moment(text: str) -> datetime | None:
    for reads in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = reads(text)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def _of_sitemap(site_id: int, origin: str, body: bytes, section: str) -> list[Item]:
    """Return the pages of a section that the search has read already: title and text come from there."""
    pages, _ = sitemaps.addresses(body)
    wanted = [found for one in pages if (found := normal(one, origin, origin)) and urlsplit(found).path != section]
    wanted = [one for one in wanted if urlsplit(one).path.startswith(section)][: MOST * 4]
    rows = db.session.scalars(
        select(SearchDocument).where(SearchDocument.site_id == site_id, SearchDocument.url.in_(wanted))
    )
    return [Item(row.url, row.url, row.title, row.body[:300], row.changed_at) for row in rows][:MOST]
