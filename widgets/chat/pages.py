"""The page without script: when somebody receives, and the form that is always open."""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller
from app.embed.pages import page
from widgets.chat import hours

bp = Blueprint("chat_pages", __name__, template_folder="templates")


@bp.get("/chat")
def chat() -> ResponseReturnValue:
    caller: Caller = g.caller
    state = hours.state_for_browser(caller.site, caller.lang)
    return page("chat/page.html", state=state)
