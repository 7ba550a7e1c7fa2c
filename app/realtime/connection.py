"""One socket as its owner sees it: messages of known kinds in, `push` and `close` out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from app.errors import without_message
from app.realtime.errors import BadMessage
from app.realtime.frames import Code, parse, reference, text_frame
from app.realtime.limits import Limits, Window
from app.realtime.wire import Gone, Wire

log = logging.getLogger(__name__)


class Handler(Protocol):
    """What a room, a conversation or a desk does with a socket."""

    @property
    def kinds(self) -> Mapping[str, Callable[[dict[str, Any]], None]]:
        """The verbs by the `kind` of message that asks for them; any other kind is refused."""

    def closed(self) -> None:
        """Clear up; called once, however the socket ended."""


class Connection:
    """One open socket. `push` and `close` may be called from any thread and never wait there."""

    def __init__(
        self,
        ws: Any,
        limits: Limits,
        *,
        after_message: Callable[[], None] = lambda: None,
        explain: Callable[[Exception], Mapping[str, Any] | None] = lambda error: None,
    ) -> None:
        self.context: Any = None
        self.identity: Any = None
        self.arguments: dict[str, Any] = {}
        self._wire = Wire(ws, limits)
        self._limits = limits
        self._after_message = after_message
        self._explain = explain
        self._window = Window(limits.messages, limits.per_s)
        self._light = Window(limits.light_messages, limits.per_s)
        self._strikes = 0

    @property
    def ended_with(self) -> int | None:
        """The close code that was exchanged, or None when the socket was cut."""
        return self._wire.ended_with

    @property
    def quiet_s(self) -> float:
        """How long nothing was heard from the other end, not even the pong of its browser."""
        return self._wire.quiet_s

    def push(self, message: Mapping[str, Any]) -> bool:
        """Queue a message; False when the socket takes no more.

        On the socket's own thread it waits for room, so never call it there while holding a lock.
        """
        return self._wire.put(text_frame(message), patient=True)

    def push_frame(self, frame: bytes) -> bool:
        """Queue a frame made by `text_frame`, on no thread waiting; False when the socket takes no more."""
        return self._wire.put(frame)

    def close(self, code: int = Code.NORMAL, reason: str = "") -> None:
        """Close after all that is queued; the first code given stands."""
        self._wire.close(code, reason)

    def first_message(self) -> dict[str, Any] | None:
        """Return the first message, or None when the socket ended or took too long before it."""
        deadline = time.monotonic() + self._limits.hello_s
        while True:
            try:
                text = self._wire.read(deadline)
            except Gone:
                return None
            if text is None:
                self.close(Code.TOO_LATE, "hello")
                return None
            message = self._admitted(text)
            if message is not None:
                return message

    def serve(self, kinds: Mapping[str, Callable[[dict[str, Any]], None]]) -> None:
        """Call the verb of each message until the socket is closed from either side."""
        while True:
            try:
                text = self._wire.read()
            except Gone:
                return
            message = self._admitted(text or "")
            if message is None:
                continue
            verb = kinds.get(message["kind"])
            ref = reference(message)
            if verb is None:
                self._refuse("unknown-kind", ref, {})
            else:
                self._strikes = 0
                self.guarded(verb, message, ref=ref)

    def guarded(self, act: Callable[..., Any], *arguments: Any, ref: str | None = None) -> Any:
        """Return what the act returns; what it raises becomes an error frame, and None. Sessions end here."""
        try:
            return act(*arguments)
        except BadMessage as error:
            self._refuse(error.code, ref, error.details)
        # The boundary between any widget's code and the socket, which must outlive it.
        except Exception as error:
            told = self._explain(error)
            if told is None:
                log.error("A message handler failed", exc_info=without_message(error))
                told = {"code": "internal"}
            self.push({"kind": "error", "ref": ref, **told})
        finally:
            # Without it each idle socket would keep a database connection: the 16th fails.
            self._after_message()
        return None

    def finish(self) -> None:
        """Write what is queued, say goodbye, and end."""
        self._wire.finish()

    def _admitted(self, text: str) -> dict[str, Any] | None:
        """Return the message, or None when it was refused."""
        try:
            message = parse(text)
        except BadMessage as error:
            self._refuse(error.code, None, error.details)
            return None
        light = message["kind"] in self._limits.light
        wait_s = (self._light if light else self._window).wait_s(time.monotonic())
        if not wait_s:
            return message
        if not light:
            self._refuse("too-fast", reference(message), {"retry_s": round(wait_s, 1)})
        return None

    def _refuse(self, code: str, ref: str | None, details: Mapping[str, Any]) -> None:
        """Say what was wrong; who goes on and on is shown out."""
        self._strikes += 1
        self.push({"kind": "error", "code": code, "ref": ref, **details})
        if self._strikes >= self._limits.strikes:
            self.close(Code.POLICY, code)
