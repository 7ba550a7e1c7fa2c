"""Outages that an administrator declared, and filings that a widget kept while the server could not be reached."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class Outage(Base):
    """A stretch in which the entity's medium failed, as an administrator declared it; never changed afterwards."""

    __tablename__ = "outages"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Local days of both, and the last one on which a person may insist.
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300))
    declared_by: Mapped[str] = mapped_column(String(80))
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    # The certificate; None where the site's documents can't be printed.
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"))

    __table_args__ = (Index("ix_outages_site", "site_id", "ends_on"),)


class FailedAttempt(Base):
    """A submission that failed before it arrived: when it was first tried, of which kind, and nothing of whom."""

    __tablename__ = "failed_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    scope: Mapped[str] = mapped_column(String(60))
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_failed_attempts_site", "site_id", "first_at"),)
