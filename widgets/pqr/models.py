"""What staff took down of a petition that was said aloud or brought on paper; the petition itself is a case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class CounterFiling(Base):
    """How a petition reached the counter, and who received it there. Never changed after it was filed."""

    __tablename__ = "pqr_counter_filings"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    # Filled in the transaction that adds the row: the case points at it, and it at the case.
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    spoken: Mapped[bool]
    # Spoken in which language, where it was not Spanish (Decreto 1069 de 2015, art. 2.2.3.12.9).
    language: Mapped[str] = mapped_column(String(80), default="")
    # Sheets of paper, of a written one.
    sheets: Mapped[int] = mapped_column(default=0)
    # How the person wanted a copy of the constancia: "", "printed" or "mail".
    copy: Mapped[str] = mapped_column(String(10), default="")
    taken_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"))
