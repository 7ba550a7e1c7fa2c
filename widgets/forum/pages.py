"""The same without script: read, begin a thread, reply, confirm an address, file as a petition."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller, once
from app.embed.pages import Typed, form_submission, hidden_fields, page, said, typed_form
from app.errors import DomainError, NotFound
from app.numbers import whole
from app.participation.follow_pages import add_pages, followed, ticked
from app.schemas import load
from app.sites.service import rules_in_force
from app.words import t
from widgets.forum import feeds, following, listing, people, petition, public, service, showing, standing
from widgets.forum.public import new_post
from widgets.forum.schemas import FollowSchema, OwnSchema, PostSchema

bp = Blueprint("forum_pages", __name__, template_folder="templates")

FIELDS = ("name", "email", "title", "body", "rules")


def _draw(template: str, typed: Typed, errors: dict[str, list[str]], **more: Any) -> str:
    caller: Caller = g.caller
    rules = rules_in_force(caller.site.id, "forum")
    return page(
        template, values=typed.fields, errors=said(errors), hidden=hidden_fields(typed), rules=rules,
        labels={name: t(f"forum.page.{name}_label", caller.lang) for name in (*FIELDS, "follow_email")}, **more,
    )  # fmt: skip


def _forum_context(key: str) -> dict[str, Any]:
    caller: Caller = g.caller
    found = standing.forum_by_key(caller.site.id, key)
    number = min(max(request.args.get("page", 0, type=int), 0), 1000)
    return {"forum": showing.list_view(found, number, caller.lang, request.args.get("q", "")[:100].strip())}


def _thread_context(thread_id: int) -> dict[str, Any]:
    caller: Caller = g.caller
    root, found = showing.find_thread(caller.site.id, thread_id)
    return {"thread": showing.thread_view(root, found, caller.lang), "thread_id": root.id}


@bp.get("/forum")
def forums() -> ResponseReturnValue:
    caller: Caller = g.caller
    return page("forum/list.html", forums=listing.listed(caller.site, caller.lang))


@bp.get("/forum/<key>")
def forum(key: str) -> ResponseReturnValue:
    return _draw("forum/forum.html", Typed({}), {}, **_forum_context(key))


@bp.post("/forum/<key>")
def begin(key: str) -> ResponseReturnValue:
    """Begin a thread."""
    return _take(key, None, "forum/forum.html", lambda: _forum_context(key))


@bp.get("/forum/<key>/<int:thread_id>")
def thread(key: str, thread_id: int) -> ResponseReturnValue:
    return _draw("forum/thread.html", Typed({}), {}, **_thread_context(thread_id))


@bp.post("/forum/<key>/<int:thread_id>")
def reply(key: str, thread_id: int) -> ResponseReturnValue:
    """Reply to a thread, or to a reply."""
    parent = whole(request.form.get("parent"))
    parent = thread_id if parent is None else parent
    return _take(key, parent, "forum/thread.html", lambda: _thread_context(thread_id))


def _take(key: str, parent: int | None, template: str, context: Any) -> ResponseReturnValue:
    """Take what was typed; a mistake, or a warning of personal data, draws the form again with everything in it."""
    caller: Caller = g.caller
    typed = typed_form()
    rules = rules_in_force(caller.site.id, "forum")
    fields = {name: typed.fields.get(name, "") for name in ("name", "email", "body", "title")}
    data = {
        **fields, "forum": key, "parent": parent, "despite_personal": bool(typed.fields.get("despite_personal")),
        "rules_version": rules.version if rules and typed.fields.get("rules") else 0,
    }  # fmt: skip
    try:
        sent = form_submission(typed)
        answer = public.write(sent, new_post(load(PostSchema(), data), sent))
    except DomainError as error:
        if error.status >= 500:
            raise
        errors = {name if name != "rules_version" else "rules": texts for name, texts in error.fields.items()}
        warned = isinstance(error, service.PersonalData)
        shown = _draw(template, typed, errors or {"body": [error.message_key]}, warned=warned, **context())
        return shown, error.status
    return page("forum/sent.html", answer=answer, key=key, hidden=hidden_fields())


@bp.post("/forum/radicate")
def radicate() -> ResponseReturnValue:
    """File one's contribution as a petition: the button of the page that says it was received."""
    caller: Caller = g.caller
    typed = typed_form()
    sent = form_submission(typed)
    data = load(OwnSchema(), {"person": typed.fields.get("person", ""), "post": typed.fields.get("post", "")})
    act = (caller.site.id, data["person"], data["post"])
    answer = once(sent, "forum.radicate", lambda: petition.radicate(*act, typed.fields.get("email", "")))
    return page("forum/radicated.html", answer={**answer, "code": petition.code_of(*act)})


@bp.get("/forum/confirm")
def confirm_form() -> ResponseReturnValue:
    """The page of the link in the mail: looking at it changes nothing, since programs look at links too."""
    return _to_confirm(request.args.get("code", "")[:64])


def _to_confirm(code: str, wrong: str = "") -> str:
    waiting = people.waiting(g.caller.site.id, code)
    return page(
        "forum/confirm.html", code=code, hidden=hidden_fields(), done=None, waiting=waiting, wrong=wrong,
    )  # fmt: skip


@bp.post("/forum/confirm")
def confirm() -> ResponseReturnValue:
    caller: Caller = g.caller
    code, ids = request.form.get("code", "")[:64], ticked()
    if ids == []:
        return _to_confirm(code, "participation.ask.none"), 422
    done = people.confirm(caller.site.id, code, ids)
    return page("forum/confirm.html", code="", hidden={}, done=done)


@bp.post("/forum/letter")
def letter() -> ResponseReturnValue:
    """Send the letter of confirmation again: the button of the page that says it was sent."""
    typed = typed_form()
    sent = form_submission(typed)
    answer = once(sent, "forum.letters", lambda: people.ask_again(sent.site.id, typed.fields.get("person", "")))
    return page("forum/sent.html", answer=answer, key=typed.fields.get("forum", ""), hidden={})


@bp.get("/forum/review")
def review_form() -> ResponseReturnValue:
    """The page of the link in the letter that says why something was withheld: its text, and another look at it."""
    return _review(request.args.get("t", ""))


def _review(link: str) -> str:
    post, found = service.withheld_of(g.caller.site.id, link)
    return page("forum/review.html", post=post, forum=found, link=link, hidden=hidden_fields())


@bp.post("/forum/review")
def review() -> ResponseReturnValue:
    link = request.form.get("t", "")
    service.ask_review_by_link(g.caller.site.id, link)
    return _review(link)


# Following


@bp.post("/forum/<key>/follow")
def follow(key: str) -> ResponseReturnValue:
    """Ask to follow: the forum, or the thread that the form names."""
    typed = typed_form()
    thread = whole(typed.fields.get("thread"))
    data = {"forum": key, "thread": thread, "email": typed.fields.get("follow_email", "")}
    try:
        answer = public.follow(form_submission(typed), load(FollowSchema(), data))
    except DomainError as error:
        if error.status >= 500 or error.status == 404:
            raise
        wrong = {"follow_email": error.fields.get("email") or [error.message_key]}
        context = _forum_context(key) if thread is None else _thread_context(thread)
        template = "forum/forum.html" if thread is None else "forum/thread.html"
        return _draw(template, typed, wrong, **context), error.status
    back = url_for("pages.forum_pages.forum", site_key=g.caller.site.key, key=key)
    return followed("forum", answer["text"], back=back)


add_pages(bp, following.FOLLOWING)


# Feeds


@bp.get("/forum/<key>/feed.<any(atom, rss):form>")
def forum_feed(key: str, form: str) -> ResponseReturnValue:
    """What became public in a forum, the newest first, for programs that read feeds."""
    site = g.caller.site
    return _feed(feeds.of_forum(site, standing.forum_by_key(site.id, key), form), form)


@bp.get("/forum/<key>/<int:thread_id>/feed.<any(atom, rss):form>")
def thread_feed(key: str, thread_id: int, form: str) -> ResponseReturnValue:
    """The same of one thread."""
    site = g.caller.site
    root, forum = showing.find_thread(site.id, thread_id)
    if forum.key != key:
        raise NotFound("forum.errors.no-post")
    return _feed(feeds.of_thread(site, forum, root, form), form)


def _feed(found: feeds.Feed, form: str) -> Response:
    if found.etag in request.if_none_match:
        response = Response(status=304)
    else:
        response = Response(found.make(), content_type=feeds.TYPES[form])
    response.set_etag(found.etag)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
