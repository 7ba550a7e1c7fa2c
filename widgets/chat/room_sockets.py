"""The sockets of public rooms: whoever reads, whoever joined and speaks, and the adviser's view with what waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask

from app.db import db
from app.embed import tokens
from app.embed.gate import Caller, the_gate
from app.embed.openapi import describe
from app.errors import DomainError, Forbidden
from app.realtime.connection import Connection
from app.realtime.errors import Refusal
from app.realtime.sock import Gate, socket_route
from app.schemas import load
from widgets.chat import room_own, rooms
from widgets.chat.live import ROOM, ROOM_OWN, ROOM_STAFF, Live, live
from widgets.chat.schemas import RoomSaySchema
from widgets.chat.sockets import LIMITS, StaffBeside, cursor, explain, person_origin, staff_session


@dataclass(frozen=True)
class Visitor:
    """Somebody in a room; `person_id` is None for one who only reads."""

    room_id: int
    person_id: int | None


def register(app: Flask, made: Live) -> None:
    reader = Gate(person_origin, _greet, db.session.remove, explain, LIMITS)
    staff = Gate(staff_session, _greet_staff, db.session.remove, explain, LIMITS)
    socket_route(
        app, "/api/<site_key>/chat/rooms/<room>/socket", RoomLine, hub=made.hub, gate=reader,
        endpoint="chat_room_socket",
    )  # fmt: skip
    socket_route(
        app, "/console/<site_key>/chat/rooms/<int:room_id>/socket", RoomStaffLine, hub=made.hub, gate=staff,
        endpoint="chat_room_staff_socket",
    )  # fmt: skip
    describe(status=101)(app.view_functions["chat_room_socket"])
    setattr(app.view_functions["chat_room_staff_socket"], "permission", "chat.answer")  # noqa: B010 - a mark


def visitor(site_id: int, site_key: str, room: str, origin: str, sent: str) -> Visitor | Refusal:
    """Return who "<form token> <person's key> <secret>" lets into a room; the token alone lets one read."""
    token, *own = sent.split(" ")
    try:
        tokens.read(the_gate().settings, token, site_key, origin)
        found = rooms.find_room(site_id, room)
    except DomainError as error:
        return Refusal(error.status, error.code)
    if not own:
        return Visitor(found.id, None)
    person_id = rooms.find_person(found.id, own[0], own[1] if len(own) > 1 else "")
    return Visitor(found.id, person_id) if person_id is not None else Refusal(401, "wrong-secret")


def _greet(connection: Connection, first: dict[str, Any]) -> Any:
    caller: Caller = connection.context
    sent = first.get("token")
    connection.arguments["since"] = cursor(first)
    if first.get("kind") != "hello" or not isinstance(sent, str):
        return Refusal(401, "token-foreign")
    return visitor(caller.site.id, caller.site.key, connection.arguments["room"], caller.origin, sent)


def _greet_staff(connection: Connection, first: dict[str, Any]) -> Any:
    connection.arguments["since"] = cursor(first)
    return connection.context


class RoomLine:
    """One visitor of a room."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._who: Visitor = connection.identity
        self.kinds = {"say": self._say, "beat": self._beat}
        live().feed.join(connection, f"{ROOM}{self._who.room_id}", connection.arguments["since"])
        if self._who.person_id is not None:
            # Joined before it is read, so that no verdict falls between the two.
            live().hub.join(connection, f"{ROOM_OWN}{self._who.person_id}")
            connection.push(room_own.frame(self._who.room_id, self._who.person_id))

    def _say(self, message: dict[str, Any]) -> None:
        data = load(RoomSaySchema(), message)
        if self._who.person_id is None:
            raise Forbidden
        found = rooms.say(self._who.room_id, self._who.person_id, data["id"], data["body"])
        self._connection.push({"kind": "ack", "id": message["id"], **found})

    def _beat(self, message: dict[str, Any]) -> None:
        """Nothing to do: a room keeps no list of who reads."""

    def closed(self) -> None:
        live().feed.leave(self._connection, f"{ROOM}{self._who.room_id}")
        live().hub.leave(self._connection, f"{ROOM_OWN}{self._who.person_id}")


class RoomStaffLine(StaffBeside):
    """An adviser's view of a room; acts go over HTTP, like everything that staff do."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._id = int(connection.arguments["room_id"])
        rooms.room_of(self.site_id, self._id)
        self.kinds = {"beat": self._beat}
        live().feed.join(connection, f"{ROOM_STAFF}{self._id}", connection.arguments["since"])
        live().presence.come(staff=self)

    def _beat(self, message: dict[str, Any]) -> None:
        """Nothing to do: presence hears every sign of life."""

    def closed(self) -> None:
        live().presence.go(staff=self)
        live().feed.leave(self.connection, f"{ROOM_STAFF}{self._id}")
