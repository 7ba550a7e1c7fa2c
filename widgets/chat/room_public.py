"""Public rooms as browsers call them: the list, one room, taking part, and the way where sockets are blocked."""

from __future__ import annotations

from flask import g, jsonify
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller, json_body, once, submission
from app.embed.openapi import describe
from app.errors import Forbidden
from app.schemas import load
from widgets.chat import room_own, rooms, service
from widgets.chat.live import ROOM
from widgets.chat.public import bp, let_in, listen
from widgets.chat.room_sockets import visitor
from widgets.chat.schemas import (
    RoomAckAnswer,
    RoomAnswer,
    RoomJoinSchema,
    RoomsAnswer,
    RoomSaySchema,
    RowsAnswer,
    StartedAnswer,
)


@bp.get("/rooms")
@describe(answer=RoomsAnswer)
def all_rooms() -> ResponseReturnValue:
    """The public rooms of the site: open, to come, and over."""
    caller: Caller = g.caller
    return jsonify(rooms=[shown for _room, shown in rooms.all_rooms(caller.site.id, caller.lang, 50)])


@bp.get("/rooms/<room>")
@describe(answer=RoomAnswer)
def one_room(room: str) -> ResponseReturnValue:
    """Topic, host, dates and state of a room."""
    caller: Caller = g.caller
    return jsonify(rooms.shown(rooms.find_room(caller.site.id, room), caller.lang))


@bp.post("/rooms/<room>/people")
@describe(body=RoomJoinSchema, answer=StartedAnswer, status=201, submission=True)
def room_join(room: str) -> ResponseReturnValue:
    """Take part under a name."""
    sent = submission()
    caller: Caller = g.caller
    data = load(RoomJoinSchema(), sent.body)
    material = sent.material("chat-room")
    answer = once(
        sent, f"chat.room {room}",
        lambda: rooms.join(
            sent.site.id, room, data["name"], data["rules_version"], origin=caller.network, material=material,
            lang=sent.lang,
        ),
    )  # fmt: skip
    return jsonify({**answer, "secret": service.secret_of(material)}), 201


@bp.get("/rooms/<room>/poll")
@describe(answer=RowsAnswer)
def room_poll(room: str) -> ResponseReturnValue:
    """Events above a number, as soon as there are some."""
    who = let_in(visitor, room)
    rows = listen(f"{ROOM}{who.room_id}")
    own = [room_own.frame(who.room_id, who.person_id)] if who.person_id is not None else []
    return jsonify(rows=[*rows, *own])


@bp.post("/rooms/<room>/messages")
@describe(body=RoomSaySchema, answer=RoomAckAnswer, status=200)
def room_say(room: str) -> ResponseReturnValue:
    """Say something without a socket; the same message twice is one."""
    who = let_in(visitor, room)
    if who.person_id is None:
        raise Forbidden
    data = load(RoomSaySchema(), json_body())
    return jsonify(kind="ack", id=data["id"], **rooms.say(who.room_id, who.person_id, data["id"], data["body"]))
