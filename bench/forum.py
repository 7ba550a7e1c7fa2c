"""A forum under load, over HTTP with one worker process: `python bench/forum.py [--seconds 4] [--json]`.

Three figures: a thread of 50 replies read by 8 connections, the same for readers who have it (304) and with 10,000
other contributions stored; and new contributions by 8 writers, read first, with audit, each on the disk
(synchronous=FULL) before its answer leaves. Form tokens are fetched before the clock starts, and what a process does
once at its start is over. `cpu_ms` is the server's processor time a request: what stays the same when the machine has
other work too.

    python bench/forum.py --isso PYTHON    Isso beside it: PYTHON is that of an environment with isso and gunicorn

Isso does the same work behind gunicorn, one process with eight threads, without its guard and moderation; it has no
304, audit or key, and does not wait for the disk as we do (its own setting of SQLite).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.drills.served import ORIGIN, SITE, Filer, Served, percentile

CLIENTS = 8
REPLIES, OTHERS = 50, 10_000
WARM_S = 2.0
# Makes the next request; None when there is no more to ask.
Work = Callable[[], bytes | None]

# Runs inside the installation, so that forum and staff are made by the verbs that the console calls.
FILL = """
import sys
from sqlalchemy import insert
from app import create_app
from app.console.models import Grant, User
from app.console.auth import staff_of
from app.clock import now
from app.db import db, write
from app.sites.service import find_site
from widgets.forum import holding, moderation, standing
from widgets.forum.models import ForumPost
with create_app().app_context():
    site = find_site("tenjo").id
    if sys.argv[1] == "others":
        forum = standing.forum_by_key(site, "parque").id
        row = dict(forum_id=forum, author="Luz", position="", title="Otra", body="Hola.", html="<p>Hola.</p>",
                   state="published", reason="", marks="", votes=0, flags=0, pinned=False, locked=False, replies=0,
                   revision=0, at=now(), active_at=now())
        with write():
            db.session.execute(insert(ForumPost), [dict(row) for _ in range(int(sys.argv[2]))])
    else:
        with write():
            user = User(email="b@tenjo.example", name="Bench", fs_uniquifier="bench")
            user.grants = [Grant(site_id=site, role="administrator")]
            db.session.add(user)
            db.session.flush()
            user_id = user.id
        staff = staff_of(user_id)
        forum = holding.create(staff, site, holding.Setup(title="Parque", moderation="before"))
        holding.open_forum(staff, site, forum)
        thread = moderation.official(staff, site, forum, "Digan qué piensan del **parque**.", None, "El parque")
        for number in range(int(sys.argv[2])):
            text = f"Contribution {number}: more *shade*, more benches. " * 6
            moderation.official(staff, site, forum, text, thread)
        print(thread)
"""


def fill(served: Served, what: str, count: int) -> str:
    done = subprocess.run(
        [served.python, "-c", FILL, what, str(count)], env=served.env, capture_output=True, text=True,
        cwd=Path(__file__).resolve().parents[1],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


class Connection:
    """One kept-alive connection of a client: what it asked last, when, and what has come of the answer so far."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.asked, self.got, self.whole = 0.0, b"", 0

    def ask(self, request: bytes) -> None:
        self.asked, self.got, self.whole = time.perf_counter(), b"", 0
        self.socket.sendall(request)

    def read(self) -> int:
        """Take what has come, and return the status once the answer is whole; 0 before."""
        came = self.socket.recv(262_144)
        assert came, "the server hung up"
        self.got += came
        if not self.whole:
            head, found, _ = self.got.partition(b"\r\n\r\n")
            if not found:
                return 0
            length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
            self.whole = len(head) + 4 + (int(length[1]) if length else 0)
        return int(self.got[9:12]) if len(self.got) >= self.whole else 0


def together(port: int, work: Work, seconds: float) -> dict[str, Any]:
    """Keep CLIENTS connections busy until the time is over, each with its next request when it has its answer.

    One thread for all of them: eight with http.client took as much of the two cores as the server that they measured.
    """
    spent: list[float] = []
    statuses: Counter[str] = Counter()
    started = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(CLIENTS):
            connection = Connection(port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.ask(work() or b"")
        while selector.get_map():
            for key, _ in selector.select(30):
                connection = key.data
                status = connection.read()
                if not status:
                    continue
                moment = time.perf_counter()
                spent.append(moment - connection.asked)
                statuses[str(status)] += 1
                following = work() if moment - started < seconds else None
                if following is None:
                    selector.unregister(connection.socket)
                    connection.socket.close()
                else:
                    connection.ask(following)
    took = time.perf_counter() - started
    spent.sort()
    return {
        "per_s": round(len(spent) / took, 1), "p50_ms": round(1000 * percentile(spent, 0.5), 1),
        "p95_ms": round(1000 * percentile(spent, 0.95), 1), "statuses": dict(statuses),
    }  # fmt: skip


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request from the host page, of a network of its own."""
    network = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.7"
    lines = {"Host": "127.0.0.1", "Origin": ORIGIN, "Accept-Language": "es", "X-Forwarded-For": network, **headers}
    if body:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} /api/{SITE}/forum/{path} HTTP/1.1\r\n{head}\r\n".encode() + body


def reader(thread: str, etag: str = "") -> Work:
    return lambda: request("GET", f"threads/{thread}", {"If-None-Match": etag} if etag else {})


def etag_of(port: int, thread: str) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", f"/api/{SITE}/forum/threads/{thread}", headers={"Origin": ORIGIN})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return str(answer.headers["ETag"])


def writer(port: int, count: int) -> Work:
    """Return the work of writers, who write until `count` tokens are used up."""
    text = {"forum": "parque", "title": "Más sombra", "body": "Faltan **árboles** en el parque.", "name": "Luz"}
    body = json.dumps(text).encode()
    with Filer(port) as filer:
        tokens = [filer.token() for _ in range(count)]

    def work() -> bytes | None:
        if not tokens:
            return None
        headers = {"X-Ventanilla-Token": tokens.pop(), "Idempotency-Key": secrets.token_hex(16)}
        return request("POST", "posts", headers, body)

    return work


@dataclass(frozen=True)
class Server:
    """Where it listens, and the group of its processes."""

    port: int
    group: int

    def _processes(self) -> list[Path]:
        """Return the folders in /proc of its processes."""
        found = []
        for folder in Path("/proc").iterdir():
            with suppress(ProcessLookupError):
                if folder.name.isdigit() and os.getpgid(int(folder.name)) == self.group:
                    found.append(folder)
        return found

    def memory_mb(self) -> float:
        """Return the resident memory of the largest process."""
        pages = [int((folder / "statm").read_text().split()[1]) for folder in self._processes()]
        return round(max(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)

    def processor_s(self) -> float:
        """Return the processor time that its processes have used, in user and system mode."""
        times = [(folder / "stat").read_text().rpartition(")")[2].split()[11:13] for folder in self._processes()]
        return sum(int(ticks) for pair in times for ticks in pair) / os.sysconf("SC_CLK_TCK")


def measured(server: Server, work: Work, seconds: float) -> dict[str, Any]:
    before = server.processor_s()
    found = together(server.port, work, seconds)
    spent = server.processor_s() - before
    return {**found, "cpu_ms": round(1000 * spent / max(1, sum(found["statuses"].values())), 2)}


def measure(seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        served = Served(Path(name) / "instance").create()
        thread = fill(served, "forum", REPLIES)
        served.start()
        assert served.process is not None
        server = Server(served.port, served.process.pid)
        try:
            found: dict[str, Any] = {"memory_at_start_mb": server.memory_mb()}
            # What every process does once, after its start: the first jobs, the first of each kind of request.
            together(served.port, reader(thread), WARM_S)
            together(served.port, writer(served.port, 50), WARM_S)
            found["memory_warm_mb"] = server.memory_mb()
            found["read"] = measured(server, reader(thread), seconds)
            etag = etag_of(served.port, thread)
            found["read_304"] = measured(server, reader(thread, etag), seconds)
            fill(served, "others", OTHERS)
            found["read_beside_10000"] = measured(server, reader(thread), seconds)
            found["write"] = measured(server, writer(served.port, int(300 * seconds)), seconds)
            found["memory_mb"] = server.memory_mb()
        finally:
            served.stop()
        found["locked"] = served.log.read_text().count("database is locked")
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seconds", type=float, default=4)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--isso", default="", metavar="PYTHON", help="of an environment with isso and gunicorn")
    given = arguments.parse_args()
    found = measure(given.seconds)
    if given.isso:
        from bench.isso import measure as measure_isso

        found |= {f"isso_{name}": value for name, value in measure_isso(given.isso, given.seconds).items()}
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:>22}  {value}")


if __name__ == "__main__":
    main()
