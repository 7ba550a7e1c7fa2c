"""Saying many things in one write: whoever speaks while another's words go to the disk goes with the next write.

Each commit waits for the disk (synchronous=FULL), which takes milliseconds where it is busy: one at a time, 200
messages a second would queue up. Nobody waits for company: who finds no write going on writes at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlalchemy.dialects import postgresql, sqlite

from app import events
from app.clock import now
from app.db import after_commit, db, write
from widgets.chat import log
from widgets.chat.models import ChatConversation, ChatMessage

# So that the first in line is not kept by a crowd.
MOST = 64


@dataclass(eq=False)
class Words:
    """One message on its way: from whom, in which conversation; then its number, or why not."""

    conversation_id: int
    author: str
    client_id: str
    body: str
    staff_id: int | None = None
    name: str = ""
    private: bool = False
    # For an adviser who spoke here before: said only while they still hold it, in the office that they held it for.
    held_for: int | None = None
    seq: int = 0
    error: BaseException | None = None
    turn: Event = field(default_factory=Event)
    done: bool = False


# Made once: to build a statement costs more than to run it.
_C = ChatConversation.__table__.c
_TAKE = {
    side: update(ChatConversation.__table__)  # type: ignore[arg-type]
    .where(_C.id == bindparam("conversation_id"), _C.state != "ended")
    .values(seq=_C.seq + 1, **more)
    .returning(_C.seq)
    for side, more in {
        "person": {"person_seq": _C.seq + 1, "person_at": bindparam("at"), "seen_at": bindparam("at")},
        "staff": {
            "staff_seq": _C.seq + 1,
            "staff_at": bindparam("at"),
            "first_answer_at": func.coalesce(_C.first_answer_at, bindparam("at", type_=_C.first_answer_at.type)),
        },
        "note": {},
    }.items()
}
_HELD = (_C.staff_id == bindparam("holder"), _C.office_id == bindparam("held_for"))
_TAKE["held"] = _TAKE["staff"].where(*_HELD)
# A used id inserts nothing: that is how a message said before is found, without asking first.
_PUT = {
    name: dialect.insert(ChatMessage.__table__).on_conflict_do_nothing().returning(ChatMessage.id)
    for name, dialect in {"sqlite": sqlite, "postgresql": postgresql}.items()
}


class Crowd:
    """The speakers of one process. The first of them writes for all who came meanwhile, then hands over."""

    def __init__(self, alone: Callable[[Words], int]) -> None:
        self._alone = alone
        self._lock = Lock()
        self._waiting: deque[Words] = deque()
        self._writing = False

    def say(self, words: Words) -> int:
        """Return the number of the words, on the disk; raises what they were refused with."""
        with self._lock:
            mine = not self._writing
            if mine:
                self._writing = True
            else:
                self._waiting.append(words)
        if not mine:
            # Nobody waits with a connection in hand: a crowd of them would leave none for the one who writes for it.
            db.session.rollback()
            words.turn.wait()
        if not words.done:
            self._write_for_all(words)
        if words.error is not None:
            raise words.error
        return words.seq

    def _write_for_all(self, first: Words) -> None:
        with self._lock:
            batch = [first]
            while self._waiting and len(batch) < MOST:
                batch.append(self._waiting.popleft())
        try:
            if len(batch) == 1 or not _together(batch):
                for words in batch:
                    self._by_itself(words)
        except BaseException as error:
            for words in batch:
                words.error = words.error or (None if words.seq else error)
        finally:
            for words in batch:
                words.done = True
            with self._lock:
                # The next in line writes for the next crowd, on its own thread.
                following = self._waiting.popleft() if self._waiting else None
                self._writing = following is not None
            for words in batch[1:]:
                words.turn.set()
            if following is not None:
                following.turn.set()

    def _by_itself(self, words: Words) -> None:
        try:
            words.seq = self._alone(words)
        # Whatever it was refused with belongs to its own speaker.
        except Exception as error:  # noqa: BLE001
            words.error = error


class Apart(Exception):
    """One of them was said before, or its conversation is over: then each is written by itself."""


def _together(batch: list[Words]) -> bool:
    """Write all in one transaction, or none and return False."""
    try:
        with write():
            moment = now()
            # In one order everywhere, so that two processes with two crowds never wait for each other in a ring.
            for words in sorted(batch, key=lambda one: one.conversation_id):
                take(words, moment)
            for words in batch:
                put(words, moment)
    except Apart:
        for words in batch:
            words.seq = 0
        return False
    return True


def take(words: Words, moment: datetime) -> None:
    """Give the words their number in the running write. Raises Apart where the conversation is over or not theirs."""
    side = "note" if words.private else words.author
    values: dict[str, Any] = {"conversation_id": words.conversation_id}
    if side != "note":
        values["at"] = moment
    if words.held_for is not None:
        side = "held"
        values |= {"holder": words.staff_id, "held_for": words.held_for}
    seq = db.session.connection().execute(_TAKE[side], values).scalar()
    if seq is None:
        raise Apart
    words.seq = int(seq)


def put(words: Words, moment: datetime) -> None:
    """Keep numbered words in the running write, and tell both sides once they are on the disk.

    Raises Apart where the same id was used before; its row is locked by `take`, so nobody else is using it now.
    """
    data: dict[str, Any] = {"name": words.name} if words.name else {}
    facts: dict[str, Any] = {
        "conversation_id": words.conversation_id, "seq": words.seq, "client_id": words.client_id,
        "author": words.author, "kind": "text", "body": words.body, "data": data, "private": words.private,
        "at": moment,
    }  # fmt: skip
    connection = db.session.connection()
    # By what comes back: the number of rows is not told for an INSERT on every database.
    if connection.execute(_PUT[connection.dialect.name], {**facts, "staff_id": words.staff_id}).scalar() is None:
        raise Apart
    frame = log.frame(**facts, gone=False)
    after_commit(lambda: events.send("chat.said", conversation_id=words.conversation_id, seq=words.seq, frame=frame))
