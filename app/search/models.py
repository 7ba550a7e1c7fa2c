"""The tables behind the index: what is public, what is not indexed yet, and what a site's staff decided about it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class SearchDocument(Base):
    """A public document as the index must hold it: SQL is the truth, the index can be thrown away."""

    __tablename__ = "search_documents"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    site: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(String(2048))
    lang: Mapped[str] = mapped_column(String(2), default="es")
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    office: Mapped[str | None] = mapped_column(String(3))
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class SearchChange(Base):
    """A document that the index must look at again; what is to be done is seen in `search_documents`."""

    __tablename__ = "search_changes"

    # Never reused: a number taken twice could strike off a change that nobody has indexed.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    document_id: Mapped[str] = mapped_column(String(80))

    __table_args__ = {"sqlite_autoincrement": True}


class SearchAsked(Base):
    """How often something was asked on a day, found or not, and opened: a count, never a person."""

    __tablename__ = "search_asked"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    day: Mapped[date]
    text: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(400))
    times: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)

    __table_args__ = (UniqueConstraint("site_id", "day", "text"), Index("ix_search_asked_key", "site_id", "key"))


class SearchChoice(Base):
    """A document that staff put first ("mejor resultado") or last for a query, in all the forms of its words."""

    __tablename__ = "search_choices"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(400))
    text: Mapped[str] = mapped_column(String(60))
    document_id: Mapped[str] = mapped_column(String(80))
    first: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (UniqueConstraint("site_id", "key", "document_id"),)


class SearchSynonym(Base):
    """A word of the people and the word that the pages use: searching one searches the other too."""

    __tablename__ = "search_synonyms"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    word: Mapped[str] = mapped_column(String(60))
    other: Mapped[str] = mapped_column(String(60))

    __table_args__ = (UniqueConstraint("site_id", "word", "other"),)
