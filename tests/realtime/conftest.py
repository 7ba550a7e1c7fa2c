"""A served application, and a client that can also misbehave."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Pong, RejectConnection, RejectData, TextMessage
from wsproto.events import Request as Handshake
from wsproto.extensions import PerMessageDeflate

ROOT = Path(__file__).parents[2]
ORIGIN = "https://tenjo.example"


class Refused(Exception):
    """The server answered the handshake with this status and body."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class Client:
    """A WebSocket client on one thread, which sends anything and reads when told."""

    def __init__(
        self, port: int, path: str, *, origin: str | None = ORIGIN, buffer_bytes: int = 0, cookie: str = "",
        **headers: str,
    ) -> None:  # fmt: skip
        self.sock = socket.socket()
        if buffer_bytes:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        self.sock.settimeout(20)
        try:
            self._open(port, path, origin, cookie, headers)
        except BaseException:
            self.sock.close()
            raise

    def _open(self, port: int, path: str, origin: str | None, cookie: str, headers: dict[str, str]) -> None:
        self.sock.connect(("127.0.0.1", port))
        self.ws = WSConnection(ConnectionType.CLIENT)
        self.code: int | None = None
        self.extensions: list[Any] = []
        more = [(b"Origin", origin.encode())] if origin else []
        more += [(b"Cookie", cookie.encode())] if cookie else []
        more += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        # Every browser offers compression, so every test does.
        offer = Handshake(host="127.0.0.1", target=path, extensions=[PerMessageDeflate()], extra_headers=more)
        self.sock.sendall(self.ws.send(offer))
        self.events: list[Any] = []
        body = b""
        while True:
            event = self._event()
            if isinstance(event, AcceptConnection):
                self.extensions = event.extensions
                return
            if isinstance(event, CloseConnection):
                raise Refused(0, b"")
            if isinstance(event, RejectConnection):
                status = event.status_code
            if isinstance(event, RejectData):
                body += event.data
                if event.body_finished:
                    raise Refused(status, body)

    def send(self, **message: Any) -> None:
        """Send a message."""
        self.text(json.dumps(message))

    def text(self, text: str) -> None:
        """Send any text."""
        self.sock.sendall(self.ws.send(TextMessage(data=text)))

    def raw(self, opcode: int, payload: bytes) -> None:
        """Send one masked frame, right or wrong."""
        size = len(payload)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += b"\xfe" + struct.pack("!H", size)
        else:
            head += b"\xff" + struct.pack("!Q", size)
        self.sock.sendall(head + b"\0\0\0\0" + payload)

    def read(self, timeout_s: float = 20) -> dict[str, Any] | None:
        """Return the next message, or None once the socket is closed; `code` then says how."""
        self.sock.settimeout(timeout_s)
        text = ""
        while self.code is None:
            event = self._event()
            if isinstance(event, TextMessage):
                text += event.data
                if event.message_finished:
                    message = json.loads(text)
                    text = ""
                    if message["kind"] != "beat":
                        return dict(message)
            elif isinstance(event, Ping):
                self.sock.sendall(self.ws.send(event.response()))
            elif isinstance(event, CloseConnection):
                self.code = int(event.code)
                with suppress(OSError):
                    self.sock.sendall(self.ws.send(event.response()))
        return None

    def until(self, kind: str, timeout_s: float = 20) -> dict[str, Any]:
        """Return the next message of a kind, passing over others."""
        while (message := self.read(timeout_s)) is not None:
            if message["kind"] == kind:
                return message
        raise AssertionError(f"closed with {self.code} before any {kind}")

    def drained(self) -> list[dict[str, Any]]:
        """Return all messages to the end of the socket."""
        messages = []
        while (message := self.read()) is not None:
            messages.append(message)
        return messages

    def cut(self) -> None:
        """Reset the connection, as a train in a tunnel would not even do."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _event(self) -> Any:
        while not self.events:
            try:
                data = self.sock.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return CloseConnection(code=1006)
            self.ws.receive_data(data)
            self.events = [event for event in self.ws.events() if not isinstance(event, Pong)]
        return self.events.pop(0)


class Server:
    """One gunicorn process with its worker, on a port that it keeps over restarts."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.options = {"store": f"sqlite:///{folder}/store.db", **options}
        self.log = folder / f"gunicorn-{id(self)}.log"
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self.listener.getsockname()[1]
        self.clients: list[Client] = []
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "tests/realtime/gunicorn_conf.py",
                 "--bind", f"fd://{self.listener.fileno()}", "tests.realtime.served:app"],
                cwd=ROOT,
                env={**os.environ, "REALTIME_OPTIONS": json.dumps(self.options), "PYTHONPATH": str(ROOT)},
                pass_fds=[self.listener.fileno()],
                stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        while not self.get("/health")["listening"]:
            time.sleep(0.05)

    def get(self, path: str, **options: Any) -> dict[str, Any]:
        """Return the JSON answer of a GET, or of a POST where data is given."""
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, **options), timeout=30) as answer:
            return dict(json.load(answer))

    def connect(self, path: str, **options: Any) -> Client:
        """Open a socket."""
        client = Client(self.port, path, **options)
        self.clients.append(client)
        return client

    def join(self, channel: str, who: str = "ana", since: int = 0, **options: Any) -> Client:
        """Open a socket and go into a room; the answers are left to be read."""
        client = self.connect(f"/rooms/{channel}/socket", **options)
        client.send(kind="hello", token=f"token-{who}", since=since)
        return client

    def signal(self, number: int) -> None:
        """Send a signal to the arbiter, as systemd does."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """End arbiter and worker at once, as a lost machine would."""
        worker = self.get("/health")["pid"]
        self.process.kill()
        os.kill(worker, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it and everything it holds."""
        for client in self.clients:
            client.sock.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        self.listener.close()


@pytest.fixture()
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers with options of the test, and stop them after it."""
    servers: list[Server] = []

    def start(**options: Any) -> Server:
        servers.append(Server(tmp_path, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that leave it as it was."""
    server = Server(tmp_path_factory.mktemp("served"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def refused() -> type[Refused]:
    """What a refused handshake raises."""
    return Refused
