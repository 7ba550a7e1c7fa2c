"""Forums, those who write in them, what they wrote, and the marks of others on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime
from app.participation.following import Follows

REASONS = ("insult", "personal", "off-topic", "advertising", "repeated", "minors", "illegal")
BODY_LENGTH, TITLE_LENGTH = 5_000, 150


class Forum(Base):
    __tablename__ = "forum_forums"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(60))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    title: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(Text, default="")
    purpose_html: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default="draft")
    # "before": staff read a contribution before anybody else does; "after": it is public at once.
    moderation: Mapped[str] = mapped_column(String(6), default="before")
    # "name": a name is enough; "mail": a confirmed address too, which is never shown.
    identity: Mapped[str] = mapped_column(String(6), default="name")
    threads_by_people: Mapped[bool] = mapped_column(default=True)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Grows with every change that a reader can see, and so do the answers' ETags.
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        UniqueConstraint("site_id", "key"),
        CheckConstraint("state IN ('draft', 'open', 'closed', 'archived')", name="state"),
        CheckConstraint("moderation IN ('before', 'after')", name="moderation"),
        CheckConstraint("identity IN ('name', 'mail')", name="identity"),
    )


class ForumPerson(Base):
    """Somebody who writes: known by a secret that their browser keeps, of which only the hash is here."""

    __tablename__ = "forum_people"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254), default="")
    confirm_hash: Mapped[str] = mapped_column(String(64), default="")
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    letters: Mapped[int] = mapped_column(default=0, server_default="0")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rules_version: Mapped[int] = mapped_column(default=0)
    lang: Mapped[str] = mapped_column(String(2), default="es")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        UniqueConstraint("site_id", "token_hash"),
        # Who gave an address, for how many letters it has been sent; most give none.
        Index(
            "ix_forum_people_email", "site_id", text("lower(email)"), sqlite_where=text("email <> ''"),
            postgresql_where=text("email <> ''"),
        ),
    )  # fmt: skip


class ForumPost(Base):
    """A contribution; a thread is one without a parent. `html` is made once, when it is written."""

    __tablename__ = "forum_posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    forum_id: Mapped[int] = mapped_column(ForeignKey("forum_forums.id", ondelete="CASCADE"))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("forum_people.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # As they were when it was written: an answer is the office's, whoever works there tomorrow.
    author: Mapped[str] = mapped_column(String(120))
    position: Mapped[str] = mapped_column(String(240), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(20), default="")
    # What a reader should look at: "words", "personal", "petition", and the gate's marks.
    marks: Mapped[str] = mapped_column(String(100), default="")
    votes: Mapped[int] = mapped_column(default=0)
    flags: Mapped[int] = mapped_column(default=0)
    pinned: Mapped[bool] = mapped_column(default=False)
    locked: Mapped[bool] = mapped_column(default=False)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The author asked another person to look again, and when that was answered.
    review_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    review_done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("participation_themes.id", ondelete="SET NULL"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    replies: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    active_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    # When everybody could read it for the first time: what followers and feeds go by.
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_forum_posts_thread", "thread_id", "state", "id"),
        Index("ix_forum_posts_list", "forum_id", "parent_id", "state", "pinned", "active_at"),
        Index("ix_forum_posts_queue", "forum_id", "state", "at"),
        # All that is counted of a forum, and for the queue, whose number stands on every page of the console.
        Index(
            "ix_forum_posts_counts", "forum_id", "staff_id", "state", "reason", "theme_id", "flags", "decided_at",
            "review_asked_at", "review_done_at",
        ),
        Index("ix_forum_posts_person", "person_id", "at"),
        Index("ix_forum_posts_published", "forum_id", "published_at"),
        CheckConstraint("state IN ('unconfirmed', 'waiting', 'published', 'withheld', 'deleted')", name="state"),
    )


class ForumVote(Base):
    __tablename__ = "forum_votes"

    post_id: Mapped[int] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("forum_people.id", ondelete="CASCADE"), primary_key=True)


class ForumFlag(Base):
    __tablename__ = "forum_flags"

    post_id: Mapped[int] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("forum_people.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ForumCitation(Base):
    """A publication of the site that a post cites."""

    __tablename__ = "forum_citations"

    post_id: Mapped[int] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"), primary_key=True)
    publication_id: Mapped[int] = mapped_column(
        ForeignKey("content_publications.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    thread_id: Mapped[int] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"), index=True)


class ForumDocumentCitation(Base):
    """A document of the site, which anybody can verify, that a post cites."""

    __tablename__ = "forum_document_citations"

    post_id: Mapped[int] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"), index=True)


class ForumFollower(Follows, Base):
    """An address that wants to hear of a forum, or of one thread of it."""

    __tablename__ = "forum_followers"

    forum_id: Mapped[int] = mapped_column(ForeignKey("forum_forums.id", ondelete="CASCADE"))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("forum_posts.id", ondelete="CASCADE"))

    __table_args__ = (
        Index(
            "ux_forum_followers", "site_id", text("lower(email)"), "forum_id", text("coalesce(thread_id, 0)"),
            unique=True,
        ),
        Index("ix_forum_followers_forum", "forum_id", "told_at"),
    )  # fmt: skip
