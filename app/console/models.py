"""Staff, what each may do where and until when, and their sessions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_security import AsaList, UserMixin
from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.db import Base, UtcDateTime, db, write


class User(Base, UserMixin):
    """One member of staff or contractor. Never shared: S4-1."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    # What the signature block of an answer needs: S4-19.
    position: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    lang: Mapped[str] = mapped_column(String(2), default="es")
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    # The counter of the last one-time code taken, so that each serves once (ASVS 6.5.1).
    totp_counter: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    grants: Mapped[list[Grant]] = relationship(cascade="all, delete-orphan", back_populates="user")
    # Flask-Security reads it; what a person may do stands in `grants`.
    roles: list[Any] = []  # noqa: RUF012

    def verify_and_update_password(self, password: str) -> bool:
        """Return whether the password is theirs; a hash that was renewed, for it cost another effort, is kept at once.

        Flask-Security leaves the renewed one to the commit of its view, and some ways in have none.
        """
        right = bool(super().verify_and_update_password(password))
        if self in db.session.dirty:
            with write(keep_pending=True):
                pass
        return right


class Grant(Base):
    """A role of a person on a site, on one office or all (None), until a day (contractors: S3-24) or without end."""

    __tablename__ = "grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(20))
    until: Mapped[date | None]

    user: Mapped[User] = relationship(back_populates="grants")


class StaffSession(Base):
    """A signed-in browser; the cookie holds a random id of which only the hash is kept."""

    __tablename__ = "staff_sessions"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    device: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    __table_args__ = (Index("ix_staff_sessions_seen_at", "seen_at"),)


class SavedText(Base):
    """A template of an answer that an office keeps at hand, with {variables} of the case."""

    __tablename__ = "saved_texts"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)


class SavedView(Base):
    """A list that a person keeps under a name: the inbox's address is all there is to it."""

    __tablename__ = "saved_views"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(1000), default="")

    __table_args__ = (UniqueConstraint("user_id", "site_id", "name", name="uq_saved_views_user_id"),)
