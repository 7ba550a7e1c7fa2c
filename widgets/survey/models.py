"""Surveys, the frozen versions in which they were asked, their answers, and the codes that open them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime
from app.participation.following import Follows


class Survey(Base):
    __tablename__ = "survey_surveys"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    # The name in addresses and in the tag: `<ventanilla-survey survey="parques-2026">`.
    key: Mapped[str] = mapped_column(String(60))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    purpose: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    # The definition being worked on; what people answer is a version.
    draft: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=0)
    design: Mapped[str] = mapped_column(String(10), default="open")
    # Who the results speak of, and how many they are; 0 where nobody knows.
    universe: Mapped[str] = mapped_column(String(300), default="")
    population: Mapped[int] = mapped_column(default=0)
    confidence: Mapped[int] = mapped_column(default=95)
    # How many people of each group there are (widgets.survey.targets); {} where nobody said.
    targets: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    # Where it is offered by itself: {"chat": bool, "case": bool, "tags": [tag of a case, …]}; {} nowhere.
    offers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    # In which languages it is asked beside Spanish and English: [[code, name], …].
    languages: Mapped[list[list[str]]] = mapped_column(JSON, default=list, server_default="[]")
    level: Mapped[str] = mapped_column(String(10), default="browser")
    # The key of the documents' hashes (hex); emptied when the survey closes, and with it the way back to anyone.
    document_key: Mapped[str] = mapped_column(String(64), default="")
    pace: Mapped[str] = mapped_column(String(10), default="section")
    show_results: Mapped[bool] = mapped_column(default=False)
    # Since when; who follows the survey hears of it once it is closed.
    results_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # How many answers its results told of when it last closed or opened again: later ones are told by fives from there.
    told: Mapped[int] = mapped_column(default=0, server_default="0")
    # Grows when answers are removed or grouped otherwise, so that counts that were kept are made anew.
    epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        UniqueConstraint("site_id", "key"),
        CheckConstraint("design IN ('census', 'random', 'quota', 'open')", name="design"),
        CheckConstraint("level IN ('open', 'browser', 'codes', 'document')", name="level"),
        CheckConstraint("state IN ('draft', 'open', 'closed', 'archived')", name="state"),
    )


class SurveyVersion(Base):
    """A definition as it was opened; never changed afterwards."""

    __tablename__ = "survey_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey_surveys.id", ondelete="CASCADE"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (UniqueConstraint("survey_id", "number"),)


class SurveyAnswer(Base):
    """What one person answered; `unit_hash` makes them count once, and leads back to nobody."""

    __tablename__ = "survey_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey_surveys.id", ondelete="CASCADE"))
    version: Mapped[int]
    channel: Mapped[str] = mapped_column(String(10), default="web")
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    unit_hash: Mapped[str | None] = mapped_column(String(64))
    lang: Mapped[str] = mapped_column(String(2), default="es")
    marks: Mapped[str] = mapped_column(String(60), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (
        UniqueConstraint("survey_id", "unit_hash"),
        Index("ix_survey_answers_survey_id_id", "survey_id", "id"),
        CheckConstraint("channel IN ('web', 'paper')", name="channel"),
    )


class SurveyCount(Base):
    """What was counted of a survey's answers up to one: may be thrown away, and is made anew (survey.counting)."""

    __tablename__ = "survey_counts"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey_surveys.id", ondelete="CASCADE"), primary_key=True)
    last_id: Mapped[int]
    epoch: Mapped[int]
    n: Mapped[int]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)


class SurveyFollower(Follows, Base):
    """An address that wants to hear of a survey."""

    __tablename__ = "survey_followers"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey_surveys.id", ondelete="CASCADE"))

    __table_args__ = (
        Index("ux_survey_followers", "site_id", text("lower(email)"), "survey_id", unique=True),
        Index("ix_survey_followers_survey", "survey_id", "told_at"),
    )


class SurveyCode(Base):
    """A code on a printed slip or in a mail; it opens the survey once."""

    __tablename__ = "survey_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey_surveys.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    batch: Mapped[str] = mapped_column(String(60), default="")
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("survey_id", "code_hash"),)


class SurveyExport(Base):
    """A file of a survey's answers that somebody asked for: how far it is, and where it lies when it is made."""

    __tablename__ = "survey_exports"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey_surveys.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    lang: Mapped[str] = mapped_column(String(2), default="es")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    key: Mapped[str] = mapped_column(String(120), default="")
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    # Why it could not be made: the key of a text.
    problem: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_survey_exports_survey_id", "survey_id", "id"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
    )


class SurveyTag(Base):
    """A word under which staff put what one person wrote."""

    __tablename__ = "survey_tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey_surveys.id", ondelete="CASCADE"))
    answer_id: Mapped[int] = mapped_column(ForeignKey("survey_answers.id", ondelete="CASCADE"))
    # The question, or the own words beside its last option: q3, q3_other.
    column: Mapped[str] = mapped_column(String(20))
    tag: Mapped[str] = mapped_column(String(40))

    __table_args__ = (UniqueConstraint("survey_id", "column", "tag", "answer_id"),)
