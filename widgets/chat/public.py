"""What browsers may call: the state of the counter, a conversation, and its way where sockets are blocked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from app.content.helping import find_help
from app.embed.gate import Caller, json_body, once, submission, the_gate
from app.embed.openapi import describe
from app.errors import DomainError, Forbidden, NotFound, RateLimited
from app.realtime.errors import Refusal
from app.realtime.poll import Full, wait_for
from app.schemas import load
from app.words import t
from widgets.chat import hours, log, service
from widgets.chat.attachment import attachment
from widgets.chat.live import PERSON, live
from widgets.chat.schemas import (
    AckAnswer,
    ActSchema,
    AnswerSchema,
    FileSchema,
    HelpAnswer,
    MarkSchema,
    RatingSchema,
    RowsAnswer,
    SaySchema,
    StartedAnswer,
    StartSchema,
    StateAnswer,
    TranscriptSchema,
)
from widgets.chat.sockets import visitor

bp = Blueprint("chat_api", __name__)

MOST_WAIT_S = 25

Found = TypeVar("Found")


@bp.get("/state")
@describe(answer=StateAnswer)
def state() -> ResponseReturnValue:
    """Whether somebody receives now, and when next."""
    caller: Caller = g.caller
    return jsonify(hours.state_for_browser(caller.site, caller.lang))


@bp.get("/help")
@describe(answer=HelpAnswer)
def help() -> ResponseReturnValue:
    """Frequent questions, or what the search finds for `q`: what answers while nobody receives."""
    caller: Caller = g.caller
    found = find_help(caller.site, request.args.get("q", ""), caller.lang, limit=6)
    answer = jsonify(answers=[asdict(one) for one in found])
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer


@bp.post("/conversations")
@describe(body=StartSchema, answer=StartedAnswer, status=201, submission=True)
def start() -> ResponseReturnValue:
    """Open a conversation."""
    sent = submission()
    caller: Caller = g.caller
    data = load(StartSchema(), sent.body)
    material = sent.material("chat")
    new = service.NewConversation(**data, lang=sent.lang, origin=caller.network, material=material)
    answer = once(sent, "chat.start", lambda: service.start(sent.site.id, new))
    return jsonify({**answer, "secret": service.secret_of(material)}), 201


class WrongSecret(Forbidden):
    """Not the browser that opened this conversation, or one whose token is no longer good."""

    code = "wrong-secret"


class TokenOver(DomainError):
    status = 401
    code = "token-expired"


def let_in(look: Callable[[int, str, str, str, str], Found | Refusal], key: str) -> Found:
    """Return whom the token of this request opens a conversation or a room for; raises what refuses it."""
    caller: Caller = g.caller
    found = look(caller.site.id, caller.site.key, key, caller.origin, request.headers.get("X-Ventanilla-Token", ""))
    if isinstance(found, Refusal):
        raise TokenOver if found.code.startswith("token") else WrongSecret("chat.errors.wrong-secret")
    return found


def listen(channel: str) -> list[Mapping[str, Any]]:
    """Return the rows of a channel above the number that was asked for, as soon as there are some."""
    after = request.args.get("after", 0, int)
    wait_s = min(max(request.args.get("wait", 0, int), 0), MOST_WAIT_S)
    here = live()
    try:
        found = wait_for(
            here.hub, here.bus, channel, after, wait_s,
            read=lambda: [frame for _, frame in here.load(channel, after, 200)], release=here.release,
        )  # fmt: skip
    except Full as error:
        raise RateLimited(retry_after_s=5) from error
    return list(found)


@bp.get("/conversations/<key>/poll")
@describe(answer=RowsAnswer)
def poll(key: str) -> ResponseReturnValue:
    """Events above a number, as soon as there are some."""
    conversation_id = let_in(visitor, key)
    service.seen(conversation_id)
    rows = listen(f"{PERSON}{conversation_id}")
    status = service.status(service.read(conversation_id))
    return jsonify(rows=[*rows, status])


@bp.post("/conversations/<key>/messages")
@describe(body=SaySchema, answer=AckAnswer, status=200)
def messages(key: str) -> ResponseReturnValue:
    """Say something, mark, confirm or leave without a socket; the same message twice is one."""
    conversation_id = let_in(visitor, key)
    body = json_body()
    kind = body.get("kind")
    seq = 0
    if kind == "say":
        data = load(SaySchema(exclude=("private",)), body)
        seq = service.say(conversation_id, log.PERSON, data["id"], data["body"], tuple(data["files"]))
    elif kind == "mark":
        data = load(MarkSchema(), body)
        service.mark(conversation_id, log.PERSON, data["delivered"], data["read"])
    elif kind == "confirm":
        data = load(AnswerSchema(), body)
        seq = service.confirm(conversation_id, data["id"], data["ref"], data["yes"])
    elif kind == "leave":
        seq = service.leave(conversation_id, load(ActSchema(), body)["id"])
    else:
        raise UnknownKind
    return jsonify(kind="ack", id=str(body.get("id", "")), seq=seq)


class UnknownKind(DomainError):
    status = 422
    code = "unknown-kind"

    def __init__(self) -> None:
        super().__init__("chat.errors.unknown-kind")


@bp.post("/conversations/<key>/rating")
@describe(body=RatingSchema, status=201)
def rating(key: str) -> ResponseReturnValue:
    """The four items, after the end."""
    conversation_id = let_in(visitor, key)
    data = load(RatingSchema(), json_body())
    scores: dict[str, Any] = {item: data[item] for item in ("kindness", "quality", "timeliness", "competence")}
    service.rate(conversation_id, scores, data["comment"])
    return jsonify(text=t("chat.page.rated", g.lang)), 201


@bp.post("/conversations/<key>/transcript")
@describe(body=TranscriptSchema, status=201)
def transcript(key: str) -> ResponseReturnValue:
    """The conversation by mail."""
    conversation_id = let_in(visitor, key)
    caller: Caller = g.caller
    the_gate().let_in(f"transcript {caller.site.key} {caller.network}", 3600, 10)
    service.mail_transcript(conversation_id, load(TranscriptSchema(), json_body())["email"])
    return jsonify(text=t("chat.page.transcript_sent", g.lang)), 201


@bp.post("/conversations/<key>/file")
@describe(body=FileSchema, media_type="application/octet-stream")
def file(key: str) -> ResponseReturnValue:
    """The bytes of a file of the conversation, always as an attachment."""
    found = service.person_file(let_in(visitor, key), load(FileSchema(), json_body())["id"])
    if found is None:
        raise NotFound
    return attachment(found)
