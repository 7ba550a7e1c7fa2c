"""Public rooms as browsers call them: the list, one room, taking part, and the way where sockets are blocked."""

from __future__ import annotations

from flask import g, jsonify, request
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller, json_body, once, submission
from app.embed.openapi import describe
from app.errors import Forbidden, RateLimited
from app.realtime.errors import Refusal
from app.realtime.poll import Full, wait_for
from app.schemas import load
from widgets.chat import rooms, service
from widgets.chat.live import ROOM, live
from widgets.chat.public import MOST_WAIT_S, TokenOver, WrongSecret, bp
from widgets.chat.room_sockets import Visitor, visitor
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
    return jsonify(rooms=[rooms.shown(room, caller.lang) for room in rooms.all_rooms(caller.site.id)[:50]])


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


def _visitor(room: str) -> Visitor:
    caller: Caller = g.caller
    sent = request.headers.get("X-Ventanilla-Token", "")
    found = visitor(caller.site.id, caller.site.key, room, caller.origin, sent)
    if isinstance(found, Refusal):
        raise TokenOver if found.code.startswith("token") else WrongSecret("chat.errors.wrong-secret")
    return found


@bp.get("/rooms/<room>/poll")
@describe(answer=RowsAnswer)
def room_poll(room: str) -> ResponseReturnValue:
    """Events above a number, as soon as there are some."""
    who = _visitor(room)
    after = request.args.get("after", 0, int)
    wait_s = min(max(request.args.get("wait", 0, int), 0), MOST_WAIT_S)
    channel = f"{ROOM}{who.room_id}"
    here = live()
    try:
        found = wait_for(
            here.hub, here.bus, channel, after, wait_s,
            read=lambda: [frame for _, frame in here.load(channel, after, 200)], release=here.release,
        )  # fmt: skip
    except Full as error:
        raise RateLimited(retry_after_s=5) from error
    return jsonify(rows=list(found))


@bp.post("/rooms/<room>/messages")
@describe(body=RoomSaySchema, answer=RoomAckAnswer, status=200)
def room_say(room: str) -> ResponseReturnValue:
    """Say something without a socket; the same message twice is one."""
    who = _visitor(room)
    if who.person_id is None:
        raise Forbidden
    data = load(RoomSaySchema(), json_body())
    return jsonify(kind="ack", id=data["id"], **rooms.say(who.room_id, who.person_id, data["id"], data["body"]))
