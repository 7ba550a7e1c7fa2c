"""Who is really there: leases go by what the server hears, and a socket ends with the session that opened it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from app.clock import now
from app.console.models import Grant, StaffSession
from app.db import db, write
from app.realtime.frames import Code
from tests.conftest import Cast
from widgets.chat import jobs, service, shifts
from widgets.chat.marks import Marks
from widgets.chat.models import ChatConversation
from widgets.chat.presence import Presence


@dataclass(eq=False)
class Line:
    """A socket as presence sees it, of a person or of an adviser's desk."""

    quiet_s: float = 1.0
    conversation_id: int = 0
    staff_id: int = 0
    site_id: int = 0
    session: str = ""
    at_desk: bool = True
    closed_with: list[Any] = field(default_factory=list)

    @property
    def connection(self) -> Any:
        return self

    def close(self, code: int, reason: str) -> None:
        self.closed_with.append((code, reason))


@pytest.fixture
def presence(app: Flask) -> Any:
    made = Presence(app, Marks(lambda *_: None))
    made._thread = object()  # type: ignore[assignment]  # no rounds by itself: the test looks when it wants to
    return made


def signed_in(staff_id: int, hash: str = "a" * 64) -> str:
    with write():
        row = StaffSession(id_hash=hash, user_id=staff_id, data={}, device="", created_at=now(), seen_at=now())
        db.session.add(row)
    return hash


def test_a_person_who_is_heard_stays_and_one_who_is_not_goes(talk: Any, clock: Any, presence: Presence) -> None:
    heard, silent = talk().id, talk().id
    presence.come(person=Line(conversation_id=heard))
    presence.come(person=Line(conversation_id=silent, quiet_s=50))

    clock.shift(90)
    presence.look()

    db.session.rollback()
    db.session.expire_all()
    assert service.read(heard).seen_at == now()
    assert service.read(silent).seen_at == now() - timedelta(seconds=90)


def test_an_adviser_whose_browser_died_is_away_and_the_conversation_handed_over(
    talk: Any, clock: Any, presence: Presence, cast: Cast
) -> None:
    conversation = talk()
    desk = Line(staff_id=cast.people["ana"], site_id=cast.tenjo, session=signed_in(cast.people["ana"]))
    presence.come(staff=desk)
    clock.shift(55)
    presence.look()
    clock.shift(30)
    jobs.tidy({})
    assert service.read(conversation.id).staff_id == cast.people["ana"]

    shifts.check_in(cast.staff("rita"), cast.tenjo)
    desk.quiet_s = 40
    clock.shift(40)
    presence.look()
    shifts.beat(cast.people["rita"], cast.tenjo)
    jobs.tidy({})

    assert db.session.get_one(ChatConversation, conversation.id, populate_existing=True).staff_id == cast.people["rita"]


@pytest.mark.parametrize("how", ["ended", "idle", "right over", "still good"])
def test_a_socket_ends_with_its_session_and_with_the_right(
    how: str, clock: Any, presence: Presence, cast: Cast
) -> None:
    ana = cast.people["ana"]
    line = Line(staff_id=ana, site_id=cast.tenjo, session=signed_in(ana))
    presence.come(staff=line)
    if how == "idle":
        clock.shift(2 * 3600 + 1)
    with write():
        if how == "ended":
            db.session.execute(delete(StaffSession))
        if how == "right over":
            db.session.query(Grant).filter_by(user_id=ana).update({"until": now().date() - timedelta(days=1)})

    presence.look()

    assert line.closed_with == ([] if how == "still good" else [(Code.FORBIDDEN, "session")])


def test_marks_are_told_once_and_written_for_all_and_go_neither_back_nor_beyond(talk: Any) -> None:
    told: list[Any] = []
    marks = Marks(lambda *facts: told.append(facts))
    conversation = talk()

    for delivered, read in ((2, 1), (2, 1), (1, 0), (99, 2)):
        marks.note(conversation.id, "person", delivered, read, most=2)
    marks.flush()
    marks.flush()

    db.session.expire_all()
    row = service.read(conversation.id)
    assert told == [(conversation.id, "person", 2, 1), (conversation.id, "person", 2, 2)]
    assert (row.person_delivered, row.person_read, row.staff_read) == (2, 2, 0)
