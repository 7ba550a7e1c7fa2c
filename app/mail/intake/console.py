"""The mail that comes in, as the office sees it: what each message became, what waits for a hand, what failed."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import reserve
from app.console.auth import staff_only, the_site
from app.errors import Forbidden
from app.mail import trouble
from app.mail.intake import reading
from app.mail.intake.fetching import mailboxes_of
from app.mail.intake.models import BROKEN, STATES, THREAD
from app.uploads import download_headers
from app.words import t

bp = Blueprint("incoming", __name__)

PAGE = 100


@bp.get("/incoming")
@staff_only("cases.assign")
def mails() -> ResponseReturnValue:
    """Messages by state, newest first, and how each mailbox is doing."""
    site = the_site()
    counts = reading.counts(site.id)
    first = BROKEN if counts.get(BROKEN) else THREAD
    state = request.args.get("state", first)
    state = state if state in STATES else first
    rows = reading.incoming(site.id, state, before=request.args.get("before", type=int), limit=PAGE + 1)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return render_template(
        "incoming/mails.html", site=site, rows=rows[:PAGE], state=state, states=STATES, counts=counts, more=more,
        boxes=mailboxes_of(site.id), can_take=reading.CAN_BE_TAKEN, why=partial(trouble.why, lang=g.lang),
    )  # fmt: skip


@bp.get("/incoming/<int:incoming_id>/raw")
@staff_only("cases.assign")
def raw(incoming_id: int) -> ResponseReturnValue:
    """The message as it came, always as an attachment; who saved it stands in the trail.

    Of a case with a reserved folder, only for those who may open that: the raw mail holds all that was set apart.
    """
    row = reading.find(the_site().id, incoming_id)
    if reserve.bars(g.staff, row.site_id, row.source, row.source_id):
        raise Forbidden(permission="cases.reserved")
    content = reading.raw_of(the_site().id, incoming_id, g.staff.actor)
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers.update(download_headers(f"mensaje-{incoming_id}.eml", "application/octet-stream"))
    return answer


@bp.post("/incoming/<int:incoming_id>/take")
@staff_only("cases.assign")
def take(incoming_id: int) -> ResponseReturnValue:
    """Make a message of what was held for the answer of a machine."""
    reading.take_anyway(the_site().id, incoming_id, g.staff.actor)
    flash(t("mail.console.taken", g.lang))
    return redirect(url_for(".mails", site_key=the_site().key, state=THREAD))
