"""Isso under the load of bench/forum.py, where it is installed: comments on SQLite behind gunicorn, as deployed."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.forum import OTHERS, REPLIES, WARM_S, Server, Work, measured, together
from tests.drills.served import ORIGIN, free_port

SETTINGS = """[general]
dbpath = {store}
host = {origin}
[guard]
enabled = false
[server]
listen = http://127.0.0.1:{port}
"""


def _ask(method: str, path: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {ORIGIN}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


def _words(text: str) -> bytes:
    return json.dumps({"text": text, "author": "Luz", "title": "Más sombra", "parent": None}).encode()


def _reader() -> Work:
    return lambda: _ask("GET", "/?uri=/parque/")


def _writer() -> Work:
    body = _words("Faltan **árboles** en el parque.")
    return lambda: _ask("POST", "/new?uri=/otro/", body)


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("Isso did not start")


def _fill(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "Origin": ORIGIN}
    for number in range(REPLIES):
        text = f"Contribution {number}: more *shade*, more benches. " * 6
        connection.request("POST", "/new?uri=/parque/", _words(text), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201, answer.status
    connection.close()


def _others(store: Path) -> None:
    """Put 10,000 other comments into it, copies of the first under threads of their own."""
    with sqlite3.connect(store) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(comments)") if row[1] not in ("id", "tid")]
        for number in range(OTHERS // REPLIES):
            thread = db.execute("INSERT INTO threads (uri, title) VALUES (?, 'Otro')", (f"/otro-{number}/",)).lastrowid
            listed = ", ".join(names)
            db.execute(
                f"INSERT INTO comments (tid, {listed}) SELECT ?, {listed} FROM comments"  # noqa: S608 - its own columns
                " WHERE tid = (SELECT id FROM threads WHERE uri = '/parque/')",
                (thread,),
            )


def measure(python: str, seconds: float) -> dict[str, Any]:
    """Serve it with this Python, and measure it."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        store, settings = folder / "comments.sqlite3", folder / "isso.cfg"
        settings.write_text(SETTINGS.format(store=store, origin=ORIGIN, port=port))
        command = [
            python, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-k", "gthread", "-w", "1", "--threads", "8",
            "--log-level", "error", "isso.run",
        ]  # fmt: skip
        environment = {**os.environ, "ISSO_SETTINGS": str(settings)}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # it tells of every comment
        with subprocess.Popen(command, env=environment, cwd=folder, start_new_session=True, **quiet) as process:
            try:
                _wait(port)
                server = Server(port, process.pid)
                _fill(port)
                together(port, _reader(), WARM_S)
                found: dict[str, Any] = {"read": measured(server, _reader(), seconds)}
                _others(store)
                found["read_beside_10000"] = measured(server, _reader(), seconds)
                found["write"] = measured(server, _writer(), seconds)
                found["memory_mb"] = server.memory_mb()
            finally:
                process.terminate()
    return found
