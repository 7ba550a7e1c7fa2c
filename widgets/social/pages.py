"""The same list without script."""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller
from app.embed.pages import page
from widgets.social import service

bp = Blueprint("social_pages", __name__, template_folder="templates")


@bp.get("/social")
def profiles() -> ResponseReturnValue:
    caller: Caller = g.caller
    return page("social/page.html", **service.boot(caller.site, caller.lang))
