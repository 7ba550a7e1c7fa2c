"""The verbs of public rooms: announce, open, join, say, approve, withdraw, silence, close with a published record."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, insert, select, update

from app import events
from app.audit import append_audit
from app.clock import now
from app.coach.offence import offences
from app.console.models import User
from app.console.roles import Staff
from app.content.slugs import slug_of
from app.dates import datetime_words
from app.db import after_commit, db, write
from app.errors import Conflict, Invalid, NotFound
from app.sanitize import clean_text
from app.search import feeding
from app.search.engine import Document
from app.sites.models import Site
from widgets.chat import room_own
from widgets.chat.errors import ChatEnded, OtherWords, Silenced
from widgets.chat.room_models import CLOSED, OPEN, PLANNED, ChatRoom, ChatRoomMessage, ChatRoomPerson
from widgets.chat.service import hash_secret, origin_hash, refuse_blocked, secret_of

# A talk may run over; then it ends by itself, so that its record is published.
OVERTIME = timedelta(minutes=30)


@dataclass(frozen=True)
class RoomText:
    topic: str
    about: str
    starts_at: datetime
    ends_at: datetime
    approval: bool
    host: int


# Of the room itself


def save_room(staff: Staff, site_id: int, text: RoomText, room_id: int | None = None) -> int:
    """Announce a room, or change one that has not begun. Raises Invalid."""
    staff.require("chat.supervise", site_id)
    topic, about = clean_text(text.topic, 160), clean_text(text.about, 4000, multiline=True)
    wrong: dict[str, list[str]] = {}
    if not topic:
        wrong["topic"] = ["errors.required"]
    if text.ends_at <= text.starts_at:
        wrong["ends_at"] = ["chat.errors.room-dates"]
    if wrong:
        raise Invalid(fields=wrong)
    with write():
        if room_id is None:
            taken = set(db.session.scalars(select(ChatRoom.key).where(ChatRoom.site_id == site_id)))
            room = ChatRoom(site_id=site_id, key=_free(slug_of(topic)[:50], taken))
            db.session.add(room)
        else:
            room = _locked(site_id, room_id)
            if room.state != PLANNED:
                raise Conflict("chat.errors.room-begun")
        room.topic, room.about, room.approval, room.host_id = topic, about, text.approval, text.host
        room.starts_at, room.ends_at = text.starts_at, text.ends_at
        db.session.flush()
        append_audit(site_id, staff.actor, "chat.room_saved", f"chat_room:{room.id}")
        return room.id


def _free(wanted: str, taken: set[str]) -> str:
    number, key = 1, wanted
    while key in taken:
        number += 1
        key = f"{wanted}-{number}"
    return key


def open_room(staff: Staff, site_id: int, room_id: int) -> int:
    """Begin: from now on people speak."""
    staff.require("chat.answer", site_id)
    with write():
        room = _locked(site_id, room_id)
        if room.state != PLANNED:
            raise Conflict("chat.errors.room-begun")
        room.state, room.opened_at = OPEN, now()
        append_audit(site_id, staff.actor, "chat.room_opened", f"chat_room:{room.id}")
        return _add(room, kind="opened")


def close_room(site_id: int, room_id: int, actor: str) -> int:
    """End, and publish the record: a page of its own that the search finds."""
    with write():
        room = _locked(site_id, room_id)
        if room.state != OPEN:
            raise ChatEnded
        room.state, room.closed_at = CLOSED, now()
        seq = _add(room, kind="closed")
        _publish(room)
        append_audit(site_id, actor, "chat.room_closed", f"chat_room:{room.id}")
        return seq


def _publish(room: ChatRoom) -> None:
    """Let the search hold the record of a room that is over, as it stands now."""
    site = db.session.get_one(Site, room.site_id)
    body = "\n\n".join(part for part in (room.about, record_words(room, site)) if part)
    document = Document(
        id=f"chat-room:{room.id}", site=site.key, kind="page", title=room.topic, body=body,
        url=f"/{site.key}/chat/rooms/{room.key}", lang="es", published_at=room.closed_at,
    )  # fmt: skip
    feeding.put(room.site_id, document)


def close_late(_payload: dict[str, Any]) -> None:
    """End the rooms that nobody ended; a job."""
    query = select(ChatRoom.site_id, ChatRoom.id).where(ChatRoom.state == OPEN, ChatRoom.ends_at < now() - OVERTIME)
    late = db.session.execute(query).all()
    db.session.rollback()
    for site_id, room_id in late:
        close_room(site_id, room_id, "system")


def record_words(room: ChatRoom, site: Site) -> str:
    zone = ZoneInfo(site.timezone)
    return "\n\n".join(
        f"[{datetime_words(row.at, 'es', zone)}] {row.name}: {row.body}"
        for row in rows(room.id, 0, 5000, private=False)
        if row.kind == "text" and row.withdrawn_at is None
    )


# Finding and showing


def find_room(site_id: int, key: str) -> ChatRoom:
    room = db.session.scalar(select(ChatRoom).where(ChatRoom.site_id == site_id, ChatRoom.key == key))
    if room is None:
        raise NotFound
    return room


def room_of(site_id: int, room_id: int) -> ChatRoom:
    room = db.session.get(ChatRoom, room_id)
    if room is None or room.site_id != site_id:
        raise NotFound
    return room


def _locked(site_id: int, room_id: int) -> ChatRoom:
    room = db.session.get(ChatRoom, room_id, with_for_update=True, populate_existing=True)
    if room is None or room.site_id != site_id:
        raise NotFound
    return room


def all_rooms(site_id: int, lang: str, most: int | None = None) -> list[tuple[ChatRoom, dict[str, Any]]]:
    """Return the rooms of a site as they are shown: those that are open, then those to come, then those that were."""
    zone = ZoneInfo(db.session.get_one(Site, site_id).timezone)
    order = case({OPEN: 0, PLANNED: 1, CLOSED: 2}, value=ChatRoom.state)
    query = select(ChatRoom, User.name).join(User, User.id == ChatRoom.host_id).where(ChatRoom.site_id == site_id)
    found = db.session.execute(query.order_by(order, ChatRoom.starts_at.desc()).limit(most))
    return [(room, _shown(room, host, lang, zone)) for room, host in found]


def shown(room: ChatRoom, lang: str) -> dict[str, Any]:
    """Return what anybody may know of a room."""
    zone = ZoneInfo(db.session.get_one(Site, room.site_id).timezone)
    return _shown(room, db.session.get_one(User, room.host_id).name, lang, zone)


def _shown(room: ChatRoom, host: str, lang: str, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "key": room.key, "topic": room.topic, "about": room.about, "state": room.state, "approval": room.approval,
        "host": host,
        "starts": datetime_words(room.starts_at, lang, zone), "ends": datetime_words(room.ends_at, lang, zone),
    }  # fmt: skip


def rows(room_id: int, after: int, limit: int, *, private: bool) -> list[ChatRoomMessage]:
    """Return events above a number, in order; what only advisers see where it may be read."""
    query = select(ChatRoomMessage).where(ChatRoomMessage.room_id == room_id, ChatRoomMessage.seq > after)
    if not private:
        query = query.where(ChatRoomMessage.private.is_(False))
    return list(db.session.scalars(query.order_by(ChatRoomMessage.seq).limit(limit)))


def wire(row: ChatRoomMessage, *, private: bool = False) -> dict[str, Any]:
    """Return an event as a frame."""
    gone = row.withdrawn_at is not None
    frame: dict[str, Any] = {
        "kind": "said", "seq": row.seq, "id": row.data.get("id", row.client_id), "what": row.kind, "name": row.name,
        "staff": row.staff_id is not None, "body": "" if gone else row.body, "gone": gone,
        "ref": row.data.get("ref"), "at": row.at.isoformat(),
    }  # fmt: skip
    if private:
        found = [] if gone else [row.body[start:end] for start, end in offences(row.body)]
        frame |= {"person": row.person_id, "verdict": row.verdict, "private": row.private, "offends": found}
    return frame


# Of those who take part


def join(
    site_id: int, key: str, name: str, rules_version: int, *, origin: str, material: bytes, lang: str
) -> dict[str, str]:
    """Take part under a name; who only reads needs not. Raises ChatEnded and Blocked."""
    with write():
        room = find_room(site_id, key)
        if room.state == CLOSED:
            raise ChatEnded
        refuse_blocked(site_id, origin_hash(origin), lang)
        person = ChatRoomPerson(
            room_id=room.id, key=secrets.token_urlsafe(12), secret_hash=hash_secret(secret_of(material)), name=name,
            rules_version=rules_version,
        )  # fmt: skip
        db.session.add(person)
        append_audit(site_id, "person", "chat.room_joined", f"chat_room:{room.id}", rules=rules_version)
        return {"key": person.key}


def find_person(room_id: int, key: str, secret: str) -> int | None:
    """Return who this key and its secret open together in a room, or None."""
    person = db.session.scalar(
        select(ChatRoomPerson).where(ChatRoomPerson.room_id == room_id, ChatRoomPerson.key == key)
    )
    expected = person.secret_hash if person is not None else "0" * 64
    return person.id if hmac.compare_digest(hash_secret(secret), expected) and person is not None else None


def say(room_id: int, person_id: int, client_id: str, body: str) -> dict[str, Any]:
    """Say something once, however often it is sent; where the room asks for approval it waits for an adviser.

    Raises ChatEnded, Silenced, and OtherWords for a used id with another text.
    """
    if not body:
        raise Invalid(fields={"body": ["errors.required"]})
    with write():
        room = db.session.get_one(ChatRoom, room_id, with_for_update=True, populate_existing=True)
        person = db.session.get_one(ChatRoomPerson, person_id)
        known = _said_before(room_id, client_id)
        if known is not None:
            if known.person_id != person_id or (known.body != body and known.withdrawn_at is None):
                raise OtherWords
            return {"seq": known.seq, "waiting": known.verdict == "waiting"}
        if room.state != OPEN:
            raise ChatEnded
        if person.silenced_at is not None:
            raise Silenced
        waits = room.approval
        seq = _add(
            room, client_id=client_id, person_id=person_id, name=person.name, body=body, private=waits,
            verdict="waiting" if waits else "",
        )  # fmt: skip
        if waits:
            room_own.tell(room_id, person_id)
        return {"seq": seq, "waiting": waits}


def _said_before(room_id: int, client_id: str) -> ChatRoomMessage | None:
    return db.session.scalar(
        select(ChatRoomMessage).where(ChatRoomMessage.room_id == room_id, ChatRoomMessage.client_id == client_id)
    )


# Of advisers


def answer(staff: Staff, site_id: int, room_id: int, client_id: str, body: str) -> int:
    """Say something for the entity, at once."""
    with write():
        room = _open_for(staff, site_id, room_id)
        known = _said_before(room_id, client_id)
        if known is not None:
            return known.seq
        return _add(room, client_id=client_id, staff_id=staff.id, name=staff.name, body=body)


def decide(staff: Staff, site_id: int, room_id: int, ref: int, approved: bool, reason: str = "") -> int:
    """Let a message that waits be seen by all, or not; its sender is told which, and why not. Raises Invalid."""
    if not (approved or reason):
        raise Invalid(fields={"reason": ["errors.required"]})
    with write():
        room = _open_for(staff, site_id, room_id)
        row = _message(room_id, ref)
        if row.verdict != "waiting":
            raise Conflict("chat.errors.decided")
        row.verdict = "approved" if approved else "refused"
        row.data = {**row.data, "reason": reason}
        append_audit(
            site_id, staff.actor, f"chat.room_{row.verdict}", f"chat_room:{room.id}", message=row.id, reason=reason
        )
        if row.person_id is not None:
            room_own.tell(room_id, row.person_id)
        _add(room, kind="decided", private=True, data={"ref": ref, "verdict": row.verdict})
        if not approved:
            return room.seq
        return _add(
            room, person_id=row.person_id, name=row.name, body=row.body, at=row.at, data={"id": row.client_id}
        )  # fmt: skip


def withdraw(staff: Staff, site_id: int, room_id: int, ref: int, reason: str) -> int:
    """Take a message out of sight that goes against the rules or the law; a trace stays (S3-22)."""
    with write():
        staff.require("chat.answer", site_id)
        room = _locked(site_id, room_id)
        row = _message(room_id, ref)
        if row.kind != "text":
            raise NotFound
        row.withdrawn_at = row.withdrawn_at or now()
        if room.state == CLOSED:
            db.session.flush()
            _publish(room)
        append_audit(site_id, staff.actor, "chat.withdrawn", f"chat_room:{room.id}", message=row.id, reason=reason)
        if row.private and row.person_id is not None:
            room_own.tell(room_id, row.person_id)
        return _add(room, kind="withdrawn", private=row.private, data={"ref": ref})


def silence(staff: Staff, site_id: int, room_id: int, person: int, reason: str) -> int:
    """Let a person read on and say nothing more in this room."""
    with write():
        room = _open_for(staff, site_id, room_id)
        found = db.session.get(ChatRoomPerson, person)
        if found is None or found.room_id != room_id:
            raise NotFound
        found.silenced_at = found.silenced_at or now()
        append_audit(site_id, staff.actor, "chat.silenced", f"chat_room:{room.id}", person=person, reason=reason)
        room_own.tell(room_id, person)
        return _add(room, kind="silenced", private=True, name=found.name, data={"person": person})


def _open_for(staff: Staff, site_id: int, room_id: int) -> ChatRoom:
    staff.require("chat.answer", site_id)
    room = _locked(site_id, room_id)
    if room.state != OPEN:
        raise ChatEnded
    return room


def _message(room_id: int, seq: int) -> ChatRoomMessage:
    query = select(ChatRoomMessage).where(ChatRoomMessage.room_id == room_id, ChatRoomMessage.seq == seq)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound
    return row


def _add(room: ChatRoom, **columns: Any) -> int:
    """Add an event in the running write, which holds the room; told after the commit."""
    db.session.flush()
    room_id = room.id
    seq = db.session.scalar(
        update(ChatRoom)
        .where(ChatRoom.id == room_id)
        .values(seq=ChatRoom.seq + 1)
        .returning(ChatRoom.seq)
        .execution_options(synchronize_session=False)
    )
    assert seq is not None
    db.session.execute(insert(ChatRoomMessage).values(room_id=room_id, seq=seq, **columns))
    after_commit(lambda: events.send("chat.room", room_id=room_id, seq=seq))
    return seq
