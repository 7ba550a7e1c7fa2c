"""Who wants which topics and how often, what was sent in which run, and to whom once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime

FREQUENCIES = ("immediate", "daily", "weekly")


class Subscriber(Base):
    """An address of a site. `pending` until its owner says yes; `suppressed` when mail to it fails for good."""

    __tablename__ = "subscribe_subscribers"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(320))
    # Lower case: one person is one row, however they write their address.
    email_key: Mapped[str] = mapped_column(String(320))
    domain: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(10), default="pending")
    frequency: Mapped[str] = mapped_column(String(10), default="immediate")
    all_topics: Mapped[bool] = mapped_column(default=True)
    lang: Mapped[str] = mapped_column(String(2), default="es")
    notice_version: Mapped[int] = mapped_column(default=0)
    # Goes up when the person leaves: links of older mails then serve no more.
    version: Mapped[int] = mapped_column(default=1)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The last mail that somebody else could have caused, and how many of a day: nobody can be bombed through us.
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mailed_today: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(20), default="")

    __table_args__ = (
        UniqueConstraint("site_id", "email_key"),
        CheckConstraint("state IN ('pending', 'active', 'left', 'suppressed')", name="state"),
        CheckConstraint("frequency IN ('immediate', 'daily', 'weekly')", name="frequency"),
        Index("ix_subscribe_subscribers_state", "site_id", "state", "frequency"),
    )


class SubscriberTopic(Base):
    """A topic that a person chose; none are kept for who wants all."""

    __tablename__ = "subscribe_topics"

    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribe_subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    topic_id: Mapped[int] = mapped_column(ForeignKey("content_topics.id", ondelete="CASCADE"), primary_key=True)


class Run(Base):
    """One sending: a publication at once, or the digest of a day or a week. `slot` makes it one."""

    __tablename__ = "subscribe_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    frequency: Mapped[str] = mapped_column(String(10))
    slot: Mapped[str] = mapped_column(String(40))
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("content_publications.id", ondelete="CASCADE"))
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    # sending, done, or empty: nothing had been published
    state: Mapped[str] = mapped_column(String(10), default="sending")
    total: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("site_id", "slot"),)


class Delivery(Base):
    """One subscriber of one run: it is queued in the transaction that says so, so it is queued once."""

    __tablename__ = "subscribe_deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("subscribe_runs.id", ondelete="CASCADE"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribe_subscribers.id", ondelete="CASCADE"), index=True)
    domain: Mapped[str] = mapped_column(String(255))
    # waiting, queued, or skipped: left meanwhile, or nothing of their topics
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id", ondelete="SET NULL"), index=True)

    __table_args__ = (
        UniqueConstraint("run_id", "subscriber_id"),
        Index("ix_subscribe_deliveries_waiting", "run_id", "state", "id"),
    )
