"""The register CE-F05: what people said to the entity on its networks, kept for good (S2-3, S2-10)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class SocialReport(Base):
    __tablename__ = "social_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(20))
    network: Mapped[str] = mapped_column(String(20))
    interaction: Mapped[str] = mapped_column(String(10))
    author: Mapped[str] = mapped_column(String(120), default="")
    link: Mapped[str] = mapped_column(String(500), default="")
    body: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The four criteria of S2-5, each with what shows it: {"identification": "…", …}; empty where it lacks.
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    is_petition: Mapped[bool | None]
    answers_at_once: Mapped[bool | None]
    state: Mapped[str] = mapped_column(String(12), default="captured")
    hand_over_on: Mapped[date]
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        UniqueConstraint("site_id", "code"),
        Index("ix_social_reports_said", "site_id", "said_at"),
    )
