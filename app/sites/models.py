"""Tenants: a site is one entity's website; everything else belongs to exactly one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, UtcDateTime
from app.sites.stamps import Shapes, new_stamp


class Site(Shapes, Base):
    __tablename__ = "sites"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    entity: Mapped[str] = mapped_column(String(200))
    website: Mapped[str] = mapped_column(String(300), default="")
    official_email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(60), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(120), default="")
    dane_code: Mapped[str] = mapped_column(String(5), default="")
    privacy_url: Mapped[str] = mapped_column(String(300), default="")
    lang: Mapped[str] = mapped_column(String(2), default="es")
    timezone: Mapped[str] = mapped_column(String(40), default="America/Bogota")
    regime: Mapped[str] = mapped_column(String(10), default="general")
    # Which reading of art. 54 Ley 1437 sets the legal day 0; the traffic light always counts by A.
    reading: Mapped[str] = mapped_column(String(1), default="B")
    radicado_pattern: Mapped[str] = mapped_column(String(60), default="AAAA-DDD-NNNNNN-T")
    always_open: Mapped[bool] = mapped_column(default=False)
    accent: Mapped[str] = mapped_column(String(7), default="#0b5cad")
    on_accent: Mapped[str] = mapped_column(String(7), default="#ffffff")
    user_classes: Mapped[list[str]] = mapped_column(JSON, default=list)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    # A new one with each change of the rows that shape the site (app.sites.stamps).
    stamp: Mapped[str] = mapped_column(String(16), default=new_stamp, server_default="")

    origins: Mapped[list[SiteOrigin]] = relationship(cascade="all, delete-orphan", order_by="SiteOrigin.id")

    __table_args__ = (
        CheckConstraint("reading IN ('A', 'B')", name="reading"),
        CheckConstraint("regime IN ('general', 'utility')", name="regime"),
    )


class SiteOrigin(Shapes, Base):
    """One exact scheme, host and port from which browsers may call."""

    __tablename__ = "site_origins"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    origin: Mapped[str] = mapped_column(String(300))

    __table_args__ = (UniqueConstraint("site_id", "origin"),)


class Office(Shapes, Base):
    """A dependencia: who answers. `code` is the DDD of the radicado."""

    __tablename__ = "offices"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(String(3))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), default="")
    # What it is for when a widget names no office of its own: "citizen", "communications" or "".
    purpose: Mapped[str] = mapped_column(String(20), default="")
    active: Mapped[bool] = mapped_column(default=True)
    # Whether its answers must be approved by somebody else before they leave (S4-21).
    asks_review: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (UniqueConstraint("site_id", "code"),)


class OpeningInterval(Shapes, Base):
    """One interval of a weekday in minutes from midnight; a day may have several. No office: the whole site."""

    __tablename__ = "opening_intervals"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id", ondelete="CASCADE"))
    weekday: Mapped[int]
    opens_minute: Mapped[int]
    closes_minute: Mapped[int]

    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("0 <= opens_minute AND opens_minute < closes_minute AND closes_minute <= 1440", name="minutes"),
    )


class CalendarDay(Shapes, Base):
    """A day on which the site departs from the national calendar: closed (vacante) or open."""

    __tablename__ = "calendar_days"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    day: Mapped[date]
    works: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(120))

    __table_args__ = (UniqueConstraint("site_id", "day"),)


class Place(Base):
    """A barrio, a vereda or another part of the municipality, as people name it; `people` is 0 where nobody said."""

    __tablename__ = "places"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    # Kept for as long as the name stays: answers of all surveys name the place by it.
    key: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    people: Mapped[int] = mapped_column(default=0)
    rank: Mapped[int] = mapped_column(default=0)

    __table_args__ = (UniqueConstraint("site_id", "key"),)


class WidgetSetting(Shapes, Base):
    """What one site decided about one widget; no row means the widget's own defaults."""

    __tablename__ = "widget_settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    widget: Mapped[str] = mapped_column(String(20))
    enabled: Mapped[bool] = mapped_column(default=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id", ondelete="SET NULL"))
    help: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    __table_args__ = (UniqueConstraint("site_id", "widget"),)


class RulesOfUse(Shapes, Base):
    """One published version of a widget's rules of use (S0-14); never edited, only followed by the next."""

    __tablename__ = "rules_of_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    widget: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (UniqueConstraint("site_id", "widget", "version"),)
