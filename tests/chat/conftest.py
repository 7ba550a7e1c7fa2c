"""Chat as both sides meet it: verbs at a set hour, and the whole application under a real gunicorn."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from app.clock import now
from app.config import Settings
from app.db import db, write
from tests.conftest import ORIGIN, Cast, own_store
from tests.realtime.conftest import Client, Refused
from widgets.chat import service, shifts
from widgets.chat.models import ChatConversation

ROOT = Path(__file__).parents[2]
# A Tuesday without a holiday, 9:00 in Bogotá.
MORNING = "2026-11-24T14:00:00Z"


@pytest.fixture
def clock() -> Iterator[Any]:
    """The one clock, at nine of a working morning."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def new(**changes: Any) -> service.NewConversation:
    facts = {
        "name": "Luz", "office": "", "email": "luz@example.org", "phone": "", "rules_version": 1, "notice_version": 1,
        "lang": "es", "origin": "192.0.2.0/24", "material": secrets.token_bytes(8), **changes,
    }  # fmt: skip
    return service.NewConversation(**facts)


@pytest.fixture
def talk(clock: Any, cast: Cast) -> Callable[..., ChatConversation]:
    """Begin a conversation; Ana is on duty from the first on, unless `duty` names others."""

    def begin(duty: tuple[str, ...] = ("ana",), **changes: Any) -> ChatConversation:
        for name in duty:
            shifts.check_in(cast.staff(name), cast.tenjo)
        opening = new(**changes)
        key = service.start(cast.tenjo, opening)["key"]
        found = service.find(cast.tenjo, key, service.secret_of(opening.material))
        assert found is not None
        return found

    return begin


class Served:
    """The application under gunicorn on one port, over the store of the test."""

    def __init__(self, settings: Settings, port: int = 0, **env: str) -> None:
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port: int = self.listener.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.settings = settings
        self.log = settings.instance / f"gunicorn-{self.port}.log"
        self.clients: list[Client] = []
        self.env = env
        self.headers: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        env = {
            **os.environ,
            "VENTANILLA_INSTANCE": str(self.settings.instance),
            "VENTANILLA_DATABASE_URL": self.settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
            "VENTANILLA_SECRET_KEY": self.settings.secret_key,
            "VENTANILLA_BASE_URL": self.url,
            "VENTANILLA_MAIL": self.settings.mail,
            "VENTANILLA_INSECURE_COOKIES": "1",
            "VENTANILLA_MAX_SOCKETS": "300",
            "VENTANILLA_WORKER": "none",
            "PYTHONPATH": str(ROOT),
            **self.env,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "docs/deploy/gunicorn.conf.py",
                 "--bind", f"fd://{self.listener.fileno()}", "wsgi:app"],
                cwd=ROOT, env=env, pass_fds=[self.listener.fileno()], stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        while True:
            try:
                self.call("GET", "/api/tenjo/chat/state")
                return
            except (urllib.error.URLError, ConnectionError):
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.1)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Return the JSON of an answer to the site's page; an HTTPError where it is refused."""
        data = None if body is None else json.dumps(body).encode()
        sent = {
            "Origin": ORIGIN,
            "Content-Type": "application/json",
            **self.headers,
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, sent, method=method)
        with urllib.request.urlopen(request, timeout=40) as answer:
            return json.load(answer)

    def token(self) -> str:
        return str(self.call("POST", "/api/tenjo/token", {})["token"])

    def begin(self, name: str = "Luz", **more: Any) -> dict[str, str]:
        """Open a conversation and return its key and secret."""
        body = {"name": name, "email": "luz@example.org", "rules_version": 1, "notice_version": 1, **more}
        headers = {"X_Ventanilla_Token": self.token(), "Idempotency_Key": secrets.token_hex(16)}
        return dict(self.call("POST", "/api/tenjo/chat/conversations", body, **headers))

    def person(
        self, opening: dict[str, str], *, since: int = 0, origin: str | None = ORIGIN, token: str = ""
    ) -> Client:
        """Open the person's socket; what it is told is left to be read."""
        path = f"/api/tenjo/chat/conversations/{opening['key']}/socket"
        client = Client(self.port, path, origin=origin)
        self.clients.append(client)
        client.send(kind="hello", token=token or f"{self.token()} {opening['secret']}", since=since)
        return client

    def socket(self, path: str, **options: Any) -> Client:
        """Open any socket of the site's page."""
        client = Client(self.port, path, **{"origin": ORIGIN, **options})
        self.clients.append(client)
        return client

    def kill(self) -> None:
        """End arbiter and worker at once, as a lost machine would."""
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        self.process.kill()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        self.process.wait()

    def hang_up(self) -> None:
        """Close what a test has left open."""
        for client in self.clients:
            client.sock.close()
        self.clients.clear()

    def stop(self) -> None:
        self.hang_up()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        self.listener.close()


@pytest.fixture
def always_open(app: Flask, cast: Cast) -> Cast:
    """A real server has a real clock: the site is open at every hour, and Ana is on duty."""
    from app.sites.service import change_site

    change_site(cast.tenjo, "system", always_open=True)
    shifts.check_in(cast.staff("ana"), cast.tenjo, most=12)
    return cast


@pytest.fixture
def serve(app: Flask, always_open: Cast, settings: Settings) -> Iterator[Callable[..., Served]]:
    """Start the application, and stop it after the test."""
    running: list[Served] = []

    def start(**options: Any) -> Served:
        running.append(Served(settings, **options))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture(scope="session")
def standing_settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The store of the standing server: a module that uses it makes it the `settings` of its tests."""
    return own_store(request, tmp_path_factory.mktemp("standing"), peopled=True)


@pytest.fixture(scope="session")
def standing(standing_settings: Settings) -> Iterator[Served]:
    """One gunicorn for all tests of the process that leave it as it was: its start takes longer than most of them."""
    server = Served(standing_settings, VENTANILLA_TRUSTED_PROXIES="1")
    yield server
    server.stop()


_visits = count(1)


@pytest.fixture
def server(standing: Served, always_open: Cast) -> Iterator[Served]:
    """The standing server as a test finds it: running, with nobody in the queue, and this visitor never seen before."""
    if standing.process.poll() is not None:
        standing.start()
    # Limits go by the network of the visitor, and each test is one of its own.
    visit = next(_visits)
    standing.headers = {"X-Forwarded-For": f"10.{visit // 256}.{visit % 256}.1"}
    yield standing
    standing.hang_up()
    with write():
        # Who stays in the queue or has a task would be met at the desk of the next test.
        over = {"state": "ended", "end_reason": "done", "task": "", "ended_at": now()}
        db.session.execute(update(ChatConversation).values(over))


__all__ = ["Client", "Refused", "Served", "new"]
