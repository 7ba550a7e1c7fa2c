"""Who is really there: one thread a process renews the leases of those it hears, and ends sockets of dead sessions.

A page's own timers say little: a browser slows them to one a minute in a tab that nobody looks at, while it goes on
answering our pings. So the server's ear counts, and it writes once for all, not once a visitor.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from threading import Event, Lock, Thread
from time import monotonic
from typing import Protocol

from flask import Flask
from sqlalchemy import select, update

from app.clock import now
from app.console import sessions
from app.console.auth import staff_of
from app.console.roles import Staff
from app.db import db, write
from app.realtime.connection import Connection
from app.realtime.frames import Code
from widgets.chat import log as events
from widgets.chat.assigning import assign_waiting
from widgets.chat.hours import LEASE
from widgets.chat.marks import Marks
from widgets.chat.models import ChatConversation, ChatShift

log = logging.getLogger("ventanilla.chat")
EVERY_S = 15.0
_BELIEVED_S = 2.0
_CHUNK = 500
_BLIND = {"synchronize_session": False}


class Line(Protocol):
    """A socket as presence sees it."""

    @property
    def connection(self) -> Connection: ...


class PersonPresent(Line, Protocol):
    conversation_id: int


class StaffPresent(Line, Protocol):
    staff_id: int
    site_id: int
    session: str
    at_desk: bool


class Presence:
    """The lines of one process. `come` and `go` are called by the lines themselves, `look` by the thread."""

    def __init__(self, app: Flask, marks: Marks) -> None:
        self._app = app
        self._marks = marks
        self._lock = Lock()
        self._people: set[PersonPresent] = set()
        self._staff: set[StaffPresent] = set()
        self._known: dict[tuple[int, str], tuple[float, Staff | None]] = {}
        self._stop = Event()
        self._thread: Thread | None = None

    def come(self, *, person: PersonPresent | None = None, staff: StaffPresent | None = None) -> None:
        """Know a line; the first one starts the thread, since commands and tests need none."""
        with self._lock:
            if person is not None:
                self._people.add(person)
            if staff is not None:
                self._staff.add(staff)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="chat-presence", daemon=True)
                self._thread.start()

    def go(self, *, person: PersonPresent | None = None, staff: StaffPresent | None = None) -> bool:
        """Forget a line; tell whether the same conversation, or the same desk, has another here."""
        with self._lock:
            if person is not None:
                self._people.discard(person)
                return any(one.conversation_id == person.conversation_id for one in self._people)
            if staff is not None:
                self._staff.discard(staff)
                who = (staff.staff_id, staff.site_id)
                return any(one.at_desk and (one.staff_id, one.site_id) == who for one in self._staff)
        return False

    def staff(self, staff_id: int, session: str) -> Staff | None:
        """Return who speaks in this session, with the rights of today, or None once it is over.

        Believed for two seconds: an adviser with many conversations must not be looked up at each word.
        """
        found = self._known.get((staff_id, session))
        if found is not None and monotonic() - found[0] < _BELIEVED_S:
            return found[1]
        person = staff_of(staff_id) if sessions.alive([session]) else None
        if len(self._known) > _CHUNK:
            self._known.clear()
        self._known[staff_id, session] = (monotonic(), person)
        return person

    def close(self) -> None:
        self._stop.set()

    def look(self) -> None:
        """Renew what is heard and end what has no right to be here any more."""
        with self._lock:
            people, staff = set(self._people), set(self._staff)
        with self._app.app_context():
            try:
                self._end_dead(staff)
                heard = {one.conversation_id: one.connection.quiet_s for one in people}
                _renew_people({number for number, quiet_s in heard.items() if quiet_s < LEASE.total_seconds() / 2})
                desks = {(one.staff_id, one.site_id): one.connection.quiet_s for one in staff if one.at_desk}
                _renew_desks({who for who, quiet_s in desks.items() if quiet_s < LEASE.total_seconds() / 2})
            finally:
                db.session.remove()

    def _run(self) -> None:
        rounds = 0
        while not self._stop.wait(EVERY_S / 5):
            rounds += 1
            try:
                with self._app.app_context():
                    self._marks.flush()
                if not rounds % 5:
                    self.look()
            # A store that is away for a while must not end the thread: the leases are renewed when it is back.
            except Exception as error:  # noqa: BLE001
                log.warning("presence: %s", type(error).__name__)

    def _end_dead(self, staff: Iterable[StaffPresent]) -> None:
        lines = list(staff)
        if not lines:
            return
        alive = sessions.alive({line.session for line in lines})
        people = {staff_id: staff_of(staff_id) for staff_id in {line.staff_id for line in lines}}
        for line in lines:
            if line.session not in alive or not people[line.staff_id].can("chat.answer", line.site_id):
                line.connection.close(Code.FORBIDDEN, "session")


def _chunks(numbers: Iterable[int]) -> Iterable[list[int]]:
    found = sorted(numbers)
    return (found[start : start + _CHUNK] for start in range(0, len(found), _CHUNK))


def _renew_people(present: set[int]) -> None:
    """Write the lease of all who are heard; the desks are told of those who had been away."""
    moment = now()
    for numbers in _chunks(present):
        open_ones = (ChatConversation.id.in_(numbers), ChatConversation.state != "ended")
        with write():
            lapsed = ChatConversation.seen_at < moment - LEASE
            away = set(db.session.scalars(select(ChatConversation.site_id).where(*open_ones, lapsed)))
            db.session.execute(
                update(ChatConversation).where(*open_ones).values(seen_at=moment), execution_options=_BLIND
            )
            for site_id in away:
                events.queue_changed(site_id)


def _renew_desks(present: set[tuple[int, int]]) -> None:
    """Write the lease of all open desks; what waits goes to those who had been away."""
    if not present:
        return
    moment = now()
    with write():
        back = set()
        for staff_id, site_id in sorted(present):
            mine = (ChatShift.staff_id == staff_id, ChatShift.site_id == site_id, ChatShift.ended_at.is_(None))
            if db.session.scalar(select(ChatShift.id).where(*mine, ChatShift.seen_at < moment - LEASE)):
                back.add(site_id)
            db.session.execute(update(ChatShift).where(*mine).values(seen_at=moment), execution_options=_BLIND)
        for site_id in back:
            assign_waiting(site_id)
            events.queue_changed(site_id)
