"""Frequent questions, topics, publications and their images."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime

KINDS = ("news", "notice", "call")
STATES = ("draft", "published", "withdrawn")


class Faq(Base):
    __tablename__ = "content_faqs"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(String(200))
    # Markdown as it was written, and what came of it: drawn once when saved, not at each reading.
    answer: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id", ondelete="SET NULL"))
    lang: Mapped[str] = mapped_column(String(2), default="es")
    position: Mapped[int] = mapped_column(default=0)
    published: Mapped[bool] = mapped_column(default=True)
    # By when somebody must look at it again, and for which such day who answers for it was reminded.
    review_on: Mapped[date | None]
    reminded_on: Mapped[date | None]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (Index("ix_content_faqs_order", "site_id", "position", "id"),)


class Topic(Base):
    """What a publication is about and a person subscribes to; its key stands in the addresses of feeds."""

    __tablename__ = "content_topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(80), default="")
    position: Mapped[int] = mapped_column(default=0)

    __table_args__ = (UniqueConstraint("site_id", "key"),)


class Source(Base):
    """A feed, or a section of a sitemap, of the host's own site, whose news are publications here too."""

    __tablename__ = "content_sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    topic_id: Mapped[int] = mapped_column(ForeignKey("content_topics.id"))
    url: Mapped[str] = mapped_column(String(1000))
    # "" for a feed; of a sitemap the part that is read: "/noticias/".
    section: Mapped[str] = mapped_column(String(200), default="")
    etag: Mapped[str] = mapped_column(String(300), default="")
    modified: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(String(30), default="")
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("site_id", "url", "section"),)


class Publication(Base):
    __tablename__ = "content_publications"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    # Made once and never changed, whatever happens to title and address: feed readers know an entry by it (RFC 4287).
    uid: Mapped[str] = mapped_column(String(36), unique=True)
    slug: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(10), default="news")
    topic_id: Mapped[int] = mapped_column(ForeignKey("content_topics.id"))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(500), default="")
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(String(2), default="es")
    state: Mapped[str] = mapped_column(String(10), default="draft")
    publish_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whether people see it now, kept by `service.refresh`; `live_at` is when they first did.
    live: Mapped[bool] = mapped_column(default=False)
    live_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    review_on: Mapped[date | None]
    reminded_on: Mapped[date | None]
    # A recording that podcast players fetch; what it is was looked up when it was linked.
    audio_url: Mapped[str] = mapped_column(String(1000), default="")
    audio_type: Mapped[str] = mapped_column(String(80), default="")
    audio_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    # Where it stands on the host's own site, when it was read there, and by what it is known there.
    link: Mapped[str] = mapped_column(String(1000), default="")
    source_id: Mapped[int | None] = mapped_column(ForeignKey("content_sources.id", ondelete="SET NULL"))
    source_uid: Mapped[str | None] = mapped_column(String(400))

    __table_args__ = (
        UniqueConstraint("site_id", "slug"),
        UniqueConstraint("site_id", "source_uid"),
        CheckConstraint("kind IN ('news', 'notice', 'call')", name="kind"),
        CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name="state"),
        CheckConstraint("expires_at IS NULL OR expires_at > publish_at", name="expiry"),
        Index("ix_content_publications_live", "site_id", "live", "publish_at"),
    )


class Image(Base):
    """A picture of a publication. Without a text in its place it can't be stored at all (WCAG 2.2, 1.1.1)."""

    __tablename__ = "content_images"

    id: Mapped[int] = mapped_column(primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("content_publications.id", ondelete="CASCADE"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    alt: Mapped[str] = mapped_column(String(300))

    __table_args__ = (CheckConstraint("alt <> ''", name="alt"),)


class Generation(Base):
    """How often the public content of a site has changed: caches of feeds and pages hold while it stands still."""

    __tablename__ = "content_generations"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
