"""What auditors and administrators look at: the trail of everything, and what was or could not be sent."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import audit
from app.console import staff as people
from app.console.auth import staff_only, the_site
from app.mail import outbox, trouble
from app.words import t

bp = Blueprint("oversight", __name__)

PAGE = 100
STATES = ("failed", "queued", "sent")


@bp.get("/audit")
@staff_only("audit.read")
def trail() -> ResponseReturnValue:
    """The site's chain of entries, newest first, by pages of their number; the filter is the address."""
    before = request.args.get("before", type=int)
    subject, action = request.args.get("subject", ""), request.args.get("action", "")
    entries = audit.entries(the_site().id, before=before, subject=subject, action=action, limit=PAGE + 1)
    names = {f"staff:{person.id}": person.name or person.email for person in people.people(the_site().id)}
    more = entries[PAGE - 1].seq if len(entries) > PAGE else None
    return render_template(
        "oversight/audit.html", site=the_site(), trail=entries[:PAGE], names=names, more=more, subject=subject,
        action=action, say_action=_say_action, say_value=_say_value,
    )  # fmt: skip


def _say_action(action: str) -> str:
    """Return what an entry says happened, in words; "" for one that no catalogue knows: the page shows its name too."""
    section, _, what = action.partition(".")
    trunk = "console.event" if section == "case" else f"oversight.actions.{section}"
    known = (f"{trunk}.{what}", f"{section}.audit.{what}")
    return next((text for key in known if (text := t(key, g.lang)) != key), "")


def _say_value(value: object) -> str:
    """Return a value of an entry as one reads it: lists by their parts, nothing as a dash."""
    if isinstance(value, (list, tuple)):
        return ", ".join(_say_value(one) for one in value) or "–"
    if isinstance(value, bool):
        return t("settings.yes" if value else "settings.no", g.lang)
    return "–" if value is None or value == "" else str(value)


@bp.post("/audit/verify")
@staff_only("audit.read")
def verify() -> ResponseReturnValue:
    """Prove that no entry was changed, taken out or put in."""
    count, problem = audit.verify(the_site().id)
    flash(t("oversight.chain_broken" if problem else "oversight.chain_holds", g.lang, n=count, problem=problem),
          "error" if problem else "message")  # fmt: skip
    return redirect(url_for("console.site.oversight.trail", site_key=the_site().key))


@bp.get("/outbox")
@staff_only("audit.read")
def mails() -> ResponseReturnValue:
    """Mails by state: what failed and why, what waits, what went; never their text."""
    state = request.args.get("state", "failed")
    state = state if state in STATES else "failed"
    before = request.args.get("before", type=int)
    rows = outbox.mails_of(the_site().id, state, before=before, limit=PAGE + 1)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    configured = current_app.extensions["ventanilla"].settings.mail != "none"
    return render_template(
        "oversight/outbox.html", site=the_site(), rows=rows[:PAGE], state=state, states=STATES, more=more,
        counts=outbox.counts(the_site().id), configured=configured, why=partial(trouble.why, lang=g.lang),
        stuck=trouble.stuck(the_site().id) if configured else None,
    )  # fmt: skip


@bp.post("/outbox/<int:mail_id>/retry")
@staff_only("site.manage")
def retry(mail_id: int) -> ResponseReturnValue:
    """Send a failed mail again, after what was wrong has been mended."""
    outbox.send_again(the_site().id, mail_id, g.staff.actor)
    flash(t("oversight.queued_again", g.lang))
    return redirect(url_for("console.site.oversight.mails", site_key=the_site().key, state="queued"))
