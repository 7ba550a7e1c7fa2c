"""The register CE-F05: what people said to the entity on its networks, kept for good (S2-3, S2-10)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class SocialReport(Base):
    __tablename__ = "social_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(40))
    network: Mapped[str] = mapped_column(String(20))
    interaction: Mapped[str] = mapped_column(String(10))
    author: Mapped[str] = mapped_column(String(120), default="")
    link: Mapped[str] = mapped_column(String(500), default="")
    body: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The four criteria of S2-5, each with what shows it: {"identification": "…", …}; empty where it lacks.
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # What else the form asks of person and report (reports.DETAILS), by name; only what is known stands there.
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    is_petition: Mapped[bool | None]
    answers_at_once: Mapped[bool | None]
    decision: Mapped[str] = mapped_column(String(12), default="", server_default="")
    state: Mapped[str] = mapped_column(String(12), default="captured")
    # Who did it: "staff:7", or a name as an old sheet wrote it.
    consolidated_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    hand_over_on: Mapped[date]
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handed_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    analysed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    analysed_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    # Handed to one person, and why: it needs a procedure (S4-29), or what we publish lacks (S4-30).
    referred_why: Mapped[str] = mapped_column(String(12), default="", server_default="")
    referred_to: Mapped[str] = mapped_column(String(120), default="", server_default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Of an imported row; a case's own date wins.
    due_on: Mapped[date | None]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    # What the network calls the message, "facebook:12_34": so it is taken in once, however often it is told.
    external_id: Mapped[str | None] = mapped_column(String(250))
    # What became of it there, oldest first: {"at", "what": "edited" or "removed", "body"}; what was said stays.
    later: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    # What hangs on it: {"kind", "id" or "url", "name", "mime", "state", "why"}; hearing/media.py says which states.
    media: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        UniqueConstraint("site_id", "code"),
        Index("uq_social_reports_site_id_external_id", "site_id", "external_id", unique=True),
        Index("ix_social_reports_said", "site_id", "said_at"),
        # What every page of the console counts for its navigation.
        Index("ix_social_reports_owed", "site_id", "state", "hand_over_on"),
    )


class SocialImport(Base):
    """A spreadsheet that somebody brings: looked at first, kept when they say so, by a job that tells how far it is."""

    __tablename__ = "social_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    # The sheet itself, until it is kept or given up: it is full of people's data.
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    state: Mapped[str] = mapped_column(String(10), default="reading")
    rows: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    # [row of the sheet, column, key of the words]; the first of them, and how many there are.
    errors: Mapped[list[Any]] = mapped_column(JSON, default=list)
    wrong: Mapped[int] = mapped_column(default=0)
    # How many rows are taken as received long ago.
    history: Mapped[int] = mapped_column(default=0, server_default="0")
    actor: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class SocialChannel(Base):
    """A way by which a network, or a program that reads one, tells of messages by itself."""

    __tablename__ = "social_channels"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    # Stands in the address that is called.
    key: Mapped[str] = mapped_column(String(40), unique=True)
    provider: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    # Sealed (app.vault): who reads the store can sign nothing.
    secret: Mapped[str] = mapped_column(Text)
    verify_token: Mapped[str] = mapped_column(Text, default="")
    # Sealed as well: by it what hangs on a message is fetched; "" where it stays at the network.
    access_token: Mapped[str] = mapped_column(Text, default="", server_default="")
    active: Mapped[bool] = mapped_column(default=True)
    taken: Mapped[int] = mapped_column(default=0)
    # Parts of a delivery that had an unknown shape.
    unread: Mapped[int] = mapped_column(default=0)
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class SocialReply(Base):
    """What the entity answered to one report, as it was written for it; somebody puts it on the network by hand."""

    __tablename__ = "social_replies"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("social_reports.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(Text)
    # Where it stands on the network, once it does.
    link: Mapped[str] = mapped_column(String(500), default="")
    # It asks for what lacks, and ends nothing.
    asks: Mapped[bool] = mapped_column(default=False)
    # Somebody said that it may name personal data in public.
    despite_personal: Mapped[bool] = mapped_column(default=False)
    actor: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class SocialCheck(Base):
    """That somebody looked at a network, and what they found there (S4-22, S4-23)."""

    __tablename__ = "social_checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    network: Mapped[str] = mapped_column(String(20))
    found: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(300), default="")
    actor: Mapped[str] = mapped_column(String(40))
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (Index("ix_social_checks_network", "site_id", "network", "checked_at"),)


class SocialFeed(Base):
    """What the feed of an official profile last told: read by the server, so that no visitor asks the network."""

    __tablename__ = "social_feeds"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(String(300))
    # Newest first: {"title", "url", "at"}.
    posts: Mapped[list[Any]] = mapped_column(JSON, default=list)
    # "" or why it could not be read the last time.
    note: Mapped[str] = mapped_column(String(20), default="")
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("site_id", "url"),)
