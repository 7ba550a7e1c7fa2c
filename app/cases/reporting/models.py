"""What was first published of a quarter, kept so that later days add nothing to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime


class PublishedQuarter(Base):
    """The counted cells of a quarter as they stood when somebody first asked for it, before small ones are hidden."""

    __tablename__ = "published_quarters"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    # app.cases.reporting.periods.Period.key
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    # [[cut, key of the group, state, count], …], app.cases.reporting.open_data.CUTS
    cells: Mapped[list[tuple[str, str, str, int]]] = mapped_column(JSON)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
