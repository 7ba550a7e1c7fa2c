"""The sockets of both sides, behind the same gate as everything else: origin first, token in the first message."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, session

from app.console import sessions
from app.console.auth import current_staff
from app.console.roles import Staff
from app.db import db
from app.embed import tokens
from app.embed.gate import CALLS_PER_MINUTE, Caller, own_origin, the_gate
from app.embed.limits import network_of
from app.embed.openapi import describe
from app.errors import DomainError, Forbidden
from app.realtime.connection import Connection
from app.realtime.errors import Refusal
from app.realtime.frames import Code
from app.realtime.limits import Limits
from app.realtime.sock import Environ, Gate, socket_route
from app.schemas import load, say
from app.sites.service import find_site
from app.words import pick_language, t
from widgets.chat import desk, log, service, shifts
from widgets.chat.errors import ChatEnded
from widgets.chat.live import DESK, PERSON, STAFF, Live, live, typing
from widgets.chat.schemas import ActSchema, AnswerSchema, MarkSchema, SaySchema

# Made once: a schema copies all its fields when it is made.
_PERSON_SAYS, _STAFF_SAYS, _MARKS = SaySchema(exclude=("private",)), SaySchema(), MarkSchema()
LIMITS = Limits(light=frozenset({"typing", "mark", "beat"}))


@dataclass(frozen=True)
class Staffer:
    """An adviser's socket: who, on which site, in which session."""

    staff_id: int
    site_id: int
    session: str


def register(app: Flask) -> Live:
    """Serve the three kinds of sockets: a person's conversation, an adviser's view of one, an adviser's desk."""
    app.extensions["chat"] = made = Live(app)
    person = Gate(person_origin, _greet_person, db.session.remove, explain, LIMITS)
    staff = Gate(staff_session, _greet_staff, db.session.remove, explain, LIMITS)
    socket_route(
        app, "/api/<site_key>/chat/conversations/<key>/socket", PersonLine, hub=made.hub, gate=person,
        endpoint="chat_person_socket",
    )  # fmt: skip
    socket_route(
        app, "/console/<site_key>/chat/<int:conversation_id>/socket", StaffLine, hub=made.hub, gate=staff,
        endpoint="chat_staff_socket",
    )  # fmt: skip
    socket_route(
        app, "/console/<site_key>/chat/socket", DeskLine, hub=made.hub, gate=staff, endpoint="chat_desk_socket"
    )

    # What the guards and the API's document look for on every route.
    describe(status=101)(app.view_functions["chat_person_socket"])
    for endpoint in ("chat_staff_socket", "chat_desk_socket"):
        setattr(app.view_functions[endpoint], "permission", "chat.answer")  # noqa: B010 - a mark on a function
    return made


def visitor(site_id: int, site_key: str, key: str, origin: str, sent: str) -> int | Refusal:
    """Return the id of the conversation that "<form token> <secret>" opens from this origin, or why not."""
    token, _, secret = sent.partition(" ")
    try:
        tokens.read(the_gate().settings, token, site_key, origin)
    except DomainError as error:
        return Refusal(error.status, error.code)
    conversation = service.find(site_id, key, secret)
    return conversation.id if conversation is not None else Refusal(401, "wrong-secret")


def person_origin(environ: Environ) -> Any:
    site = find_site(str((request.view_args or {}).get("site_key", "")))
    origin = environ.get("HTTP_ORIGIN", "")
    if site is None:
        return Refusal(404, "unknown-site")
    # CORS does not protect sockets: a page that is not the site's gets no further than this.
    if not origin or (origin not in site.origins and origin != own_origin()):
        return Refusal(403, "origin-refused")
    network = network_of(environ.get("REMOTE_ADDR", ""))
    if wait := the_gate().calls.wait_s(f"reads {site.key} {network}", 60, CALLS_PER_MINUTE):
        return Refusal(429, "rate-limited", headers={"Retry-After": str(wait)})
    g.lang = pick_language(request.headers.get("Accept-Language"), site.lang)
    return Caller(site, origin, g.lang, network)


def _greet_person(connection: Connection, first: dict[str, Any]) -> Any:
    caller: Caller = connection.context
    sent = first.get("token")
    connection.arguments["since"] = cursor(first)
    if first.get("kind") != "hello" or not isinstance(sent, str):
        return Refusal(401, "token-foreign")
    return visitor(caller.site.id, caller.site.key, connection.arguments["key"], caller.origin, sent)


def staff_session(environ: Environ) -> Any:
    # The cookie rides along from any page, so the origin has to be our own.
    if environ.get("HTTP_ORIGIN", "") != own_origin():
        return Refusal(403, "origin-refused")
    staff = current_staff()
    if staff is None:
        return Refusal(401, "signed-out")
    site = find_site(str((request.view_args or {}).get("site_key", "")))
    if site is None or not staff.can("chat.answer", site.id):
        return Refusal(404, "not-found")
    g.lang = staff.lang
    return Staffer(staff.id, site.id, sessions.handle_of(session))


def _greet_staff(connection: Connection, first: dict[str, Any]) -> Any:
    connection.arguments["since"] = cursor(first)
    return connection.context


def cursor(first: dict[str, Any]) -> int:
    since = first.get("since", 0)
    return since if isinstance(since, int) and not isinstance(since, bool) and 0 <= since < 2**31 else 0


def explain(error: Exception) -> dict[str, Any] | None:
    """Turn a refusal of the service into an error frame with words."""
    if not isinstance(error, DomainError):
        return None
    lang = str(g.get("lang", "es"))
    first = next(iter(error.fields.values()), None)
    message = say(first[0], lang) if first else t(error.message_key, lang, **error.params)
    return {"code": error.code, "message": message}


class PersonLine:
    """A person's socket in their one conversation."""

    def __init__(self, connection: Connection) -> None:
        self.connection = self._connection = connection
        self._id: int = connection.identity
        self.conversation_id = self._id
        self._waits = False
        self.kinds = {
            "say": self._say, "mark": self._mark, "typing": self._typing, "beat": self._beat,
            "confirm": self._confirm, "leave": self._leave,
        }  # fmt: skip
        service.seen(self._id)
        db.session.remove()
        live().feed.join(connection, f"{PERSON}{self._id}", connection.arguments["since"])
        self._tell_status()
        live().presence.come(person=self)

    def _tell_status(self) -> None:
        status = service.status(service.read(self._id))
        got, seen = live().marks.reached(self._id, log.STAFF)
        status["delivered"], status["read"] = max(status["delivered"], got), max(status["read"], seen)
        self._waits = status["state"] == "waiting"
        self._connection.push(status)

    def _say(self, message: dict[str, Any]) -> None:
        data = load(_PERSON_SAYS, message)
        self._ack(message, service.say(self._id, log.PERSON, data["id"], data["body"], tuple(data["files"])))

    def _mark(self, message: dict[str, Any]) -> None:
        data = load(_MARKS, message)
        most = live().feed.reached(f"{PERSON}{self._id}")
        live().marks.note(self._id, log.PERSON, data["delivered"], data["read"], most)

    def _typing(self, message: dict[str, Any]) -> None:
        typing(self._id, log.PERSON, STAFF)

    def _beat(self, message: dict[str, Any]) -> None:
        # Who waits is told their place in the queue; the lease is the server's own business.
        if self._waits:
            self._tell_status()

    def _confirm(self, message: dict[str, Any]) -> None:
        data = load(AnswerSchema(), message)
        self._ack(message, service.confirm(self._id, data["id"], data["ref"], data["yes"]))

    def _leave(self, message: dict[str, Any]) -> None:
        data = load(ActSchema(), message)
        self._ack(message, service.leave(self._id, data["id"]))

    def _ack(self, message: dict[str, Any], seq: int) -> None:
        self._connection.push({"kind": "ack", "id": message["id"], "seq": seq})

    def closed(self) -> None:
        """Leave the room; the desk sees the person gone when no other tab is there."""
        live().feed.leave(self._connection, f"{PERSON}{self._id}")
        other_tab = live().presence.go(person=self)
        # When the whole server goes nobody has left: they are on their way back.
        if not other_tab and not live().hub.stopping.is_set():
            service.seen(self._id, gone=True)


class StaffBeside:
    """What every socket of an adviser is to presence."""

    at_desk = False

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        who: Staffer = connection.identity
        self.staff_id, self.site_id, self.session = who.staff_id, who.site_id, who.session


class StaffLine(StaffBeside):
    """An adviser's socket in one conversation."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._connection = connection
        self._who: Staffer = connection.identity
        self._id = int(connection.arguments["conversation_id"])
        self._held_for: int | None = None
        desk.readable(self._staff(), self._who.site_id, self._id)
        self.kinds = {"say": self._say, "mark": self._mark, "typing": self._typing, "beat": self._beat}
        live().feed.join(connection, f"{STAFF}{self._id}", connection.arguments["since"])
        live().presence.come(staff=self)

    def _staff(self) -> Staff:
        # A session or a right that ended during a shift ends here too.
        staff = live().presence.staff(self.staff_id, self.session)
        if staff is None or not staff.can("chat.answer", self._who.site_id):
            self._connection.close(Code.FORBIDDEN, "session")
            raise Forbidden
        return staff

    def _say(self, message: dict[str, Any]) -> None:
        data = load(_STAFF_SAYS, message)
        staff = self._staff()
        seq = self._say_as_holder(staff, data) or self._say_looked_up(staff, data)
        self._connection.push({"kind": "ack", "id": message["id"], "seq": seq})

    def _say_as_holder(self, staff: Staff, data: dict[str, Any]) -> int | None:
        """Say what the holder of before says, without asking again who holds it; None where that is not so any more."""
        office = self._held_for
        if office is None or data["private"] or data["files"] or not staff.can("chat.answer", self.site_id, office):
            return None
        with suppress(ChatEnded):
            return service.say(self._id, log.STAFF, data["id"], data["body"], (), staff.id, staff.name, held_for=office)
        return None

    def _say_looked_up(self, staff: Staff, data: dict[str, Any]) -> int:
        held = desk.holding(staff, self.site_id, self._id)
        mine = held.staff_id == staff.id
        if not (mine or data["private"] or staff.can("chat.supervise", self.site_id)):
            raise DomainError("chat.errors.not-yours")
        self._held_for = held.office_id if mine else None
        return service.say(
            self._id, log.STAFF, data["id"], data["body"], tuple(data["files"]), staff.id, staff.name, data["private"]
        )

    def _mark(self, message: dict[str, Any]) -> None:
        data = load(_MARKS, message)
        if desk.holding(self._staff(), self.site_id, self._id).staff_id == self.staff_id:
            most = live().feed.reached(f"{STAFF}{self._id}")
            live().marks.note(self._id, log.STAFF, data["delivered"], data["read"], most)

    def _typing(self, message: dict[str, Any]) -> None:
        typing(self._id, log.STAFF, PERSON)

    def _beat(self, message: dict[str, Any]) -> None:
        """Nothing to do: the desk's own socket renews the lease."""

    def closed(self) -> None:
        live().presence.go(staff=self)
        live().feed.leave(self._connection, f"{STAFF}{self._id}")


class DeskLine(StaffBeside):
    """An adviser's open desk: told that something changed, then read over HTTP; heard, they are there."""

    at_desk = True

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._connection = connection
        self._who: Staffer = connection.identity
        self.kinds = {"beat": self._beat}
        _ = live().bus
        live().hub.join(connection, f"{DESK}:{self._who.site_id}")
        shifts.beat(self._who.staff_id, self._who.site_id)
        connection.push({"kind": "joined", "seq": 0})
        live().presence.come(staff=self)

    def _beat(self, message: dict[str, Any]) -> None:
        """Nothing to do: presence hears every sign of life."""

    def closed(self) -> None:
        live().presence.go(staff=self)
        live().hub.leave(self._connection, f"{DESK}:{self._who.site_id}")
