"""One's own account: language, password, second factor, and the browsers in which one is signed in."""

from __future__ import annotations

import re

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.console import sessions
from app.console.auth import signed_in
from app.console.staff import account_of, change_account, change_language
from app.sites.service import all_sites
from app.words import LANGUAGES, t

bp = Blueprint("account", __name__)

WITHIN = re.compile(r"/console/(?!.*\.\./)[\w/.~%-]*(\?[\w/.~%&=+:-]*)?", re.ASCII)


def _here() -> str:
    return str(getattr(session, "sid", ""))


@bp.get("/account")
@signed_in
def account() -> ResponseReturnValue:
    staff = g.staff
    if len(staff.site_ids) == 1:
        # Who works for one site keeps its navigation.
        g.site = next((site for site in all_sites() if site.id in staff.site_ids), None)
    return render_template(
        "console/account.html", account=account_of(staff.id), sessions=sessions.sessions_of(staff.id, _here()),
        site=g.get("site"), device=sessions.device_words,
    )  # fmt: skip


@bp.post("/account")
@signed_in
def change() -> ResponseReturnValue:
    """Change what one's signature says: name, position, telephone."""
    name = " ".join(request.form.get("name", "").split())
    if name:
        change_account(g.staff.id, name, request.form.get("position", ""), request.form.get("phone", ""))
        flash(t("console.account.changed", g.lang))
    else:
        flash(t("errors.required", g.lang), "error")
    return redirect(url_for("console.account.account"))


@bp.post("/account/language")
@signed_in
def language() -> ResponseReturnValue:
    """Speak another language to this person, here and in their mails."""
    lang = request.form.get("lang", "")
    if lang in LANGUAGES:
        change_language(g.staff.id, lang)
    back = request.form.get("back", "")
    # Only within the console: an address from outside would make this a way to send people elsewhere.
    return redirect(back if WITHIN.fullmatch(back) else url_for("console.account.account"))


@bp.post("/account/sessions/end")
@signed_in
def end_session() -> ResponseReturnValue:
    """End one session of one's own, or all others."""
    ended = sessions.end(g.staff.id, request.form.get("session", ""), keep=_here())
    flash(t("console.account.ended", g.lang, n=ended))
    return redirect(url_for("console.account.account"))
