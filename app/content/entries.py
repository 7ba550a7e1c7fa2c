"""What a feed tells of anything: a publication, or whatever a leaf offers through the contract (`feed_entries`)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.content.models import Publication


@dataclass(frozen=True)
class Enclosure:
    """A recording that podcast players fetch, such as a session of the council."""

    url: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True)
class FeedEntry:
    """One entry. `uid` is for ever; `url` and the addresses in `html` may begin with "/" and stand for our own."""

    uid: str
    url: str
    title: str
    published_at: datetime
    updated_at: datetime
    summary: str = ""
    html: str = ""
    lang: str = "es"
    topic: str = ""
    enclosure: Enclosure | None = None


def uid_of(site_key: str, what: str, number: int, moment: str) -> str:
    """Return the same name for ever for what a leaf tells of one of its rows: feed readers know an entry by it."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'ventanilla:{site_key}/{what}/{number}/{moment}')}"


def of_publication(row: Publication, site_key: str, topic: str) -> FeedEntry:
    return FeedEntry(
        uid=f"urn:uuid:{row.uid}", url=row.link or f"/{site_key}/news/{row.slug}", title=row.title, summary=row.summary,
        html=row.html, published_at=row.publish_at, updated_at=max(row.changed_at, row.publish_at), lang=row.lang,
        topic=topic, enclosure=Enclosure(row.audio_url, row.audio_type, row.audio_bytes) if row.audio_url else None,
    )  # fmt: skip
