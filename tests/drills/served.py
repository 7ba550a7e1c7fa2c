"""The real server as it is deployed (gunicorn, docs/deploy/gunicorn.conf.py), and clients that file cases over HTTP."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "https://www.tenjo.example"
SITE = "tenjo"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Served:
    """One installation in a folder of its own: its store, its files, and the process that serves them."""

    def __init__(self, folder: Path, *, python: str = sys.executable, **more: str) -> None:
        self.folder, self.python, self.port = folder, python, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VENTANILLA_")},
            "VENTANILLA_INSTANCE": str(folder),
            "VENTANILLA_BIND": f"127.0.0.1:{self.port}",
            "VENTANILLA_BASE_URL": f"http://localhost:{self.port}",
            "VENTANILLA_MAIL": f"maildir:{folder / 'mail'}",
            # Each filing of a drill comes from a network of its own: limits are tested elsewhere.
            "VENTANILLA_TRUSTED_PROXIES": "1",
            # Crowds are made on purpose here, and their browsers solve no puzzles.
            "VENTANILLA_SITE_FILINGS": "1000000",
            "VENTANILLA_LOG_LEVEL": "WARNING",
            "VENTANILLA_MAX_SOCKETS": "20",
            **more,
        }
        self.log = folder / "server.log"
        self.application = "wsgi:app"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def store(self) -> Path:
        return self.folder / "ventanilla.sqlite3"

    def command(self, *arguments: str, check: bool = True) -> str:
        """Run a `ventanilla` command on this installation, and return what it printed."""
        done = subprocess.run(
            [self.python, "-m", "app.cli", *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True
        )
        if check and done.returncode:
            raise AssertionError(f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr

    def create(self) -> Served:
        """Migrate the store and create the site that the clients file with."""
        self.command("db", "upgrade")
        self.command(
            "site", "create", SITE, "--name", "Alcaldía de Tenjo", "--email", "contacto@tenjo.example",
            "--origin", ORIGIN,
        )  # fmt: skip
        return self

    def start(self) -> Served:
        """Serve, and return once the server answers."""
        config = ROOT / "docs" / "deploy" / "gunicorn.conf.py"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.python, "-m", "gunicorn", "-c", str(config), self.application],
                cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        for _ in range(1200):
            with suppress(OSError, HTTPException):
                if self.get("/health") == 200:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.stop()
        raise AssertionError(self.log.read_text()[-4000:])

    def get(self, path: str) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
            if self.process.poll() is None:
                self.kill()


@dataclass
class Filer:
    """A browser on the host page: gets a token, files, and sends again under the same key when it heard nothing."""

    port: int
    connection: HTTPConnection | None = None
    tokens: list[str] = field(default_factory=list)

    def _call(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.connection is None:
            self.connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.connection.connect()
        sent = {
            "Origin": ORIGIN, "Content-Type": "application/json", "Accept-Language": "es",
            "X-Forwarded-For": f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.7", **headers,
        }  # fmt: skip
        try:
            self.connection.request("POST", f"/api/{SITE}{path}", json.dumps(body), sent)
            if hasattr(socket, "TCP_QUICKACK"):
                # Without it some answers wait 40 ms for an acknowledgement that the kernel delays.
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException):
            self.hang_up()
            raise
        if answer.will_close:
            self.hang_up()
        return answer.status, json.loads(content)

    def __enter__(self) -> Filer:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def token(self) -> str:
        status, said = self._call("/token", {}, {})
        assert status == 200, said
        return str(said["token"])

    def file(self, key: str, body: dict[str, Any], token: str = "") -> tuple[int, dict[str, Any]]:
        headers = {"X-Ventanilla-Token": token or self.token(), "Idempotency-Key": key}
        return self._call("/pqr/cases", body, headers)


def a_case(number: int | str) -> dict[str, Any]:
    """A whole PQRSD, told apart from every other by its subject."""
    return {
        "kind": "peticion_particular", "identity": "identified", "person_type": "person", "name": "Luz Marina Peña",
        "document_type": "CC", "document_number": "52345678", "answer_channel": "electronic",
        "electronic_consent": True, "email": "luz@example.org", "subject": f"Alumbrado {number}",
        "body": "Hace un mes no funciona el poste de la esquina y la calle queda a oscuras. " * 5,
        "notice_version": 1,
    }  # fmt: skip


def percentile(sorted_values: Sequence[float], part: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(part * len(sorted_values)))]
