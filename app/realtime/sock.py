"""A WebSocket route on flask-sock, with the gate before the upgrade."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from flask_sock import Sock
from simple_websocket import ConnectionError as HandshakeError
from wsproto.utilities import RemoteProtocolError

from app.realtime.connection import Connection, Handler
from app.realtime.errors import Refusal
from app.realtime.frames import Code
from app.realtime.hub import Hub
from app.realtime.limits import Limits

Environ = dict[str, Any]


@dataclass(frozen=True)
class Gate:
    """Who may come in, and what the trunk does around each message.

    `authorize` sees the request before the upgrade and returns a context for the connection, or a Refusal that
    becomes the HTTP answer. `greet` sees the first message, which carries the token (never in the address, which is
    logged), and returns the identity, never None, or a Refusal whose code stands in the close frame 4401; without
    `greet` nobody is asked. `after_message` ends the database session. `explain` turns an error that a widget means
    into the fields of an error frame; None for a bug.
    """

    authorize: Callable[[Environ], Any] = lambda environ: None
    greet: Callable[[Connection, dict[str, Any]], Any] | None = None
    after_message: Callable[[], None] = lambda: None
    explain: Callable[[Exception], Mapping[str, Any] | None] = lambda error: None
    limits: Limits = field(default_factory=Limits)


def socket_route(
    target: Flask | Blueprint,
    rule: str,
    open: Callable[[Connection], Handler],
    *,
    hub: Hub,
    gate: Gate | None = None,
    endpoint: str | None = None,
) -> None:
    """Serve sockets at the rule: `open` is called for each that got in, and its handler for each message.

    The rule's variables are in `connection.arguments`, what `authorize` returned in `connection.context`, what
    `greet` returned in `connection.identity`.
    """
    gate = gate or Gate()

    def serve(ws: Any, **arguments: Any) -> None:
        connection = Connection(ws, gate.limits, after_message=gate.after_message, explain=gate.explain)
        connection.context = request.environ.pop("ventanilla.context")
        connection.arguments = arguments
        hub.add(connection)
        try:
            _attend(connection, gate, open)
        finally:
            hub.remove(connection)
            connection.finish()
            # flask-sock would say goodbye again.
            ws.connected = False

    _configure(target)
    Sock().route(rule, bp=_Guarded(target, hub, gate), endpoint=endpoint or open.__name__)(serve)


def _attend(connection: Connection, gate: Gate, open: Callable[[Connection], Handler]) -> None:
    if gate.greet is not None:
        first = connection.first_message()
        if first is None:
            return
        identity = connection.guarded(gate.greet, connection, first)
        if identity is None or isinstance(identity, Refusal):
            connection.close(Code.NO_TOKEN, identity.code if isinstance(identity, Refusal) else "token")
            return
        connection.identity = identity
    handler = connection.guarded(open, connection)
    if handler is None:
        connection.close(Code.INTERNAL, "open")
        return
    try:
        connection.serve(handler.kinds)
    finally:
        connection.guarded(handler.closed)


class _NoReader:
    """Stands where simple-websocket starts a reading thread: the handler's own thread reads (see wire.py)."""

    name = ""

    def __init__(self, target: Callable[[], None]) -> None:
        self.target = target

    def start(self) -> None:
        """Start nothing."""


class _Guarded:
    """The blueprint that flask-sock sees: it registers the route with the gate before the upgrade."""

    def __init__(self, target: Flask | Blueprint, hub: Hub, gate: Gate) -> None:
        self._target = target
        self._hub = hub
        self._gate = gate

    def route(self, rule: str, **options: Any) -> Callable[[Callable[..., Any]], None]:
        """Return what registers the upgrading view behind the gate."""

        def register(upgrade: Callable[..., Any]) -> None:
            def view(**arguments: Any) -> ResponseReturnValue:
                return self._enter(upgrade, arguments)

            self._target.add_url_rule(rule, view_func=view, **options)

        return register

    def _enter(self, upgrade: Callable[..., Any], arguments: dict[str, Any]) -> ResponseReturnValue:
        context = self._gate.authorize(request.environ)
        if isinstance(context, Refusal):
            return _refused(context)
        if not self._hub.admit():
            return _refused(Refusal(503, "sockets-full", headers={"Retry-After": "5"}))
        try:
            request.environ["ventanilla.context"] = context
            # Compression costs 100 KiB a connection, and its state is what broadcasts corrupted.
            request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
            return upgrade(**arguments)
        except (RemoteProtocolError, HandshakeError, ConnectionError):
            # No handshake, or its sender has gone while they waited for our answer: no fault of ours to log.
            return _refused(Refusal(400, "bad-handshake"))
        finally:
            self._hub.release()


def _refused(refusal: Refusal) -> ResponseReturnValue:
    answer = jsonify({"error": {"code": refusal.code, "message": refusal.message}})
    return answer, refusal.status, refusal.headers


def _configure(target: Flask | Blueprint) -> None:
    """Give flask-sock its options, which it reads from the application."""

    def configure(app: Flask) -> None:
        app.config["SOCK_SERVER_OPTIONS"] = {"thread_class": _NoReader}

    if isinstance(target, Flask):
        configure(target)
    else:
        target.record(lambda state: configure(cast(Flask, state.app)))
