"""What mail programs call: one-click leaving of a forum's letters, signed and outside the gate (RFC 8058)."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import db
from app.mail.links import LEAVE
from app.sites.models import Site
from widgets.forum import following

bp = Blueprint("forum", __name__)


@bp.post("/leave")
def leave() -> ResponseReturnValue:
    """Forget the address at once: no page, no question, no redirect (RFC 8058, 3.2)."""
    following.leave(request.args.get("t", ""))
    return "", 200, {"Content-Type": "text/plain"}


@bp.get("/leave")
def look() -> ResponseReturnValue:
    """Show the page with the button: programs that check links in mails follow them, and must change nothing."""
    token = request.args.get("t", "")
    row, _ = following.look(token, LEAVE)
    site = db.session.get_one(Site, row.site_id)
    address = url_for("pages.forum_pages.follow_link", site_key=site.key, what=LEAVE, t=token, lang=row.lang)
    return redirect(address, 303)
