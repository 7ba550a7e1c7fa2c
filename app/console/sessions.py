"""Staff sessions kept in a table, so that they can be listed and ended; no public address ever gets a cookie."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, or_, select
from werkzeug.datastructures import CallbackDict

from app.clock import now
from app.config import Settings
from app.console.models import StaffSession, User
from app.db import db, write

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
# How stale `seen_at` may get: a write for each page read would make readers wait for writers.
SEEN_EVERY = timedelta(minutes=5)
# What somebody has who has not signed in: a token for the form, a word to show. It rests signed in the cookie itself,
# so that visits of strangers write nothing here; what an ending must reach (who signed in, who is half way) is a row.
LIGHT = frozenset({"csrf_token", "_flashes", "_fresh", "fs_cc"})
LIGHT_MARK, MOST_LIGHT_BYTES = "~", 3000


class RowSession(CallbackDict[str, Any], SessionMixin):
    def __init__(self, data: dict[str, Any] | None = None, sid: str = "") -> None:
        def changed(_self: Any) -> None:
            self.modified = True

        super().__init__(data or {}, changed)
        self.sid, self.modified, self.new = sid, False, not sid
        self.stale = self.light = False
        # Whose it was when it was opened; what of it was ended meanwhile must not come back to life.
        self.owner: int | None = None


class NoSession(RowSession):
    """The session of public addresses: it can be read and written, and nothing of it is kept."""


class TableSessions(SessionInterface):
    def __init__(self, settings: Settings) -> None:
        # Browsers refuse a __Host- cookie over plain http, except from localhost as a secure one.
        self.secure = not settings.insecure_cookies
        self.cookie = "__Host-ventanilla" if self.secure else "ventanilla"
        self.signer = URLSafeTimedSerializer(settings.key("light-session"))

    def open_session(self, app: Flask, request: Request) -> RowSession:
        if not request.path.startswith("/console"):
            return NoSession()
        sid = request.cookies.get(self.cookie, "")
        if sid.startswith(LIGHT_MARK):
            return self._light(sid)
        row = db.session.get(StaffSession, _hash(sid)) if sid else None
        moment = now()
        if row is None or moment - row.seen_at > IDLE or moment - row.created_at > ABSOLUTE:
            return RowSession()
        session = RowSession(dict(row.data), sid)
        session.owner = row.user_id
        session.stale = moment - row.seen_at > SEEN_EVERY
        return session

    def _light(self, cookie: str) -> RowSession:
        try:
            data = self.signer.loads(cookie.removeprefix(LIGHT_MARK), max_age=int(IDLE.total_seconds()))
        except BadData:
            return RowSession()
        session = RowSession(data)
        session.light = True
        return session

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        if isinstance(session, NoSession) or not isinstance(session, RowSession):
            return
        response.headers.add("Vary", "Cookie")
        response.headers.setdefault("Cache-Control", "no-store")
        if not session.modified and not session.stale:
            return
        if not session and (session.sid or session.light):
            if session.sid:
                with write():
                    db.session.execute(delete(StaffSession).where(StaffSession.id_hash == _hash(session.sid)))
            response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="Lax")
            return
        if session and not (session.keys() <= LIGHT and self._keep_light(session, response)):
            self._keep(session, response)

    def _keep_light(self, session: RowSession, response: Response) -> bool:
        """Give the whole session to the browser; False where it is too large for a cookie."""
        value = LIGHT_MARK + self.signer.dumps(dict(session))
        if len(value) > MOST_LIGHT_BYTES:
            return False
        if session.sid:
            with write():
                db.session.execute(delete(StaffSession).where(StaffSession.id_hash == _hash(session.sid)))
        self._set(response, value)
        return True

    def _set(self, response: Response, value: str) -> None:
        response.set_cookie(self.cookie, value, path="/", secure=self.secure, httponly=True, samesite="Lax")

    def _keep(self, session: RowSession, response: Response) -> None:
        from flask import request

        user_id = _user_id(session)
        with write():
            row = db.session.get(StaffSession, _hash(session.sid)) if session.sid else None
            if row is None and session.owner is not None and session.owner == user_id:
                # Ended while this request ran: from the list, at disable, or by a new password.
                return
            if row is not None and row.user_id != user_id:
                # A new id at sign-in and sign-out: who knew the old one gains nothing (ASVS 7.2.4).
                db.session.delete(row)
                row = None
            if session.owner != user_id:
                # A token of a form that somebody had before signing in serves nobody after it.
                session.pop("csrf_token", None)
            if row is None:
                session.sid = secrets.token_urlsafe(24)
                row = StaffSession(id_hash=_hash(session.sid), created_at=now())
                db.session.add(row)
            row.user_id, row.data, row.seen_at = user_id, dict(session), now()
            row.device = request.user_agent.string[:200]
        self._set(response, session.sid)

    @staticmethod
    def end_all(user_id: int) -> None:
        """End every session of a person, inside the running write: at disable and at a new password."""
        db.session.execute(delete(StaffSession).where(StaffSession.user_id == user_id))


@dataclass(frozen=True)
class OpenSession:
    """One browser in which a person is signed in; `handle` names it in the form that ends it."""

    handle: str
    device: str
    created_at: datetime
    seen_at: datetime
    here: bool


def alive(handles: Iterable[str]) -> set[str]:
    """Return those of these sessions (by their hash) that still hold: not ended, revoked or too old.

    For what outlives a request: a socket that was opened in a session must end with it.
    """
    moment = now()
    query = select(StaffSession.id_hash).where(
        StaffSession.id_hash.in_(list(handles)),
        StaffSession.seen_at > moment - IDLE,
        StaffSession.created_at > moment - ABSOLUTE,
        StaffSession.user_id.is_not(None),
    )
    return set(db.session.scalars(query))


def handle_of(session: Any) -> str:
    """Return by what `alive` knows the session of the running request; "" where there is none."""
    sid = getattr(session, "sid", "")
    return _hash(sid) if sid else ""


def sessions_of(user_id: int, sid: str) -> list[OpenSession]:
    """Return a person's sessions that still hold, the last used first; `sid` is the one that asks."""
    query = select(StaffSession).where(StaffSession.user_id == user_id, StaffSession.seen_at > now() - IDLE)
    rows = db.session.scalars(query.order_by(StaffSession.seen_at.desc()))
    mine = _hash(sid)
    return [OpenSession(r.id_hash[:16], r.device, r.created_at, r.seen_at, r.id_hash == mine) for r in rows]


# In this order: Edge and Opera also say Chrome, Chrome also says Safari.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def device_words(agent: str) -> tuple[str, str]:
    """Return browser and system as people name them; "" for what is not known."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    return browser, next((name for sign, name in _SYSTEMS if sign in agent), "")


def end(user_id: int, handle: str, keep: str) -> int:
    """End one session of a person by its handle, or with "others" all but the one that asks; return how many ended."""
    mine = StaffSession.user_id == user_id
    which = StaffSession.id_hash != _hash(keep) if handle == "others" else StaffSession.id_hash.startswith(handle[:16])
    if handle != "others" and len(handle) < 16:
        return 0
    with write():
        ended = db.session.scalars(delete(StaffSession).where(mine, which).returning(StaffSession.id_hash)).all()
        return len(ended)


def forget_old(_payload: dict[str, Any]) -> None:
    """Delete sessions that nobody can use any more; a job of every hour."""
    moment = now()
    with write():
        db.session.execute(
            delete(StaffSession).where(
                or_(StaffSession.seen_at < moment - IDLE, StaffSession.created_at < moment - ABSOLUTE)
            )
        )


def _user_id(session: RowSession) -> int | None:
    uniquifier = session.get("_user_id")
    if not uniquifier:
        return None
    return db.session.scalar(select(User.id).where(User.fs_uniquifier == uniquifier))


def _hash(sid: str) -> str:
    return sha256(sid.encode()).hexdigest()
