"""Frequent questions, topics, publications and their images."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
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

    __table_args__ = (
        UniqueConstraint("site_id", "slug"),
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
