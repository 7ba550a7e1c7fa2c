"""What the workflow keeps beside the case: its ties to other cases, its questions, drafts, tasks and public notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime

# How a case hangs on another: joined (art. 36), answered with it (art. 22), brought against its answer, answered by
# what that one was answered before (art. 19), or what another entity took over of it (art. 21).
MERGED, SINGLE, APPEAL, INSISTENCE, REPEATS = "merged", "single", "appeal", "insistence", "repeats"
PART = "part"


class CaseLink(Base):
    """A case and the one that it hangs on."""

    __tablename__ = "case_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    main_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    # A case is joined to one other at most, so no circle of cases can form that waits for itself.
    __table_args__ = (UniqueConstraint("case_id"),)


class CaseQuestion(Base):
    """One thing that the petition asks; the answer leaves only when each is ticked (art. 42)."""

    __tablename__ = "case_questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(500))
    answered: Mapped[bool] = mapped_column(default=False)


class CaseDraft(Base):
    """The answer before it is sent. State: "draft", "review", "returned" or "approved"; gone once sent."""

    __tablename__ = "case_drafts"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    # Which recourse the answer names: "", "appeal" or "insistence" (art. 67).
    recourse: Mapped[str] = mapped_column(String(12), default="")
    # Who else gets a copy of the letter, one address a line.
    copies: Mapped[str] = mapped_column(Text, default="")
    remarks: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)


class CaseTask(Base):
    """Something that an officer must do by hand: a mail that bounced, a rejection that waits for a second person."""

    __tablename__ = "case_tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str] = mapped_column(String(80), default="")

    __table_args__ = (Index("ix_case_tasks_open", "case_id", "done_at"),)


class CaseNotice(Base):
    """An answer on the public notice board (art. 69), from a day until another, included."""

    __tablename__ = "case_notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("case_messages.id", ondelete="CASCADE"))
    # Whether its text is shown: to an anonymous person there is no other way; of anybody else only the number is.
    whole: Mapped[bool] = mapped_column(default=False)
    published_on: Mapped[date]
    until_on: Mapped[date]
    # The day at whose end the notice counts as given: the one after it was taken down.
    effective_on: Mapped[date]
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_case_notices_site", "site_id", "until_on"),)
