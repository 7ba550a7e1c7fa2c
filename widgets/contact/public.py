"""What anyone may call: send a message, open its thread with reference and code, reply."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify
from flask.typing import ResponseReturnValue

from app.cases.radicado import format_code, squeeze
from app.downloads import attachment
from app.embed.gate import Caller, Submission, json_body, once, opened, submission
from app.embed.openapi import describe
from app.errors import NotFound
from app.numbers import whole
from app.schemas import load
from widgets.contact import service
from widgets.contact.models import ContactThread
from widgets.contact.schemas import FileSchema, MessageSchema, ReplySchema, SentAnswer, ThreadAnswer, ThreadSchema

bp = Blueprint("contact_api", __name__)


def new_message(data: dict[str, Any], sent: Submission) -> service.NewMessage:
    fields = {name: data[name] for name in ("office", "name", "email", "phone", "subject", "body", "notice_version")}
    return service.NewMessage(
        **fields, receipts=tuple(data["files"]), lang=sent.lang, marks=sent.marks, material=sent.material("contact")
    )


def open_thread(reference: str, code: str) -> ContactThread:
    """Return the thread of a reference and its code; wrong guesses are slowed, then refused for a while."""
    caller: Caller = g.caller
    what = f"contact {caller.site.key} {squeeze(reference)}"
    thread = opened(what, lambda: service.find_thread(caller.site.id, reference, code))
    if thread is None:
        raise NotFound("errors.wrong-code")
    return thread


@bp.post("/messages")
@describe(body=MessageSchema, answer=SentAnswer, status=201, submission=True)
def messages() -> ResponseReturnValue:
    """Send a message to an office."""
    sent = submission()
    new = new_message(load(MessageSchema(), sent.body), sent)
    answer = once(sent, "contact.messages", lambda: service.send(sent.site.id, new))
    return jsonify({**answer, "code": format_code(service.code_of(new.material))}), 201


@bp.post("/thread")
@describe(body=ThreadSchema, answer=ThreadAnswer)
def thread() -> ResponseReturnValue:
    """The thread of a reference and its code."""
    data = load(ThreadSchema(), json_body())
    return jsonify(service.for_person(open_thread(data["reference"], data["code"]), g.lang))


@bp.post("/replies")
@describe(body=ReplySchema, status=201, submission=True)
def replies() -> ResponseReturnValue:
    """Write again in a thread."""
    sent = submission(filing=False)
    data = load(ReplySchema(), sent.body)
    found = open_thread(data["reference"], data["code"])
    thread_id = found.id
    answer = once(
        sent, "contact.replies", lambda: service.reply(sent.site.id, thread_id, data["body"], tuple(data["files"]))
    )
    return jsonify(answer), 201


@bp.post("/file")
@describe(body=FileSchema)
def file() -> ResponseReturnValue:
    """The bytes of one file of the thread, always as an attachment."""
    data = load(FileSchema(), json_body())
    return send_file_of(open_thread(data["reference"], data["code"]), data["token"])


def send_file_of(thread: ContactThread, token: str) -> Response:
    """Return the bytes of a file that the thread's person may read; NotFound for any other."""
    if (number := whole(token)) is None:
        raise NotFound
    return attachment(service.file_for_person(thread.site_id, thread.id, number))
