"""The case file (expediente): what was asked, by whom, each thing that happened, and the clocks that run on it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime
from app.sites.stamps import Shapes

RADICATED, IN_PROCESS, REQUIRED, RETURNED = "radicated", "in_process", "required", "returned"
CONFLICT, REJECTED = "in_conflict", "rejected"
ANSWERED, NOTIFIED = "answered", "notified"
WITHDRAWN, LAPSED, TRANSFERRED, ARCHIVED, ANNULLED = "withdrawn", "lapsed", "transferred", "archived", "annulled"
# Not ended yet: on the entity's desk, or (required, returned: its clock stands still) on the person's.
OPEN = (RADICATED, IN_PROCESS, REQUIRED, RETURNED, CONFLICT)


_URGENCY = text("coalesce(target_on, '9999-12-31')")
_ONLY_OPEN: Any = dict.fromkeys(("sqlite_where", "postgresql_where"), text(f"state IN {OPEN!r}"))
_ONLY_KEPT_BACK: Any = dict.fromkeys(("sqlite_where", "postgresql_where"), text("recourse = 'insistence'"))
_ONLY_ANSWERED: Any = dict.fromkeys(("sqlite_where", "postgresql_where"), text("answered_at IS NOT NULL"))


class CaseCounter(Base):
    """The last number given in a series of a site and year; its row is the lock under which the next is taken."""

    __tablename__ = "case_counters"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class RuleRow(Shapes, Base):
    """A term of the law as this site applies it; a site without rows uses app.cases.rules.DEFAULT_RULES."""

    __tablename__ = "case_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    # app.cases.rules.Rule.to_dict
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class RecordSeries(Base):
    """A line of the entity's records retention table (TRD): where the files of a kind of petition belong, how long."""

    __tablename__ = "case_series"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    series: Mapped[str] = mapped_column(String(120))
    subseries: Mapped[str] = mapped_column(String(120), default="")
    # Years in the office's archive from the day on which a file closes, and in the central archive after these.
    office_years: Mapped[int]
    central_years: Mapped[int]
    # One of app.cases.retention.DISPOSALS.
    disposal: Mapped[str] = mapped_column(String(12))


class Case(Base):
    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    radicado: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    sequence: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20), default=RADICATED)
    channel: Mapped[str] = mapped_column(String(20))
    identity: Mapped[str] = mapped_column(String(12), default="identified")
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(String(2), default="es")
    # Set once, by the server's clock: art. 15 par. 1 and art. 61, Ley 1437 de 2011.
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    radicated_on: Mapped[date]
    # The legal date, by the site's reading; None while the clock is suspended.
    due_on: Mapped[date | None]
    # The entity's own target, always by reading A: what the traffic light shows.
    target_on: Mapped[date | None]
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    code_hash: Mapped[str] = mapped_column(String(64))
    answer_channel: Mapped[str] = mapped_column(String(12), default="electronic")
    electronic_consent: Mapped[bool] = mapped_column(default=False)
    notice_version: Mapped[int] = mapped_column(default=0)
    priority: Mapped[str] = mapped_column(String(40), default="")
    # What the law asks for and was not given (L8): names of fields.
    missing: Mapped[list[str]] = mapped_column(JSON, default=list)
    # Files that could not be taken: [{"name", "reason"}].
    failed_files: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    # Doubts of the gate ("honeypot", "fast"): shown to staff, never a reason to refuse.
    marks: Mapped[list[str]] = mapped_column(JSON, default=list)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    rating: Mapped[int | None]
    rating_comment: Mapped[str] = mapped_column(Text, default="")
    # Where it came from when another channel filed it: ("contact", 12).
    source: Mapped[str] = mapped_column(String(20), default="")
    source_id: Mapped[int | None]
    # Grows with each change, so that two officers who act at once don't overwrite each other.
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        UniqueConstraint("site_id", "radicado"),
        UniqueConstraint("site_id", "year", "sequence"),
        CheckConstraint("identity IN ('identified', 'anonymous', 'reserved')", name="identity"),
        # One for each order of the inbox: paging by key stays flat at a million rows.
        Index("ix_cases_inbox_due", "site_id", "state", "due_on", "id"),
        Index("ix_cases_inbox_received", "site_id", "received_at", "id"),
        Index("ix_cases_office", "site_id", "office_id", "state", "due_on"),
        Index("ix_cases_assignee", "assignee_id", "state"),
        Index("ix_cases_source", "source", "source_id"),
        # Only what waits for the entity: a small part of a big table, in the order of the inbox.
        Index("ix_cases_open_urgency", "site_id", _URGENCY, "id", **_ONLY_OPEN),
        Index("ix_cases_open_office", "site_id", "office_id", _URGENCY, "id", **_ONLY_OPEN),
        # All that the dashboard counts, the state too: without it each case would be read to see that it is open.
        Index("ix_cases_open_kind", "site_id", "office_id", "kind", "target_on", "state", **_ONLY_OPEN),
        # All that a report counts: from the index alone, a half-year of 200,000 cases takes a third of the time.
        Index(
            "ix_cases_report", "site_id", "received_at", "state", "kind", "office_id", "channel", "answered_at",
            "due_on", "rating",
        ),
        Index("ix_cases_answered", "site_id", "answered_at", "received_at", "office_id", **_ONLY_ANSWERED),
    )
    __mapper_args__ = {"version_id_col": version}


class CaseParty(Base):
    """Who asks; no row for an anonymous case. Apart from the case, so that it can be masked, revealed and erased."""

    __tablename__ = "case_parties"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    person_type: Mapped[str] = mapped_column(String(20), default="person")
    user_class: Mapped[str] = mapped_column(String(60), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    document_type: Mapped[str] = mapped_column(String(10), default="")
    document_number: Mapped[str] = mapped_column(String(40), default="", index=True)
    represented_name: Mapped[str] = mapped_column(String(200), default="")
    represented_document: Mapped[str] = mapped_column(String(60), default="")
    email: Mapped[str] = mapped_column(String(254), default="", index=True)
    phone: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    neighbourhood: Mapped[str] = mapped_column(String(120), default="")
    municipality: Mapped[str] = mapped_column(String(5), default="")
    country: Mapped[str] = mapped_column(String(60), default="")
    # Sensitive and optional: kept only with its own consent (Ley 1581 de 2012, art. 6).
    characterisation: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class CaseClock(Base):
    """One clock of a case: its rule as it was, and the segments by which the date is explained line by line."""

    __tablename__ = "case_clocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(20))
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    started_on: Mapped[date]
    due_on: Mapped[date | None]
    segments: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    calendar_version: Mapped[str] = mapped_column(String(12))
    met_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("case_id", "name"),)


class CaseMessage(Base):
    """What was written in a case: by the person, by staff to the person, or among staff (a note)."""

    __tablename__ = "case_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    # "message" from either side, "answer" that meets the clock, "note" that only staff read.
    kind: Mapped[str] = mapped_column(String(12))
    author: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text)
    # What the person does next (S0-15); answers must say it.
    next_step: Mapped[str] = mapped_column(Text, default="")
    radicado: Mapped[str] = mapped_column(String(40), default="")
    # What the person may bring against it, as it told them: "", "appeal" or "insistence" (art. 67).
    recourse: Mapped[str] = mapped_column(String(12), default="", server_default="")
    # The message whose files this one shares: the answer of a case to which this one was joined.
    copy_of_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # Few keep something back, and each report counts them.
    __table_args__ = (Index("ix_case_messages_insistence", "case_id", **_ONLY_KEPT_BACK),)


# What happened without anybody's hand on the case; it makes no form stale.
QUIET = ("revealed", "reserve_read", "due_3", "due_1", "expired", "mail_failed", "lapse_proposed")


class CaseEvent(Base):
    """One line of the timeline; `public` ones are shown to whoever holds the code."""

    __tablename__ = "case_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    kind: Mapped[str] = mapped_column(String(30))
    actor: Mapped[str] = mapped_column(String(80))
    public: Mapped[bool] = mapped_column(default=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
