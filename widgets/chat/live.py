"""What ties conversations to sockets: one hub, one bus, one feed a process, made when the first of them is needed."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from flask import Flask, current_app
from sqlalchemy import select

from app.cases.filing import tracking_code
from app.cases.radicado import format_code
from app.clock import now
from app.db import db
from app.realtime import serving
from app.realtime.bus import Bus, Ids, LocalBus
from app.realtime.feed import Feed, Row
from app.realtime.hub import Hub
from widgets.chat import log, room_own, rooms
from widgets.chat.desk import case_material
from widgets.chat.marks import Marks
from widgets.chat.models import ChatConversation
from widgets.chat.presence import Presence

# Channels: the same events as each side may see them, what has no number, and that a desk has changed.
PERSON, STAFF, LIGHT, DESK = "chat-p:", "chat-s:", "chat-light", "chat-desk"
# The same of a public room: as anybody may see it, and as advisers do.
ROOM, ROOM_STAFF = "chat-room-p:", "chat-room-s:"
# What only its sender sees there: what waits and what was refused.
ROOM_OWN = "chat-room-own:"


class Live:
    """The sockets of one app."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = Lock()
        self._bus: Bus | None = None
        settings = app.extensions["ventanilla"].settings
        self.hub = Hub(cap=settings.max_sockets)
        serving.drain_on_stop(self.hub)
        self.marks = Marks(self._tell_mark)
        self.presence = Presence(app, self.marks)
        # When this process began to listen; None in tests, whose clock is set.
        self.began_at = None if settings.testing else now()
        self._feed: Feed | None = None

    @property
    def bus(self) -> Bus:
        """The bus: made late, since commands and tests need no listening thread, and a fork would lose it."""
        with self._lock:
            if self._bus is None:
                settings = self._app.extensions["ventanilla"].settings
                if settings.sqlite:
                    self._bus = LocalBus()
                else:
                    from app.realtime.postgres_bus import PostgresBus

                    self._bus = PostgresBus(settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1))
                self._bus.subscribe(LIGHT, self._light)
                self._bus.subscribe(DESK, self._desk)
                self._bus.subscribe(ROOM_OWN, self._own)
            return self._bus

    @property
    def feed(self) -> Feed:
        bus = self.bus
        with self._lock:
            if self._feed is None:
                self._feed = Feed(self.hub, bus, self._load)
            return self._feed

    def close(self) -> None:
        """Stop the threads, where there are some."""
        self.presence.close()
        if self._bus is not None:
            self._bus.close()

    def _load(self, channel: str, after: int, limit: int) -> Sequence[Row]:
        with self._app.app_context():
            return self.load(channel, after, limit)

    @staticmethod
    def release() -> None:
        """Let the database connection go before a wait."""
        db.session.remove()

    def load(self, channel: str, after: int, limit: int) -> list[Row]:
        """Return the frames of a channel above a number, as that side may see them."""
        side, _, number = channel.partition(":")
        if side.startswith("chat-room"):
            private = f"{side}:" == ROOM_STAFF
            events = rooms.rows(int(number), after, limit, private=private)
            return [(row.seq, rooms.wire(row, private=private)) for row in events]
        private = f"{side}:" == STAFF
        found = log.rows(int(number), after, limit, private=private)
        frames: list[Row] = [(row.seq, log.wire(row, private=private)) for row in found]
        if side == PERSON[:-1]:
            _show_code(int(number), frames)
        return frames

    def _tell_mark(self, conversation_id: int, side: str, delivered: int, read: int) -> None:
        facts: Ids = {
            "conversation": conversation_id, "kind": "mark", "who": side, "delivered": delivered, "read": read,
        }  # fmt: skip
        self.bus.publish(LIGHT, facts)

    def _light(self, ids: Ids | None) -> None:
        if ids is None:
            return
        frame = {key: value for key, value in ids.items() if key != "conversation"}
        for side in (PERSON, STAFF):
            if ids.get("only") in (None, side):
                self.hub.broadcast(f"{side}{ids['conversation']}", {k: v for k, v in frame.items() if k != "only"})

    def _desk(self, ids: Ids | None) -> None:
        site = "*" if ids is None else ids["site"]
        if site != "*":
            self.hub.broadcast(f"{DESK}:{site}", {"kind": "desk"})

    def _own(self, ids: Ids | None) -> None:
        if ids is None or not self.hub.members(channel := f"{ROOM_OWN}{ids['person']}"):
            return
        with self._app.app_context():
            self.hub.broadcast(channel, room_own.frame(int(ids["room"]), int(ids["person"])))


def _show_code(conversation_id: int, frames: list[Row]) -> None:
    """Put the tracking code beside the radicado for the person's eyes; it is derived, never stored."""
    for _, frame in frames:
        if frame["what"] == "radicado":
            conversation = db.session.scalar(select(ChatConversation).where(ChatConversation.id == conversation_id))
            if conversation is not None:
                code = format_code(tracking_code(case_material(conversation)))
                frame["data"] = {**frame["data"], "code": code}  # type: ignore[index]


def live() -> Live:
    """Return the sockets of the running app."""
    made: Live = current_app.extensions["chat"]
    return made


def _active() -> Live | None:
    return current_app.extensions.get("chat")


def tell_event(conversation_id: int, seq: int) -> None:
    """Subscriber: an event has its number and is on disk."""
    if (here := _active()) is not None:
        here.feed.announce(f"{PERSON}{conversation_id}", seq)
        here.feed.announce(f"{STAFF}{conversation_id}", seq)


def tell_said(conversation_id: int, seq: int, frame: dict[str, Any]) -> None:
    """Subscriber: something was said, and its words are at hand."""
    if (here := _active()) is None:
        return
    if frame["private"]:
        here.feed.announce(f"{PERSON}{conversation_id}", seq)
    else:
        here.feed.offer(f"{PERSON}{conversation_id}", seq, frame)
    here.feed.offer(f"{STAFF}{conversation_id}", seq, log.for_staff(frame))


def tell_light(conversation_id: int, who: str, delivered: int, read: int) -> None:
    """Subscriber: one side has received or read further."""
    if (here := _active()) is not None:
        here.bus.publish(
            LIGHT, {"conversation": conversation_id, "kind": "mark", "who": who, "delivered": delivered, "read": read}
        )


def tell_queue(site_id: int) -> None:
    """Subscriber: the queue, a shift or a task of a site has changed."""
    if (here := _active()) is not None:
        here.bus.publish(DESK, {"site": site_id})


def tell_room(room_id: int, seq: int) -> None:
    """Subscriber: an event of a public room has its number and is on disk."""
    if (here := _active()) is not None:
        here.feed.announce(f"{ROOM}{room_id}", seq)
        here.feed.announce(f"{ROOM_STAFF}{room_id}", seq)


def tell_own(room_id: int, person_id: int) -> None:
    """Subscriber: what waits for approval of a person in a room, or their right to speak there, has changed."""
    if (here := _active()) is not None:
        here.bus.publish(ROOM_OWN, {"room": room_id, "person": person_id})


def typing(conversation_id: int, who: str, only: str) -> None:
    """Tell the other side that this one is writing; kept nowhere."""
    live().bus.publish(LIGHT, {"conversation": conversation_id, "kind": "typing", "who": who, "only": only})
