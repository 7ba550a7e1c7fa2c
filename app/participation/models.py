"""The register of exercises, and the closing record with which each ends: what was said, decided and done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime
from app.sites.stamps import Shapes


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


class PlannedUse(Shapes, Base):
    """One use of a tool that the entity plans, holds and documents (S0-9, S0-10, S0-16).

    A Shapes row, since its banner stands above every widget of the site while it runs.
    """

    __tablename__ = "participation_uses"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    # The widget, and which forum or survey of it; None where the tool itself is all there is to announce.
    tool: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[int | None]
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    title: Mapped[str] = mapped_column(String(200))
    # The critical moment of the management cycle that it belongs to (S0-9).
    moment: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[str] = mapped_column(String(300), default="")
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    banner: Mapped[str] = mapped_column(String(300), default="")
    banner_en: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(10), default="planned")
    # Why it could not be opened or closed: the key of a text. Tried again each minute until it can.
    problem: Mapped[str] = mapped_column(String(80), default="")
    # [{"name", "goal", "reached"}], the last two as people write them: "200 personas".
    indicators: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done: Mapped[str] = mapped_column(Text, default="")
    people: Mapped[int | None]
    results: Mapped[str] = mapped_column(Text, default="")
    lessons: Mapped[str] = mapped_column(Text, default="")
    documented_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        Index("ix_participation_uses_site", "site_id", "starts_at"),
        Index("ix_participation_uses_due", "state", "starts_at"),
        CheckConstraint("state IN ('planned', 'running', 'done', 'cancelled')", name="state"),
        CheckConstraint("ends_at > starts_at", name="span"),
        CheckConstraint("people >= 0", name="people"),
    )
