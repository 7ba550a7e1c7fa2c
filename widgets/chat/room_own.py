"""What a person sees of their own in a room and nobody else does: what waits, what was refused and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app import events
from app.db import after_commit, db
from widgets.chat.room_models import ChatRoomMessage, ChatRoomPerson

# Refused ones are repeated to the page that comes back; more would only be scrolled past.
_MOST = 50


def frame(room_id: int, person_id: int) -> dict[str, Any]:
    """Return all of it as one frame without a number: each takes the place of the one before."""
    mine = ChatRoomMessage.person_id == person_id, ChatRoomMessage.verdict.in_(("waiting", "refused"))
    query = select(ChatRoomMessage).where(ChatRoomMessage.room_id == room_id, *mine)
    found = db.session.scalars(query.order_by(ChatRoomMessage.seq.desc()).limit(_MOST)).all()
    silenced = db.session.scalar(select(ChatRoomPerson.silenced_at).where(ChatRoomPerson.id == person_id))
    messages = [
        {
            "id": row.client_id, "body": "" if row.withdrawn_at else row.body, "at": row.at.isoformat(),
            "verdict": row.verdict, "reason": row.data.get("reason", ""), "gone": row.withdrawn_at is not None,
        }
        for row in reversed(found)
    ]  # fmt: skip
    return {"kind": "own", "messages": messages, "silenced": silenced is not None}


def tell(room_id: int, person_id: int) -> None:
    """Let this person's pages know, after the running write's commit."""
    after_commit(lambda: events.send("chat.room_own", room_id=room_id, person_id=person_id))
