"""The adviser's desk in the console: one page with its own module, what it reads, and one address an act."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.coach import Context, advise
from app.console.auth import staff_only, the_site
from app.embed.gate import json_body
from app.errors import NotFound
from app.files import find_file
from app.schemas import Strict, load
from app.sites.service import offices
from app.words import find, t
from widgets.chat import desk, reports, shifts, view
from widgets.chat.attachment import attachment
from widgets.chat.schemas import (
    AvailableSchema,
    BlockSchema,
    CaseSchema,
    CheckInSchema,
    EmptySchema,
    EndSchema,
    ShiftNoteSchema,
    TextSchema,
    TransferSchema,
    WithdrawSchema,
)

bp = Blueprint("chat", __name__, template_folder="templates")

KINDS = (
    "peticion_particular", "peticion_general", "queja", "reclamo", "sugerencia", "denuncia", "informacion",
    "documentos", "consulta",
)  # fmt: skip
Act = Callable[[int, dict[str, Any]], Any]


@bp.get("/chat")
@staff_only("chat.answer")
def desk_page() -> ResponseReturnValue:
    """The desk: queue, conversations, scripts."""
    site = the_site()
    words = {**find("chat.desk", g.lang), "errors": find("chat.errors", g.lang), "end": find("chat.end", g.lang)}
    known = {
        "words": words,
        "scripts": view.scripts(site.id, "es"),
        "offices": [{"code": office.code, "name": office.name} for office in offices(site.id)],
        "kinds": [{"key": kind, "title": t(f"kinds.{kind}.title", g.lang)} for kind in KINDS],
        "root": f"/console/{site.key}/chat",
        "lang": g.lang,
        "me": g.staff.id,
        "limits": {"inactive_s": desk.INACTIVE.total_seconds(), "silence_s": view.SILENCE.total_seconds()},
    }
    # A data block: no browser runs it, and "<" never closes it early.
    return render_template("chat/desk.html", site=site, known=json.dumps(known).replace("<", "\\u003c"))


@bp.get("/chat/desk.json")
@staff_only("chat.answer")
def desk_data() -> ResponseReturnValue:
    return jsonify(view.view(g.staff, the_site().id))


@bp.get("/chat/reports")
@staff_only("reports.read")
def report() -> ResponseReturnValue:
    """Waiting, answers, duration, abandoned and satisfaction, by hour, office and adviser; also as a file."""
    site = the_site()
    span = reports.span_of(request.args.get("from", ""), request.args.get("to", ""), site.id)
    figures = reports.figures(site.id, span)
    if request.args.get("format") == "csv":
        return reports.as_csv(figures, g.lang)
    return render_template("chat/reports.html", site=site, figures=figures, span=span)


SHIFT_ACTS: dict[str, tuple[type[Strict], Callable[[dict[str, Any]], Any]]] = {
    "check-in": (CheckInSchema, lambda data: shifts.check_in(g.staff, the_site().id, data["most"], data["checks"])),
    "check-out": (EmptySchema, lambda data: shifts.check_out(g.staff, the_site().id)),
    "available": (AvailableSchema, lambda data: shifts.set_available(g.staff, the_site().id, data["available"])),
    "note": (ShiftNoteSchema, lambda data: shifts.add_shift_note(g.staff, the_site().id, data["body"], data["hours"])),
}


@bp.post("/chat/shift/<act>")
@staff_only("chat.answer")
def shift(act: str) -> ResponseReturnValue:
    """Check in, check out, be available or not, leave news for colleagues."""
    if act not in SHIFT_ACTS:
        raise NotFound
    schema, verb = SHIFT_ACTS[act]
    verb(load(schema(), json_body()))
    return jsonify(view.view(g.staff, the_site().id))


@bp.post("/chat/coach")
@staff_only("chat.answer")
def coach() -> ResponseReturnValue:
    """What the protocol would say of a text before it is sent; it advises, never blocks (S3-20)."""
    data = load(TextSchema(), json_body())
    found = advise(data["text"], context=Context(channel="chat"))
    return jsonify(advice=[{"code": one.code, "text": t(f"coach.{one.code}", g.lang, **one.params)} for one in found])


ACTS: dict[str, tuple[type[Strict], Act]] = {
    "take": (EmptySchema, lambda id, data: desk.take(g.staff, the_site().id, id)),
    "transfer": (TransferSchema, lambda id, data: desk.transfer(g.staff, the_site().id, id, **data)),
    "restate": (TextSchema, lambda id, data: desk.restate(g.staff, the_site().id, id, data["text"])),
    "ask": (EmptySchema, lambda id, data: desk.ask_satisfied(g.staff, the_site().id, id)),
    "warn": (EmptySchema, lambda id, data: desk.warn(g.staff, the_site().id, id)),
    "withdraw": (WithdrawSchema, lambda id, data: desk.withdraw(g.staff, the_site().id, id, **data)),
    "end": (EndSchema, lambda id, data: desk.end(g.staff, the_site().id, id, data["reason"])),
    "block": (BlockSchema, lambda id, data: desk.block(g.staff, the_site().id, id, **data)),
    "case": (CaseSchema, lambda id, data: desk.to_case(g.staff, the_site().id, id, data["case_kind"]).radicado),
    "answer-task": (TextSchema, lambda id, data: desk.answer_task(g.staff, the_site().id, id, data["text"])),
    "close-task": (TextSchema, lambda id, data: desk.close_task(g.staff, the_site().id, id, data["text"])),
}


@bp.post("/chat/<int:conversation_id>/<act>")
@staff_only("chat.answer")
def act(conversation_id: int, act: str) -> ResponseReturnValue:
    """One act on a conversation."""
    if act not in ACTS:
        raise NotFound
    schema, verb = ACTS[act]
    return jsonify(result=verb(conversation_id, load(schema(), json_body())))


@bp.get("/chat/<int:conversation_id>/files/<int:file_id>")
@staff_only("chat.answer")
def staff_file(conversation_id: int, file_id: int) -> ResponseReturnValue:
    """A file of a conversation that this person may read."""
    found = find_file(file_id, "chat_message", desk.message_ids(g.staff, the_site().id, conversation_id))
    if found is None:
        raise NotFound
    return attachment(found)
