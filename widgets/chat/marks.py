"""How far each side has received and read: told at once, written for all every few seconds.

A mark follows every message; a write to the disk for each would double what the disk has to do. What a killed process
had not written, browsers say again when they are back.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from sqlalchemy import bindparam, case, update

from app.db import db, write
from widgets.chat.models import ChatConversation

Reached = tuple[int, int]
_C = ChatConversation.__table__.c
# Conversations that are remembered beyond their writing, so that the same mark is not told twice.
_MOST_KNOWN = 20_000


class Marks:
    """The marks of one process. `tell` hears of each that is news: (conversation, side, delivered, read)."""

    def __init__(self, tell: Callable[[int, str, int, int], None]) -> None:
        self._tell = tell
        self._lock = Lock()
        self._known: dict[tuple[int, str], Reached] = {}
        self._unwritten: set[tuple[int, str]] = set()

    def note(self, conversation_id: int, side: str, delivered: int, read: int, most: int) -> None:
        """Take a mark: never back, never beyond `most`, the last number that this side can have seen."""
        key = (conversation_id, side)
        with self._lock:
            was = self._known.get(key, (0, 0))
            news = max(was[0], min(max(delivered, read), most)), max(was[1], min(read, most))
            if news == was:
                return
            if len(self._known) > _MOST_KNOWN:
                self._known = {one: self._known[one] for one in self._unwritten}
            self._known[key] = news
            self._unwritten.add(key)
        self._tell(conversation_id, side, *news)

    def reached(self, conversation_id: int, side: str) -> Reached:
        """Return what is known here, perhaps not yet written."""
        return self._known.get((conversation_id, side), (0, 0))

    def flush(self) -> None:
        """Write what is not written, in one transaction."""
        with self._lock:
            keys, self._unwritten = self._unwritten, set()
            rows = {key: self._known[key] for key in keys}
        if not rows:
            return
        try:
            with write():
                connection = db.session.connection()
                for side, statement in _WRITE.items():
                    values = [
                        {"which": id, "got": got, "seen": seen} for (id, one), (got, seen) in sorted(rows.items())
                        if one == side
                    ]  # fmt: skip
                    if values:
                        connection.execute(statement, values)
        except BaseException:
            with self._lock:
                self._unwritten |= keys
            raise


def _further(column: str, name: str) -> object:
    return case((_C[column] < bindparam(name), bindparam(name)), else_=_C[column])


_FAR = (("delivered", "got"), ("read", "seen"))
_WRITE = {
    side: update(ChatConversation.__table__)  # type: ignore[arg-type]
    .where(_C.id == bindparam("which"))
    .values({f"{side}_{far}": _further(f"{side}_{far}", name) for far, name in _FAR})
    for side in ("person", "staff")
}
