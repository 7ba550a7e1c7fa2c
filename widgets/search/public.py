"""What anyone may call: results, what is offered while typing, and the count of a query."""

from __future__ import annotations

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from app.content.helping import find_help
from app.embed.gate import Caller, json_body, the_gate
from app.embed.openapi import describe
from app.schemas import load
from app.search import tuning
from app.search.query import key_of
from widgets.search import service
from widgets.search.schemas import QuestionsAnswer, QuickAnswer, ResultsAnswer, SeenSchema

bp = Blueprint("search_api", __name__)
COUNTED_EVERY_S = 3600


@bp.get("/results")
@describe(answer=ResultsAnswer)
def results() -> ResponseReturnValue:
    """A page of results."""
    caller: Caller = g.caller
    args = request.args
    asked = service.Asked.of(args.get("q", ""), args.get("kind", ""), args.get("page", ""))
    answer = jsonify(service.find(caller.site, asked, caller.lang))
    answer.headers["Cache-Control"] = "public, max-age=10"
    return answer


@bp.get("/quick")
@describe(answer=QuickAnswer)
def quick() -> ResponseReturnValue:
    """What stands under the box while a person types."""
    caller: Caller = g.caller
    answer = jsonify(service.quick(caller.site, request.args.get("q", "")[:400], caller.lang))
    answer.headers["Cache-Control"] = "public, max-age=10"
    return answer


@bp.get("/questions")
@describe(answer=QuestionsAnswer)
def questions() -> ResponseReturnValue:
    """The frequent questions with their answers, for the section under the box."""
    caller: Caller = g.caller
    found = find_help(caller.site, "", caller.lang, limit=6)
    answer = jsonify(questions=[{"title": one.title, "text": one.text, "url": one.url} for one in found])
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer


@bp.post("/seen")
@describe(body=SeenSchema)
def seen() -> ResponseReturnValue:
    """Count a query that a person settled on, or the opening of a result."""
    data = load(SeenSchema(), json_body())
    count(data["query"], data["found"], opened=data["opened"])
    return jsonify(counted=True)


def count(text: str, found: int, *, opened: bool = False) -> None:
    """Count a query once an hour for a network: nobody makes a suggestion of it by asking again and again.

    The network is known to this process for an hour and written nowhere.
    """
    caller: Caller = g.caller
    kind = "opened" if opened else "asked"
    mark = f"search {kind} {caller.site.key} {caller.network} {key_of(text, caller.lang)}"
    if the_gate().calls.hit(mark, COUNTED_EVERY_S) == 1:
        tuning.count_query(caller.site.id, text, found, clicked=opened, lang=caller.lang)
