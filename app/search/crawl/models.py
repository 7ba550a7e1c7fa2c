"""Hosts that a site has proved to be its own, and what was read of each, skipped, and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime


class CrawlHost(Base):
    __tablename__ = "crawl_hosts"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    origin: Mapped[str] = mapped_column(String(300))
    # Public: it stands on the host's page. It signs nothing.
    token: Mapped[str] = mapped_column(String(40))
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    robots: Mapped[str] = mapped_column(Text, default="")
    delay_s: Mapped[float] = mapped_column(default=1.0)
    state: Mapped[str] = mapped_column(String(10), default="new")
    note: Mapped[str] = mapped_column(String(60), default="")
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("site_id", "origin"),)


class CrawlPage(Base):
    """One address of a host. `due` while it waits in the present round; `why` is a key of the words."""

    __tablename__ = "crawl_pages"

    id: Mapped[int] = mapped_column(primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("crawl_hosts.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(String(1000))
    # The address with its numbers made alike: a calendar without end is one pattern.
    pattern: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(10), default="page")
    depth: Mapped[int] = mapped_column(default=0)
    due: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    why: Mapped[str] = mapped_column(String(30), default="")
    misses: Mapped[int] = mapped_column(default=0)
    etag: Mapped[str] = mapped_column(String(300), default="")
    modified: Mapped[str] = mapped_column(String(60), default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("host_id", "url"),
        Index("ix_crawl_pages_due", "host_id", "due", "depth", "id"),
        Index("ix_crawl_pages_pattern", "host_id", "pattern"),
    )
