"""Documents that left the entity, each under its number; and the versions of the forms they are printed on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class Document(Base):
    """One document that was issued; its number and code stay taken for ever, whatever becomes of the file."""

    __tablename__ = "documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    template: Mapped[str] = mapped_column(String(40))
    # The radicado de salida.
    number: Mapped[str] = mapped_column(String(40))
    # What the verification page is asked for: random, so that a number alone tells nobody anything.
    code: Mapped[str] = mapped_column(String(20), unique=True)
    # Public: what kind of document it is, and never about whom.
    title: Mapped[str] = mapped_column(String(200))
    lang: Mapped[str] = mapped_column(String(2), default="es")
    # Paper and words as they were on the day; gone once the file is made.
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # SHA-256 of what it says, printed on it; and of the file, which no file can hold itself.
    content_hash: Mapped[str] = mapped_column(String(64))
    file_hash: Mapped[str] = mapped_column(String(64), default="")
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id", ondelete="SET NULL"))
    # On what the file hangs, as in stored_files.
    source: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("site_id", "number"), Index("ix_documents_source", "source", "source_id"))


class DocumentForm(Base):
    """One version of a form, with who wrote, looked over and approved it; the last one is in force (S2-13)."""

    __tablename__ = "document_forms"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    template: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(30))
    version: Mapped[str] = mapped_column(String(10))
    dated_on: Mapped[date]
    # What changed against the version before.
    change: Mapped[str] = mapped_column(String(300), default="")
    prepared: Mapped[str] = mapped_column(String(120), default="")
    reviewed: Mapped[str] = mapped_column(String(120), default="")
    approved: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (UniqueConstraint("site_id", "template", "version"),)
