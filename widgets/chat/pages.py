"""The page without script: when somebody receives, and the form that is always open."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from app.dates import time_words
from app.embed.gate import Caller
from app.embed.pages import page
from widgets.chat import hours, rooms

bp = Blueprint("chat_pages", __name__, template_folder="templates")


@bp.get("/chat/rooms")
def all_rooms() -> ResponseReturnValue:
    """The public rooms: open, to come, and the records of those that were."""
    caller: Caller = g.caller
    found = [shown for _room, shown in rooms.all_rooms(caller.site.id, caller.lang)]
    return page("chat/rooms_page.html", rooms=found)


@bp.get("/chat/rooms/<key>")
def room(key: str) -> ResponseReturnValue:
    """One room: with script it is live; without, what was said so far, and its record once it is over."""
    caller: Caller = g.caller
    found = rooms.find_room(caller.site.id, key)
    zone = ZoneInfo(caller.site.timezone)
    said = [
        {
            "name": row.name, "staff": row.staff_id is not None, "body": row.body, "gone": row.withdrawn_at is not None,
            "at": row.at.isoformat(), "clock": time_words(row.at, caller.lang, zone),
        }
        for row in rooms.rows(found.id, 0, 5000, private=False)
        if row.kind == "text"
    ]  # fmt: skip
    return page("chat/room_page.html", room=rooms.shown(found, caller.lang), said=said)


@bp.get("/chat")
def chat() -> ResponseReturnValue:
    caller: Caller = g.caller
    state = hours.state_for_browser(caller.site, caller.lang)
    return page("chat/page.html", state=state)
