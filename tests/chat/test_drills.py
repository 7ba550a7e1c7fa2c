"""Drill R3 on the whole chat: both sides talk while servers are killed and sockets cut; every log is the store's."""

from __future__ import annotations

import json
import random
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from wsproto.utilities import ProtocolError

from app.config import Settings
from app.db import db
from tests.chat.conftest import Client, Refused, Served, new
from tests.conftest import ORIGIN, Cast, _database, _settings
from tests.realtime.proxy import Proxy
from widgets.chat import log, service, shifts

BASE = "http://localhost:9"


class Talker(threading.Thread):
    """Says its words one by one until they are acknowledged, and comes back to any server with its cursor."""

    def __init__(self, name: str, ports: list[int], path: str, token: str, count: int, **options: str) -> None:
        super().__init__(daemon=True)
        self.who, self.ports, self.path, self.token, self.count = name, ports, path, token, count
        self.options = options
        self.dice = random.Random(name)
        self.said = 0
        self.log: list[tuple[int, str]] = []
        self.seen = 0
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            with suppress(OSError, Refused, ProtocolError):
                client = Client(self.dice.choice(self.ports), self.path, **self.options)  # type: ignore[arg-type]
                try:
                    client.send(kind="hello", token=self.token, since=self.seen)
                    self._talk(client)
                finally:
                    client.sock.close()
            self.enough.wait(0.02)

    def _talk(self, client: Client) -> None:
        while not self.enough.is_set() and (message := client.read()) is not None:
            kind = message["kind"]
            if kind == "said":
                self.seen = message["seq"]
                if message["what"] == "text":
                    self.log.append((message["seq"], message["id"]))
            # Sent again after an error, it is acknowledged twice: the second is no word for what comes next.
            if kind == "ack" and message["id"] == self._next:
                self.said += 1
            if kind == "error":
                self.enough.wait(message.get("retry_s", 0.1))
            if kind in ("joined", "ack", "error") and self.said < self.count:
                client.send(kind="say", id=self._next, body=f"{self.who} {self.said}")

    @property
    def _next(self) -> str:
        return f"{self.who}-{self.said:04}"


class Poller(Talker):
    """The same where sockets are blocked, with two questions under way at once, whose answers overtake each other."""

    def run(self) -> None:
        self.taking = threading.Lock()
        threads = [threading.Thread(target=self._again, args=(act,)) for act in (self._ask, self._ask, self._say)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _again(self, act: Callable[[], None]) -> None:
        while not self.enough.is_set():
            with suppress(OSError, HTTPException):
                act()
            self.enough.wait(0.02)

    def _ask(self) -> None:
        for row in self._call("GET", f"poll?after={self.seen}&wait=1").get("rows", ()):
            with self.taking:
                # As the browser's socket.js does it: only what is above the cursor.
                if row.get("seq", 0) > self.seen:
                    self.seen = row["seq"]
                    if row["what"] == "text":
                        self.log.append((row["seq"], row["id"]))

    def _say(self) -> None:
        if self.said < self.count:
            message = {"kind": "say", "id": self._next, "body": f"{self.who} {self.said}"}
            answer = self._call("POST", "messages", message)
            self.said += answer.get("kind") == "ack"

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        connection = HTTPConnection("127.0.0.1", self.dice.choice(self.ports), timeout=20)
        headers = {"Origin": ORIGIN, "Content-Type": "application/json", "X-Ventanilla-Token": self.token}
        headers["X-Forwarded-For"] = self.options["X_Forwarded_For"]
        try:
            connection.request(method, f"{self.path}/{path}", json.dumps(body) if body else None, headers)
            return dict(json.load(connection.getresponse()))
        finally:
            connection.close()


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """PostgreSQL where two processes serve, the ordinary store where one does."""
    if request.node.callspec.params["processes"] == 1:
        return request.getfixturevalue("ordinary_settings")  # type: ignore[no-any-return]
    return _settings(tmp_path, _database(request.getfixturevalue("postgresql"), tmp_path, True))


@pytest.fixture
def ordinary_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    import shutil

    shutil.copy(request.getfixturevalue("peopled_store"), tmp_path / "test.sqlite3")
    return _settings(tmp_path, f"sqlite:///{tmp_path / 'test.sqlite3'}")


@pytest.mark.drill
@pytest.mark.parametrize(
    ("processes", "conversations", "count", "troubles"),
    [
        (2, 2, 8, ["kill", "overtake", "stop"]),
        pytest.param(2, 50, 20, ["kill", "cut", "stop", "overtake"] * 3, marks=pytest.mark.full),
        pytest.param(1, 50, 20, ["kill", "cut", "stop", "overtake"] * 3, marks=pytest.mark.full),
    ],
)
def test_both_sides_lose_nothing_whatever_happens_to_the_servers(
    always_open: Cast, serve: Callable[..., Served], sign_in: Any, processes: int, conversations: int, count: int,
    troubles: list[str],
) -> None:  # fmt: skip
    cast, dice = always_open, random.Random(7)
    cookie = sign_in("ana").client.get_cookie("__Host-ventanilla") or sign_in("ana").client.get_cookie("ventanilla")
    # The store takes any number; only the form of the desk stops at twelve.
    shifts.check_in(cast.staff("ana"), cast.tenjo, most=conversations)
    opened = [new(name=f"Luz {n}", material=secrets.token_bytes(8)) for n in range(conversations)]
    keys = [service.start(cast.tenjo, one)["key"] for one in opened]
    facts = [(service.find(cast.tenjo, key, service.secret_of(one.material)), key, service.secret_of(one.material))
             for key, one in zip(keys, opened, strict=True)]  # fmt: skip
    ids = [found.id for found, _, _ in facts if found is not None]
    assert len(ids) == conversations
    db.session.remove()
    servers = [serve(VENTANILLA_BASE_URL=BASE, VENTANILLA_TRUSTED_PROXIES="1") for _ in range(processes)]
    proxies = [Proxy(server.port) for server in servers]
    for proxy in proxies:
        proxy.delay_s = 0.2
    ports = [proxy.port for proxy in proxies]
    token = servers[0].token()
    talkers: dict[int, list[Talker]] = {}
    for number, (id, key, secret) in enumerate(zip(ids, keys, [fact[2] for fact in facts], strict=True)):
        path = f"/api/tenjo/chat/conversations/{key}"
        staff = f"/console/tenjo/chat/{id}/socket"
        talkers[id] = [
            *(Talker(f"tab{n}-{id}", ports, f"{path}/socket", f"{token} {secret}", count, origin=ORIGIN,
                     X_Forwarded_For=f"10.{n}.{number}.1")
              for n in (1, 2)),
            Poller(f"poll-{id}", ports, path, f"{token} {secret}", count, X_Forwarded_For=f"10.3.{number}.1"),
            Talker(f"adviser-{id}", ports, staff, "desk", count, origin=BASE, cookie=f"ventanilla={cookie.value}"),
        ]  # fmt: skip
    everybody = [talker for some in talkers.values() for talker in some]
    for talker in everybody:
        talker.start()

    for done, what in enumerate(troubles, 1):
        while min(talker.said for talker in everybody) < count * done // (len(troubles) + 2):
            threading.Event().wait(0.02)
        trouble(what, dice.choice(servers), proxies, everybody)
    whole = 4 * count
    while any(talker.said < count or len(talker.log) < whole for talker in everybody):
        threading.Event().wait(0.02)
    for talker in everybody:
        talker.enough.set()
    for proxy in proxies:
        proxy.close()
    for talker in everybody:
        talker.join()

    for id, some in talkers.items():
        rows = [(row.seq, row.client_id) for row in log.rows(id, 0, 10_000, private=True) if row.kind == "text"]
        assert len({client_id for _, client_id in rows}) == len(rows) == whole
        for talker in some:
            assert talker.log == rows, talker.who
            own = [client_id for _, client_id in rows if client_id and client_id.startswith(f"{talker.who}-")]
            assert own == sorted(own)


def trouble(what: str, server: Served, proxies: list[Proxy], everybody: list[Talker]) -> None:
    """Do one bad thing."""
    if what == "cut":
        for proxy in proxies:
            proxy.cut()
        return
    if what == "overtake":
        overtake(proxies, everybody)
        return
    if what == "kill":
        server.kill()
    else:
        server.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.process.wait(20)
    server.start()


def overtake(proxies: list[Proxy], everybody: list[Talker]) -> None:
    """Let what was said on one connection arrive after what its speaker said on the next."""
    for proxy in proxies:
        proxy.hold()
    while not any(proxy.held for proxy in proxies):
        threading.Event().wait(0.01)
    said = [min(talker.said, talker.count - 1) for talker in everybody]
    for proxy in proxies:
        proxy.overtake()
    while not all(talker.said > before for talker, before in zip(everybody, said, strict=True)):
        threading.Event().wait(0.01)
    for proxy in proxies:
        proxy.release()
