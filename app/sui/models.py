"""Facts that only a utility keeps of a case, and the columns of the sheet that it reports."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
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
