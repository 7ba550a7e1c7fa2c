"""The adviser's desk in the console: one page with its own module, what it reads, and one address an act."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.rules import PETITIONS
from app.coach import Context, advise
from app.coach import say as say_advice
from app.console.auth import staff_only, the_site
from app.content.helping import find_help
from app.embed.gate import json_body
from app.errors import Invalid, NotFound
from app.files import find_file
from app.schemas import Strict, load, say
from app.sites.service import offices
from app.words import LANGUAGES, find, t
from widgets.chat import desk, reports, scripts, shifts, view
from widgets.chat.attachment import attachment
from widgets.chat.schemas import (
    AvailableSchema,
    BlockSchema,
    CaseSchema,
    CheckInSchema,
    ConsultSchema,
    EmptySchema,
    EndSchema,
    ShiftNoteSchema,
    TextSchema,
    TransferSchema,
    WithdrawSchema,
)

bp = Blueprint("chat", __name__, template_folder="templates")

Act = Callable[[int, dict[str, Any]], Any]


@bp.get("/chat")
@staff_only("chat.answer")
def desk_page() -> ResponseReturnValue:
    """The desk: queue, conversations, scripts."""
    site = the_site()
    timing = scripts.timing(site.id)
    words = {**find("chat.desk", g.lang), "errors": find("chat.errors", g.lang), "end": find("chat.end", g.lang)}
    known = {
        "words": words,
        "scripts": scripts.for_desk(site.id),
        "offices": [{"code": office.code, "name": office.name} for office in offices(site.id)],
        "kinds": [{"key": kind, "title": t(f"kinds.{kind}.title", g.lang)} for kind in PETITIONS],
        "root": f"/console/{site.key}/chat",
        "lang": g.lang,
        "me": g.staff.id,
        "entity": site.entity,
        "adviser": g.staff.name,
        "hours": {part: find(f"chat.scripts.{part}", "es") for part in ("morning", "afternoon", "night")},
        "limits": {
            "inactive_s": desk.INACTIVE.total_seconds(),
            "silence_s": timing.silence_s,
            "target_s": timing.target_s,
        },
    }
    # A data block: no browser runs it, and "<" never closes it early.
    data = json.dumps(known).replace("<", "\\u003c")
    supervises = g.staff.can("chat.supervise", site.id)
    return render_template("chat/desk.html", site=site, supervises=supervises, known=data)


@bp.get("/chat/desk.json")
@staff_only("chat.answer")
def desk_data() -> ResponseReturnValue:
    return jsonify(view.view(g.staff, the_site().id))


@bp.get("/chat/help.json")
@staff_only("chat.answer")
def help() -> ResponseReturnValue:
    """The frequent questions at hand, or what the search finds, beside the conversation (S3-21)."""
    lang = request.args.get("lang", "es")
    found = find_help(the_site(), request.args.get("q", ""), lang, limit=12)
    return jsonify(answers=[asdict(one) for one in found])


@bp.get("/chat/scripts")
@staff_only("chat.supervise")
def scripts_page() -> ResponseReturnValue:
    """The words of the protocol and the site's own answers."""
    site = the_site()
    return _scripts_page(scripts.in_force(site.id), scripts.own_answers(site.id), asdict(scripts.timing(site.id)), {})


@bp.post("/chat/scripts")
@staff_only("chat.supervise")
def save_scripts() -> ResponseReturnValue:
    site = the_site()
    texts = {lang: {key: request.form.get(f"{key}-{lang}", "") for key in scripts.KEYS} for lang in LANGUAGES}
    own = [
        {name: request.form.get(f"own-{number}-{name}", "") for name in ("shortcut", *LANGUAGES)}
        for number in range(min(request.form.get("rows", 0, int), scripts.MOST_OWN + 3))
    ]
    numbers = {name: request.form.get(name, 0, int) for name in ("silence_s", "target_s")}
    try:
        scripts.save(g.staff, site.id, texts, own, scripts.Timing(**numbers))
    except Invalid as error:
        return _scripts_page(texts, own, numbers, error.fields), 422
    flash(t("chat.console.scripts_saved", g.lang))
    return redirect(url_for("console.site.chat.scripts_page", site_key=site.key))


def _scripts_page(texts: Any, own: list[dict[str, str]], timing: dict[str, int], fields: Mapping[str, Any]) -> str:
    errors = {name: [say(text, g.lang) for text in found] for name, found in fields.items()}
    # Three empty rows wait below: adding needs no script.
    rows = [*own, *({} for _ in range(3))] if not fields else own
    return render_template(
        "chat/scripts.html", site=the_site(), texts=texts, own=rows, timing=timing, errors=errors, keys=scripts.KEYS,
        protocol={lang: scripts.protocol(lang) for lang in LANGUAGES}, languages=LANGUAGES,
    )  # fmt: skip


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
    return jsonify(advice=[{"code": one.code, "text": say_advice(one, g.lang)} for one in found])


ACTS: dict[str, tuple[type[Strict], Act]] = {
    "take": (EmptySchema, lambda id, data: desk.take(g.staff, the_site().id, id)),
    "transfer": (TransferSchema, lambda id, data: desk.transfer(g.staff, the_site().id, id, **data)),
    "consult": (ConsultSchema, lambda id, data: desk.consult(g.staff, the_site().id, id, **data)),
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
