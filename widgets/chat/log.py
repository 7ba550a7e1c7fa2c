"""The numbered events of a conversation: added in the running write, announced after it, and read for either side."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from app import events
from app.coach.offence import offences
from app.db import after_commit, db
from app.files import FileInfo
from widgets.chat.models import ChatConversation, ChatMessage

PERSON, STAFF, SYSTEM = "person", "staff", "system"


def put(conversation_id: int, seq: int, **columns: Any) -> int:
    """Write the event of a number, and tell everybody after the commit; returns the row's id."""
    row = db.session.scalar(
        insert(ChatMessage).values(conversation_id=conversation_id, seq=seq, **columns).returning(ChatMessage.id)
    )
    after_commit(lambda: events.send("chat.event", conversation_id=conversation_id, seq=seq))
    return int(row or 0)


def add(conversation: ChatConversation, kind: str, author: str = SYSTEM, **columns: Any) -> int:
    """Add an event to a conversation that the running write holds; returns its number."""
    conversation.seq += 1
    db.session.flush()
    put(conversation.id, conversation.seq, kind=kind, author=author, **columns)
    return conversation.seq


def queue_changed(site_id: int) -> None:
    """Tell the desks, and those who wait, after the running write."""
    after_commit(lambda: events.send("chat.queue", site_id=site_id))


def described(taken: list[FileInfo]) -> list[dict[str, Any]]:
    return [{**file.public(), "id": file.id, "type": file.media_type} for file in taken]


def said_before(conversation_id: int, client_id: str) -> ChatMessage | None:
    query = select(ChatMessage).where(
        ChatMessage.conversation_id == conversation_id, ChatMessage.client_id == client_id
    )
    return db.session.scalar(query)


def rows(conversation_id: int, after: int, limit: int, *, private: bool) -> list[ChatMessage]:
    """Return events above a number, in order; those between advisers only where they may be read."""
    query = select(ChatMessage).where(ChatMessage.conversation_id == conversation_id, ChatMessage.seq > after)
    if not private:
        query = query.where(ChatMessage.private.is_(False))
    return list(db.session.scalars(query.order_by(ChatMessage.seq).limit(limit)))


def wire(row: ChatMessage, *, private: bool = False) -> dict[str, Any]:
    """Return an event as a frame; what was withdrawn goes without its words.

    For advisers it says where the words offend, whoever said them; it is a mark, and hides nothing (S3-16).
    """
    made = frame(
        row.seq, row.client_id, row.kind, row.author, row.body, row.data, row.private, row.at,
        gone=row.withdrawn_at is not None,
    )  # fmt: skip
    return for_staff(made) if private else made


def frame(
    seq: int, client_id: str | None, kind: str, author: str, body: str, data: dict[str, Any], private: bool,
    at: datetime, *, gone: bool, **_: Any,
) -> dict[str, Any]:  # fmt: skip
    """Return the frame of an event by its columns, also of one that was just written and need not be read."""
    return {
        "kind": "said", "seq": seq, "id": client_id, "what": kind, "author": author, "body": "" if gone else body,
        "data": {} if gone else data, "gone": gone, "private": private, "at": at.isoformat(),
    }  # fmt: skip


def for_staff(made: dict[str, Any]) -> dict[str, Any]:
    """Return the frame as advisers get it: with what of its words offends."""
    if made["body"] and (found := offences(made["body"])):
        return {**made, "offends": [made["body"][start:end] for start, end in found]}
    return made


def transcript(conversation: ChatConversation, name_of: dict[str, str], moment: Any) -> str:
    """Return what was said, a paragraph a message; `name_of` gives the names of the sides."""
    lines = []
    for row in rows(conversation.id, 0, 5000, private=False):
        text = row.body if row.withdrawn_at is None else "—"
        files = ", ".join(file["name"] for file in row.data.get("files", ()))
        if text or files:
            said = " ".join(part for part in (text, f"[{files}]" if files else "") if part)
            lines.append(f"[{moment(row.at)}] {name_of.get(row.author, '')}: {said}")
    return "\n\n".join(lines)
