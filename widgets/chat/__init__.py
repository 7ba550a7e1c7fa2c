"""Chat: an orientation in real time by the municipality's written protocol, within announced hours (S3, S1-3)."""

from __future__ import annotations

from flask import Flask

from app.console.roles import ANSWERERS
from app.widget import Page, Widget
from widgets.chat import demo, hours, jobs, live, pages, room_console, room_public, room_sockets, rooms, sockets, view


def _sockets(app: Flask) -> None:
    room_sockets.register(app, sockets.register(app))


WIDGET = Widget(
    name="chat",
    title_key="chat.page.title",
    owner="citizen",
    public=room_public.bp,
    pages=pages.bp,
    console=room_console.bp,
    sockets=_sockets,
    boot=hours.boot,
    navigation=(Page("chat.console.title", "chat.desk_page", "chat.answer", "message-circle", waiting=view.waiting),),
    roles={"chat.answer": ANSWERERS, "chat.supervise": ("reviewer", "administrator")},
    jobs={"chat.tidy": jobs.tidy, "chat.watch": jobs.watch, "chat.rooms": rooms.close_late},
    every={"chat.tidy": 30, "chat.watch": 60, "chat.rooms": 300},
    subscribers={
        "chat.event": live.tell_event,
        "chat.said": live.tell_said,
        "chat.queue": live.tell_queue,
        "chat.light": live.tell_light,
        "chat.room": live.tell_room,
        "chat.room_own": live.tell_own,
    },
    demo=demo.fill,
)
