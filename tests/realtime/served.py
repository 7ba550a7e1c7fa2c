"""A small application on the real thing: rooms kept in a table, for the tests to serve with gunicorn."""

from __future__ import annotations

import json
import os
import resource
import threading
import time
from dataclasses import replace
from typing import Any

from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from app.realtime import serving
from app.realtime.bus import Bus, LocalBus
from app.realtime.connection import Connection
from app.realtime.errors import BadMessage, Refusal
from app.realtime.feed import Feed
from app.realtime.hub import Hub
from app.realtime.limits import Limits
from app.realtime.poll import Full, wait_for
from app.realtime.postgres_bus import PostgresBus
from app.realtime.sock import Gate, socket_route

OPTIONS: dict[str, Any] = json.loads(os.environ["REALTIME_OPTIONS"])
ORIGIN = OPTIONS.get("origin", "https://tenjo.example")

db = SQLAlchemy()
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = OPTIONS["store"]
# Flask-SQLAlchemy's usual pool of 5 and 10, with less patience.
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_timeout": 1}
if OPTIONS["store"].startswith("sqlite"):
    app.config["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"] = {"timeout": 30}
# SQLite's own waiting is unfair: under load one writer of twenty waits until its time-out.
writing = threading.Lock()
db.init_app(app)
hub = Hub(cap=OPTIONS.get("cap", 300))
serving.drain_on_stop(hub)
bus: Bus = PostgresBus(OPTIONS["bus"]) if OPTIONS.get("bus") else LocalBus()

with app.app_context():
    if OPTIONS["store"].startswith("sqlite"):
        db.session.execute(text("PRAGMA journal_mode=WAL"))
        db.session.commit()
    with db.session.begin():
        db.session.execute(text("CREATE TABLE IF NOT EXISTS counter (channel TEXT PRIMARY KEY, last BIGINT)"))
        db.session.execute(
            text(
                "CREATE TABLE IF NOT EXISTS message (channel TEXT, seq BIGINT, id TEXT, body TEXT,"
                " PRIMARY KEY (channel, seq), UNIQUE (channel, id))"
            )
        )
    db.engine.dispose()


def store(channel: str, id: str, body: str) -> int:
    """Write the message once, however often it is sent, and return its number."""
    with writing, db.session.begin():
        seq = db.session.execute(
            text(
                "INSERT INTO counter (channel, last) VALUES (:c, 1)"
                " ON CONFLICT (channel) DO UPDATE SET last = counter.last + 1 RETURNING last"
            ),
            {"c": channel},
        ).scalar_one()
        had = db.session.execute(
            text("SELECT seq FROM message WHERE channel = :c AND id = :i"), {"c": channel, "i": id}
        ).scalar()
        if had is not None:
            db.session.rollback()
            return int(had)
        db.session.execute(
            text("INSERT INTO message (channel, seq, id, body) VALUES (:c, :s, :i, :b)"),
            {"c": channel, "s": seq, "i": id, "b": body},
        )
    return int(seq)


def load(channel: str, after: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows of the channel above a number."""
    with app.app_context():
        rows = db.session.execute(
            text("SELECT seq, id, body FROM message WHERE channel = :c AND seq > :a ORDER BY seq LIMIT :l"),
            {"c": channel, "a": after, "l": limit},
        )
        return [
            (row.seq, {"kind": "said", "channel": channel, "seq": row.seq, "id": row.id, "body": row.body})
            for row in rows
        ]


feed = Feed(hub, bus, load)


class Conversation:
    """One socket in one room."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.channel = connection.arguments["channel"]
        self.kinds = {"say": self.say, "fail": self.fail, "refuse": self.refuse, "typing": self.typing, "end": self.end}

    def say(self, message: dict[str, Any]) -> None:
        """Store, tell all, and acknowledge."""
        if not isinstance(message.get("body"), str) or not isinstance(message.get("id"), str):
            raise BadMessage("no-body")
        seq = store(self.channel, message["id"], message["body"])
        feed.announce(self.channel, seq)
        self.connection.push({"kind": "ack", "id": message["id"], "seq": seq})

    def typing(self, message: dict[str, Any]) -> None:
        """Tell the others, and keep nothing."""
        hub.broadcast(self.channel, {"kind": "typing", "who": self.connection.identity}, but=self.connection)

    def fail(self, message: dict[str, Any]) -> None:
        """Have a bug."""
        raise KeyError("bug")

    def refuse(self, message: dict[str, Any]) -> None:
        """Refuse as a service would."""
        raise PermissionError("closed")

    def end(self, message: dict[str, Any]) -> None:
        """Close from our side."""
        self.connection.close(1000, "bye")

    def closed(self) -> None:
        """Leave the room."""
        feed.leave(self.connection, self.channel)


def authorize(environ: dict[str, Any]) -> Any:
    """Let the one site's origin in."""
    return {"site": "tenjo"} if environ.get("HTTP_ORIGIN") == ORIGIN else Refusal(403, "foreign-origin")


def greet(connection: Connection, first: dict[str, Any]) -> Any:
    """Take any token that names somebody."""
    token = first.get("token")
    if not isinstance(token, str) or not token.startswith("token-"):
        return Refusal(401, "bad-token")
    connection.context = {**connection.context, "since": first.get("since", 0)}
    return token.removeprefix("token-")


def enter(connection: Connection) -> Conversation:
    """Join the room at the cursor."""
    feed.join(connection, connection.arguments["channel"], connection.context["since"])
    return Conversation(connection)


def explain(error: Exception) -> dict[str, Any] | None:
    """Know one error of the service."""
    return {"code": "closed"} if isinstance(error, PermissionError) else None


limits = Limits(**{"light": frozenset({"typing"}), **OPTIONS.get("limits", {})})
gate = Gate(
    authorize=authorize,
    greet=greet,
    after_message=lambda: None if OPTIONS.get("keep_sessions") else db.session.remove(),
    explain=explain,
    limits=limits,
)
socket_route(app, "/rooms/<channel>/socket", enter, hub=hub, gate=gate)


class Touch:
    """A socket that reads the database at each message."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.kinds = {"touch": self.touch, "echo": self.echo}

    def touch(self, message: dict[str, Any]) -> None:
        """Answer with what the database says."""
        self.connection.push({"kind": "touched", "one": db.session.execute(text("SELECT 1")).scalar_one()})

    def echo(self, message: dict[str, Any]) -> None:
        """Answer with the same."""
        self.connection.push(message)

    def closed(self) -> None:
        """Nothing to clear up."""


# Only who tests silence waits here: on a slow moment a second is too short for the others' first word.
impatient = replace(gate, limits=replace(limits, hello_s=0.5))
socket_route(app, "/impatient", Touch, hub=hub, gate=impatient, endpoint="impatient")
socket_route(app, "/touch", Touch, hub=hub, gate=Gate(after_message=gate.after_message, limits=limits))


@app.get("/health")
def health() -> Any:
    """Return what the tests want to know of the process."""
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return jsonify(
        inside=hub.inside,
        pid=os.getpid(),
        peak_kib=peak_kib,
        threads=threading.active_count(),
        listening=not isinstance(bus, PostgresBus) or bus.listening.is_set(),
    )


@app.post("/rooms/<channel>/burst")
def burst(channel: str) -> Any:
    """Broadcast many messages, as fast as a reader that is well can take them."""
    count, size = int(request.args["count"]), int(request.args.get("size", "100"))
    body = "ñ" * (size // 2)
    for number in range(count):
        hub.broadcast(channel, {"kind": "burst", "number": number, "body": body})
        time.sleep(0.0005)
    return jsonify(present=sorted(hub.present(channel)))


@app.get("/rooms/<channel>/poll")
def poll(channel: str) -> Any:
    """Wait for rows above the cursor."""
    after = int(request.args["after"])
    try:
        rows = wait_for(
            hub,
            bus,
            channel,
            after,
            float(request.args["wait"]),
            read=lambda: [row for _, row in load(channel, after, 200)],
            release=db.session.remove,
        )
    except Full:
        return jsonify(error={"code": "full"}), 503
    return jsonify(rows=rows)


@app.post("/rooms/<channel>/messages")
def say(channel: str) -> Any:
    """Take a message without a socket."""
    message = request.get_json(force=True)
    seq = store(channel, message["id"], message["body"])
    feed.announce(channel, seq)
    return jsonify(kind="ack", id=message["id"], seq=seq)


@app.after_request
def allow(answer: Any) -> Any:
    """Let the host page read the answers, as the trunk's gate does."""
    answer.headers["Access-Control-Allow-Origin"] = ORIGIN
    answer.headers["Access-Control-Allow-Headers"] = "Content-Type, X-Ventanilla-Token"
    return answer
