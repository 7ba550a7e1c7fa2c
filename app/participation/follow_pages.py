"""The pages behind the links of followers' letters, and what mail programs call, for each leaf that is followed."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller
from app.embed.pages import hidden_fields, page
from app.mail.links import CONFIRM, LEAVE
from app.numbers import whole
from app.participation.following import Following
from app.words import t


def add_pages(bp: Blueprint, following: Following) -> None:
    """Give a leaf's pages `/<leaf>/follow/confirm` and `…/leave`."""
    name = following.name

    @bp.get(f"/{name}/follow/<any(confirm, leave):what>")
    def follow_link(what: str) -> ResponseReturnValue:
        """The page behind a link of a letter: looking at it changes nothing, since programs look at links too."""
        return asked(what, request.args.get("t", ""))

    def asked(what: str, token: str, wrong: str = "") -> str:
        site_id = g.caller.site.id
        _, of = following.look(token, what, site_id)
        waiting = following.waiting(token, site_id) if what == CONFIRM else []
        return page(
            "participation/follow.html", what=what, of=of, waiting=waiting, token=token, wrong=wrong,
            hidden=hidden_fields(), name=name,
        )  # fmt: skip

    @bp.post(f"/{name}/follow/<any(confirm, leave):what>")
    def follow_done(what: str) -> ResponseReturnValue:
        caller: Caller = g.caller
        token = request.form.get("t", "")
        if what == LEAVE:
            following.leave(token, caller.site.id)
            return followed(name, t(f"{name}.page.follow_left", caller.lang))
        ids = ticked()
        if ids == []:
            return asked(what, token, "participation.ask.none"), 422
        told = following.confirm(caller.site.id, token, ids)
        return followed(name, *(t(f"{name}.page.follow_confirmed", caller.lang, what=one) for one in told))


def ticked() -> list[int] | None:
    """Return the numbers that were ticked on the page of a letter; None where it had nothing to tick."""
    if "choose" not in request.form:
        return None
    return [number for value in request.form.getlist("wish") if (number := whole(value)) is not None]


def followed(name: str, *texts: str, back: str = "") -> str:
    """Return the page that says what was done; `back` is the address of what is followed."""
    return page("participation/followed.html", texts=texts, back=back, name=name)


def add_hooks(bp: Blueprint, following: Following) -> None:
    """Give a leaf's hooks the one-click leaving of its letters, signed and outside the gate (RFC 8058)."""

    @bp.post("/leave")
    def leave() -> ResponseReturnValue:
        """Forget the address at once: no page, no question, no redirect (RFC 8058, 3.2)."""
        following.leave(request.args.get("t", ""))
        return "", 200, {"Content-Type": "text/plain"}

    @bp.get("/leave")
    def look() -> ResponseReturnValue:
        """Show the page with the button: programs that check links in mails follow them, and must change nothing."""
        token = request.args.get("t", "")
        site_key, lang = following.whose(token)
        page_of = f"pages.{following.name}_pages.follow_link"
        return redirect(url_for(page_of, site_key=site_key, what=LEAVE, t=token, lang=lang), 303)
