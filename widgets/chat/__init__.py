"""Chat: an orientation in real time by the municipality's written protocol, within announced hours (S3, S1-3)."""

from __future__ import annotations

from app.widget import Page, Widget
from widgets.chat import console, demo, hours, jobs, live, pages, public, sockets, view

WIDGET = Widget(
    name="chat",
    title_key="chat.page.title",
    owner="citizen",
    public=public.bp,
    pages=pages.bp,
    console=console.bp,
    sockets=sockets.register,
    boot=hours.boot,
    navigation=(Page("chat.console.title", "chat.desk_page", "chat.answer", "messages", view.waiting),),
    jobs={"chat.tidy": jobs.tidy, "chat.watch": jobs.watch},
    every={"chat.tidy": 30, "chat.watch": 60},
    subscribers={"chat.event": live.tell_event, "chat.queue": live.tell_queue, "chat.light": live.tell_light},
    demo=demo.fill,
)
