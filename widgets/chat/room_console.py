"""Public rooms in the console: announce, open, moderate, close."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import now
from app.console.auth import staff_only, the_site
from app.console.moments import zone
from app.embed.gate import json_body
from app.errors import Invalid, NotFound
from app.schemas import Strict, load, say
from app.words import find, t
from widgets.chat import rooms, view
from widgets.chat.console import bp
from widgets.chat.room_models import PLANNED, ChatRoom
from widgets.chat.schemas import DecideSchema, EmptySchema, RoomAnswerSchema, SilenceSchema, WithdrawSchema


@bp.get("/chat/rooms")
@staff_only("chat.answer")
def all_rooms() -> ResponseReturnValue:
    """Every room, the open ones first."""
    site = the_site()
    found = rooms.all_rooms(site.id, g.lang)
    return render_template("chat/rooms.html", site=site, rooms=found, may_make=g.staff.can("chat.supervise", site.id))


@bp.route("/chat/rooms/new", methods=["GET", "POST"])
@bp.route("/chat/rooms/<int:room_id>/edit", methods=["GET", "POST"])
@staff_only("chat.supervise")
def edit_room(room_id: int | None = None) -> ResponseReturnValue:
    """Announce a room, or change one that has not begun."""
    site = the_site()
    room = rooms.room_of(site.id, room_id) if room_id is not None else None
    typed, errors = _values(room), {}
    if request.method == "POST":
        typed = {name: request.form.get(name, "") for name in typed}
        try:
            number = rooms.save_room(g.staff, site.id, _text(typed), room_id)
        except Invalid as error:
            errors = {name: [say(text, g.lang) for text in texts] for name, texts in error.fields.items()}
        else:
            flash(t("chat.rooms.saved", g.lang))
            return redirect(url_for("console.site.chat.room", site_key=site.key, room_id=number))
    people = view.colleagues(site.id)
    page = render_template("chat/room_form.html", site=site, room=room, typed=typed, errors=errors, people=people)
    return page, 422 if errors else 200


def _values(room: ChatRoom | None) -> dict[str, str]:
    start = now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)

    def shown(moment: datetime) -> str:
        return moment.astimezone(zone()).strftime("%Y-%m-%dT%H:%M")

    if room is None:
        return {
            "topic": "", "about": "", "approval": "", "host": str(g.staff.id), "starts_at": shown(start),
            "ends_at": shown(start + timedelta(hours=1)),
        }  # fmt: skip
    return {
        "topic": room.topic, "about": room.about, "approval": "1" if room.approval else "", "host": str(room.host_id),
        "starts_at": shown(room.starts_at), "ends_at": shown(room.ends_at),
    }  # fmt: skip


def _text(typed: dict[str, str]) -> rooms.RoomText:
    moments = {}
    for name in ("starts_at", "ends_at"):
        try:
            moments[name] = datetime.fromisoformat(typed[name]).replace(tzinfo=zone()).astimezone(UTC)
        except ValueError as error:
            raise Invalid(fields={name: ["errors.invalid"]}) from error
    host = int(typed["host"]) if typed["host"].isdecimal() else 0
    if host not in dict(view.colleagues(the_site().id)):
        raise Invalid(fields={"host": ["errors.choice"]})
    return rooms.RoomText(typed["topic"], typed["about"], moments["starts_at"], moments["ends_at"],
                          bool(typed["approval"]), host)  # fmt: skip


@bp.get("/chat/rooms/<int:room_id>")
@staff_only("chat.answer")
def room(room_id: int) -> ResponseReturnValue:
    """A room as an adviser sees it, with what waits for approval."""
    site = the_site()
    found = rooms.room_of(site.id, room_id)
    known = {
        "words": find("chat.rooms", g.lang), "root": f"/console/{site.key}/chat/rooms/{room_id}", "lang": g.lang,
        "state": found.state, "entity": site.entity,
    }  # fmt: skip
    return render_template(
        "chat/room.html", site=site, room=found, shown=rooms.shown(found, g.lang), planned=found.state == PLANNED,
        base_url=current_app.extensions["ventanilla"].settings.base_url,
        known=json.dumps(known).replace("<", "\\u003c"),
    )  # fmt: skip


ACTS: dict[str, tuple[type[Strict], Callable[[int, dict[str, Any]], Any]]] = {
    "open": (EmptySchema, lambda id, data: rooms.open_room(g.staff, the_site().id, id)),
    "close": (EmptySchema, lambda id, data: rooms.close_room(the_site().id, id, g.staff.actor)),
    "say": (RoomAnswerSchema, lambda id, data: rooms.answer(g.staff, the_site().id, id, data["id"], data["body"])),
    "decide": (DecideSchema, lambda id, data: rooms.decide(g.staff, the_site().id, id, **data)),
    "withdraw": (WithdrawSchema, lambda id, data: rooms.withdraw(g.staff, the_site().id, id, **data)),
    "silence": (SilenceSchema, lambda id, data: rooms.silence(g.staff, the_site().id, id, **data)),
}


@bp.post("/chat/rooms/<int:room_id>/<act>")
@staff_only("chat.answer")
def room_act(room_id: int, act: str) -> ResponseReturnValue:
    """One act in a room."""
    if act not in ACTS:
        raise NotFound
    schema, verb = ACTS[act]
    return jsonify(seq=verb(room_id, load(schema(), json_body())))
