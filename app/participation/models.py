"""The closing record: what was said, under which theme, and what the entity decided and did about it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class ClosingTheme(Base):
    """One theme of an exercise; `source` and `source_id` name the forum or survey, as the leaf calls it."""

    __tablename__ = "participation_themes"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[int]
    place: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(200))
    said: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default="pending")
    answer: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    decided_on: Mapped[date | None]
    # What was done, and the document or page in which it can be seen (S1-12).
    done: Mapped[str] = mapped_column(Text, default="")
    done_url: Mapped[str] = mapped_column(String(500), default="")
    done_on: Mapped[date | None]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        Index("ix_participation_themes_source", "site_id", "source", "source_id", "place"),
        CheckConstraint("state IN ('pending', 'taken', 'part', 'not')", name="state"),
    )


class ClosingRecord(Base):
    """The moment at which the record of an exercise was made public, and what its people are told on top."""

    __tablename__ = "participation_records"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[int]
    summary: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("site_id", "source", "source_id"),)
