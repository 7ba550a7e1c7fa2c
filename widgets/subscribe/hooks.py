"""What mail programs call: one-click unsubscription, with its own signature and outside the gate (RFC 8058)."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from app.db import db
from app.errors import NotFound
from app.sites.models import Site
from widgets.subscribe import links, service
from widgets.subscribe.models import Subscriber

bp = Blueprint("subscribe", __name__)


@bp.post("/leave")
def leave() -> ResponseReturnValue:
    """Unsubscribe at once: no page, no question, no redirect (RFC 8058, 3.2)."""
    service.leave(links.LEAVE, request.args.get("t", ""))
    return "", 200, {"Content-Type": "text/plain"}


@bp.get("/leave")
def look() -> ResponseReturnValue:
    """Show the page with the button: programs that check links in mails follow them, and must change nothing."""
    found = links.read(links.LEAVE, request.args.get("t", ""))
    row = db.session.get(Subscriber, found[0]) if found else None
    if row is None or found is None:
        raise NotFound("subscribe.page.bad_link")
    site = db.session.get_one(Site, row.site_id)
    return redirect(links.page(site.key, links.PREFERENCES, row.id, found[1], row.lang), 303)
