"""What anyone may call: ask for a subscription."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue

from app.embed.gate import Caller, Submission, once, submission, the_gate
from app.embed.openapi import describe
from app.schemas import load
from widgets.subscribe import service
from widgets.subscribe.schemas import AskedAnswer, RequestSchema

bp = Blueprint("subscribe_api", __name__)
A_NETWORK_AN_HOUR = 30


def wish_of(data: dict[str, Any], lang: str) -> service.Wish:
    return service.Wish(data["email"], tuple(data["topics"]), data["frequency"], lang, data["notice_version"])


def ask(sent: Submission, data: dict[str, Any]) -> dict[str, Any]:
    """Take a wish once for a key; a network that asks for many addresses is told to wait."""
    caller: Caller = g.caller
    the_gate().let_in(f"subscribe {caller.site.key} {caller.network}", 3600, A_NETWORK_AN_HOUR)
    wish = wish_of(data, sent.lang)
    doubtful = "honeypot" in sent.marks
    return once(sent, "subscribe.requests", lambda: service.ask(sent.site.id, wish, doubtful=doubtful))


@bp.post("/requests")
@describe(body=RequestSchema, answer=AskedAnswer, status=201, submission=True)
def requests() -> ResponseReturnValue:
    """Ask for mail: what is answered says nothing of who is subscribed already."""
    sent = submission()
    return jsonify(ask(sent, load(RequestSchema(), sent.body))), 201
