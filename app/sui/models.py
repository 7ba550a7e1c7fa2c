"""Facts that only a utility keeps of a case, its causes and populated centres, and the columns of its sheet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class SuiFacts(Base):
    """The account that a case is about, its cause by the entity's own list, and how it was decided."""

    __tablename__ = "sui_facts"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    account: Mapped[str] = mapped_column(String(40), default="")
    # Of the bill that is disputed, where there is one.
    bill: Mapped[str] = mapped_column(String(40), default="", server_default="")
    cause: Mapped[str] = mapped_column(String(120), default="")
    # Of the populated centre, three digits; "" where the place that the person named says it.
    centre: Mapped[str] = mapped_column(String(3), default="", server_default="")
    # One of app.sui.service.DECISIONS, "" while nothing was decided.
    decision: Mapped[str] = mapped_column(String(20), default="")
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)


class SuiColumn(Base):
    """One column of the sheet: its heading, what fills it, and the codes by which values are told."""

    __tablename__ = "sui_columns"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    head: Mapped[str] = mapped_column(String(80))
    field: Mapped[str] = mapped_column(String(20))
    # "value=code" a line; of a date its pattern, as DD-MM-YYYY; of a fixed column its value.
    codes: Mapped[str] = mapped_column(Text, default="")


class SuiCause(Base):
    """A cause that an officer may give a case, and the codes of its group and of its detail in the report."""

    __tablename__ = "sui_causes"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    code: Mapped[str] = mapped_column(String(10))
    detail: Mapped[str] = mapped_column(String(10), default="")
    # Where the entity read the codes: the norm and its annex.
    source: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (UniqueConstraint("site_id", "name"),)


class SuiCentre(Base):
    """A populated centre of a municipality, by its three digits of DANE's Divipola; "000" is the seat."""

    __tablename__ = "sui_centres"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    municipality: Mapped[str] = mapped_column(String(5))
    name: Mapped[str] = mapped_column(String(120))
    code: Mapped[str] = mapped_column(String(3))

    __table_args__ = (UniqueConstraint("site_id", "municipality", "code"),)
