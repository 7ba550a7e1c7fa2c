"""What anyone may call: read forums and threads, write, change one's own, vote, flag, file as a petition."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller, Submission, json_body, once, submission
from app.embed.openapi import describe
from app.errors import NotFound
from app.schemas import load
from widgets.forum import following, listing, people, petition, picking, service, showing, standing, voting
from widgets.forum.schemas import (
    CitableAnswer,
    EditSchema,
    FlagSchema,
    FollowSchema,
    ForumAnswer,
    ListAnswer,
    MineSchema,
    OwnSchema,
    PersonSchema,
    PostSchema,
    RadicatedAnswer,
    RadicateSchema,
    ThreadAnswer,
    VoteSchema,
    WrittenAnswer,
)

bp = Blueprint("forum_api", __name__)


def _kept(name: str, etag: str, make: Callable[[], dict[str, Any]]) -> Response:
    """Return a page from memory, or 304 to who has it already."""
    if etag in request.if_none_match:
        response = Response(status=304)
    else:
        pages: showing.Pages = current_app.extensions.setdefault("forum-pages", showing.Pages())
        response = Response(pages.get(name, etag, make), content_type="application/json")
    response.set_etag(etag)
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/forums")
@describe(answer=ListAnswer)
def forums() -> ResponseReturnValue:
    """The forums of the site."""
    caller: Caller = g.caller
    return jsonify(forums=listing.listed(caller.site, caller.lang))


@bp.get("/forums/<key>")
@describe(answer=ForumAnswer)
def forum(key: str) -> ResponseReturnValue:
    """One forum with a page of its threads; `page` counts from 0, `q` searches in titles and texts."""
    caller: Caller = g.caller
    found = standing.forum_by_key(caller.site.id, key)
    page = min(max(request.args.get("page", 0, type=int), 0), 1000)
    search = request.args.get("q", "")[:100].strip()
    if search:
        return jsonify(showing.list_view(found, page, caller.lang, search))
    # The stamp stands for what the site shows of itself, such as the name of the forum's office.
    etag = showing.etag_of(found.id, found.revision, page, caller.lang, standing.is_open(found), caller.site.stamp)
    return _kept(f"f{found.id} {page} {caller.lang}", etag, lambda: showing.list_view(found, page, caller.lang))


@bp.get("/threads/<int:thread_id>")
@describe(answer=ThreadAnswer)
def thread(thread_id: int) -> ResponseReturnValue:
    """One thread with its replies; 304 when nothing in it has changed."""
    caller: Caller = g.caller
    etag = showing.thread_etag(caller.site.id, thread_id, caller.lang)

    def make() -> dict[str, Any]:
        return showing.thread_view(*showing.find_thread(caller.site.id, thread_id), caller.lang)

    return _kept(f"t{thread_id} {caller.lang}", etag, make)


@bp.get("/citable")
@describe(answer=CitableAnswer)
def citable() -> ResponseReturnValue:
    """What a contribution can cite: `q` are words, or the code that stands on a document."""
    caller: Caller = g.caller
    return jsonify(found=picking.citable(caller.site, request.args.get("q", ""), caller.lang))


def new_post(data: dict[str, Any], sent: Submission) -> service.NewPost:
    return service.NewPost(**data, material=sent.material("forum-person"), lang=sent.lang, marks=sent.marks)


def written(answer: dict[str, Any], new: service.NewPost) -> dict[str, Any]:
    """Return what the writer is told: with the secret of a person that this has made, which is stored nowhere."""
    told = {name: value for name, value in answer.items() if name != "new_person"}
    return {**told, "person": people.person_token(new.material) if answer["new_person"] else new.person}


def write(sent: Submission, new: service.NewPost) -> dict[str, Any]:
    """Take a contribution once, and return what its writer is told."""
    ready = partial(service.prepare, sent.site, new)
    return written(once(sent, "forum.posts", partial(service.write_post, sent.site.id, new), prepare=ready), new)


@bp.post("/posts")
@describe(body=PostSchema, answer=WrittenAnswer, status=201, submission=True)
def posts() -> ResponseReturnValue:
    """Begin a thread, or reply."""
    sent = submission()
    return jsonify(write(sent, new_post(load(PostSchema(), sent.body), sent))), 201


@bp.post("/people", endpoint="people")
@describe(body=PersonSchema, status=201, submission=True)
def introduced() -> ResponseReturnValue:
    """Become somebody who can vote and flag without writing."""
    sent = submission()
    data = load(PersonSchema(), sent.body)
    material = sent.material("forum-person")
    once(sent, "forum.people", lambda: _made(sent, data["name"], material))
    return jsonify(person=people.person_token(material)), 201


def _made(sent: Submission, name: str, material: bytes) -> dict[str, Any]:
    people.new_person(sent.site.id, name, material, sent.lang)
    return {"made": True}


@bp.post("/mine")
@describe(body=MineSchema)
def mine() -> ResponseReturnValue:
    """One's own contributions with their state, and what can still be done with each."""
    caller: Caller = g.caller
    data = load(MineSchema(), json_body())
    return jsonify(posts=showing.mine(caller.site.id, data["person"], caller.lang))


@bp.post("/edits")
@describe(body=EditSchema, submission=True)
def edits() -> ResponseReturnValue:
    """Change one's own text, within a quarter of an hour."""
    sent = submission(filing=False)
    data = load(EditSchema(), sent.body)
    act = (sent.site.id, data["person"], data["post"], data["body"], data["despite_personal"])
    return jsonify(once(sent, "forum.edits", lambda: service.edit(*act)))


@bp.post("/letters")
@describe(body=MineSchema, submission=True)
def letters() -> ResponseReturnValue:
    """Send the letter that asks to confirm one's address again, to who lost it."""
    sent = submission(filing=False)
    data = load(MineSchema(), sent.body)
    return jsonify(once(sent, "forum.letters", lambda: people.ask_again(sent.site.id, data["person"])))


@bp.post("/deletions")
@describe(body=OwnSchema, submission=True)
def deletions() -> ResponseReturnValue:
    """Take one's own words away."""
    sent = submission(filing=False)
    data = load(OwnSchema(), sent.body)
    return jsonify(once(sent, "forum.deletions", lambda: service.delete(sent.site.id, data["person"], data["post"])))


@bp.post("/reviews")
@describe(body=OwnSchema, submission=True)
def reviews() -> ResponseReturnValue:
    """Ask another person to look at one's withheld contribution."""
    sent = submission(filing=False)
    data = load(OwnSchema(), sent.body)
    return jsonify(once(sent, "forum.reviews", lambda: service.ask_review(sent.site.id, data["person"], data["post"])))


@bp.post("/votes")
@describe(body=VoteSchema, submission=True)
def votes() -> ResponseReturnValue:
    """Support a contribution, or take it back."""
    sent = submission(filing=False)
    data = load(VoteSchema(), sent.body)
    act = (sent.site.id, data["person"], data["post"], data["on"])
    return jsonify(once(sent, "forum.votes", lambda: voting.vote(*act)))


@bp.post("/flags")
@describe(body=FlagSchema, submission=True)
def flags() -> ResponseReturnValue:
    """Tell the staff that a contribution breaks the rules."""
    sent = submission(filing=False)
    data = load(FlagSchema(), sent.body)
    act = (sent.site.id, data["person"], data["post"], data["reason"])
    return jsonify(once(sent, "forum.flags", lambda: voting.flag(*act)))


@bp.post("/radicate")
@describe(body=RadicateSchema, answer=RadicatedAnswer, status=201, submission=True)
def radicate() -> ResponseReturnValue:
    """File one's own contribution as a petition, with the date on which it was written."""
    sent = submission(filing=False)
    data = load(RadicateSchema(), sent.body)
    act = (sent.site.id, data["person"], data["post"])
    answer = once(sent, "forum.radicate", lambda: petition.radicate(*act, data["email"]))
    return jsonify({**answer, "code": petition.code_of(*act)}), 201


def follow(sent: Submission, data: dict[str, Any]) -> dict[str, Any]:
    """Ask an address whether it wants to follow; NotFound for what nobody can read."""
    site_id = sent.site.id
    if data["thread"] is None:
        forum, thread = standing.forum_by_key(site_id, data["forum"]), None
    else:
        thread, forum = showing.find_thread(site_id, data["thread"])
        if forum.key != data["forum"]:
            raise NotFound("forum.errors.no-post")
    act = (site_id, forum, thread, data["email"], sent.lang)
    return once(sent, "forum.follows", lambda: following.ask(*act))


@bp.post("/follows")
@describe(body=FollowSchema, status=202, submission=True)
def follows() -> ResponseReturnValue:
    """Ask to follow a forum, or one thread of it, by mail: a letter asks for a yes."""
    sent = submission(filing=False)
    return jsonify(follow(sent, load(FollowSchema(), sent.body))), 202
