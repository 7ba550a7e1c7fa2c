"""Our sockets beside bare flask-sock, in one run: round trip, CPU a message, memory a connection, losses.

    python bench/sockets.py                  a table: 500 conversations of two, 200 messages a second
    python bench/sockets.py --json           the same for machines
    python bench/sockets.py -n 100 -s 5      smaller

Each conversation has two sockets; what one says both must get (bare: the sender's thread sends to both, which is how
one writes it first). Servers run in turn, several rounds, and the median of the rounds is shown.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
BODY = "Buenos días, necesito el certificado de estratificación. " * 2


def bare() -> Any:
    """The application as flask-sock's documentation writes it."""
    from flask import Flask
    from flask_sock import Sock

    app = Flask(__name__)
    rooms: dict[str, list[Any]] = {}

    @Sock(app).route("/rooms/<room>")
    def talk(ws: Any, room: str) -> None:
        rooms.setdefault(room, []).append(ws)
        while True:
            message = ws.receive()
            for member in rooms[room]:
                member.send(message)

    return app


def ours() -> Any:
    """The same on app.realtime: parsed, counted, framed once, through outboxes."""
    from flask import Flask

    from app.realtime.connection import Connection
    from app.realtime.hub import Hub
    from app.realtime.limits import Limits
    from app.realtime.sock import Gate, socket_route

    app = Flask(__name__)
    hub = Hub(cap=100_000)

    class Talk:
        def __init__(self, connection: Connection) -> None:
            self.room = connection.arguments["room"]
            self.kinds = {"say": self.say}
            hub.join(connection, self.room)

        def say(self, message: dict[str, Any]) -> None:
            hub.broadcast(self.room, message)

        def closed(self) -> None:
            return

    socket_route(app, "/rooms/<room>", Talk, hub=hub, gate=Gate(limits=Limits(messages=10_000)))
    return app


class Load:
    """Many sockets on one thread; every message carries the moment it was sent."""

    def __init__(self, port: int, rooms: int) -> None:
        self.poll = selectors.EpollSelector()
        self.socks: list[socket.socket] = []
        self.rests: dict[socket.socket, bytes] = {}
        self.round_trips: list[float] = []
        self.got = 0
        self.cut: set[socket.socket] = set()
        for number in range(2 * rooms):
            sock = socket.create_connection(("127.0.0.1", port))
            # The rooms of each load are its own: the bare server keeps writing to those who left.
            room = f"r{id(self)}-{number // 2}"
            sock.sendall(
                f"GET /rooms/{room} HTTP/1.1\r\nHost: v\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            head = b""
            while b"\r\n\r\n" not in head:
                head += sock.recv(4096)
            assert head.startswith(b"HTTP/1.1 101"), head[:100]
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            self.rests[sock] = head.partition(b"\r\n\r\n")[2]
            self.socks.append(sock)
            self.poll.register(sock, selectors.EVENT_READ)

    def say(self, number: int, body: str) -> None:
        """Send one message of about 200 bytes."""
        payload = json.dumps({"kind": "say", "id": str(number), "at": time.perf_counter(), "body": body}).encode()
        size = len(payload)
        head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
        # Masked with zeros, which is allowed and saves the client's processor.
        sock = self.socks[number % len(self.socks)]
        try:
            sock.sendall(head + b"\0\0\0\0" + payload)
        except OSError:
            self.cut.add(sock)

    def listen(self, until: float) -> None:
        """Read what comes until a moment of perf_counter."""
        while (left_s := until - time.perf_counter()) > 0:
            for key, _ in self.poll.select(left_s):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                try:
                    more = sock.recv(65536)
                except OSError:
                    more = b""
                if not more:
                    self.cut.add(sock)
                    self.poll.unregister(sock)
                data = self.rests[sock] + more
                now = time.perf_counter()
                while len(data) >= 4 and len(data) >= (end := _end(data))[1]:
                    payload, data = data[end[0] : end[1]], data[end[1] :]
                    if b'"say"' in payload:
                        self.got += 1
                        self.round_trips.append(now - json.loads(payload)["at"])
                self.rests[sock] = data

    def close(self) -> None:
        """Hang up."""
        for sock in self.socks:
            sock.close()
        self.poll.close()


def _end(data: bytes) -> tuple[int, int]:
    size = data[1] & 0x7F
    return (4, 4 + int.from_bytes(data[2:4], "big")) if size == 126 else (2, 2 + size)


def cpu_s(pid: int) -> float:
    """Return the processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_kib(pid: int) -> float:
    """Return the resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES / 1024


def children(pid: int) -> list[int]:
    """Return the processes that this one started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def run(port: int, worker: int, rooms: int, rate: int, seconds: float) -> dict[str, float]:
    """Load a server and return its figures."""
    warm = Load(port, 1)
    before_kib = rss_kib(worker)
    load = Load(port, rooms)
    for number in range(2 * rooms):
        load.say(number, "")
        load.listen(time.perf_counter() + 0.0005)
    load.listen(time.perf_counter() + 1)
    each_kib = (rss_kib(worker) - before_kib) / (2 * rooms)
    load.got, load.round_trips = 0, []
    start, used_s, sent = time.perf_counter(), cpu_s(worker), 0
    while (now := time.perf_counter()) < start + seconds:
        while sent < (now - start) * rate:
            load.say(sent * 7919, BODY)
            sent += 1
        load.listen(min(start + seconds, start + sent / rate))
    load.listen(time.perf_counter() + 1)
    used_s = cpu_s(worker) - used_s
    load.close()
    warm.close()
    trips = sorted(load.round_trips)
    return {
        "p50_ms": 1000 * trips[len(trips) // 2],
        "p99_ms": 1000 * trips[int(len(trips) * 0.99)],
        "cpu_us_a_message": 1e6 * used_s / sent,
        "kib_a_connection": each_kib,
        "lost": 2 * sent - load.got,
        "cut": len(load.cut),
        "sent": sent,
    }


def measure(name: str, rooms: int, rate: int, seconds: float, module: str = "bench.sockets") -> dict[str, float]:
    """Serve one of the applications and measure it."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        threads = 2 * rooms + 64
        command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", str(threads), "--log-level", "error"]
        command += ["--worker-connections", str(threads + 100), "--bind", f"fd://{listener.fileno()}"]
        server = subprocess.Popen(
            [*command, "--no-control-socket", f"{module}:{name}()"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            pass_fds=[listener.fileno()],
        )
        try:
            port = listener.getsockname()[1]
            Load(port, 1).close()
            return run(port, children(server.pid)[0], rooms, rate, seconds)
        finally:
            for worker in children(server.pid):
                os.kill(worker, 9)
            server.kill()
            server.wait()


def main() -> None:
    """Measure both in turn and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=500, help="conversations, of two sockets each")
    parser.add_argument("-r", type=int, default=200, help="messages a second, over all")
    parser.add_argument("-s", type=float, default=10, help="seconds of each measure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rounds: dict[str, list[dict[str, float]]] = {"bare": [], "ours": []}
    for _ in range(options.rounds):
        for name, measures in rounds.items():
            measures.append(measure(name, options.n, options.r, options.s))
    middle = {
        name: {key: statistics.median(one[key] for one in measures) for key in measures[0]}
        for name, measures in rounds.items()
    }
    ratio = middle["ours"]["cpu_us_a_message"] / middle["bare"]["cpu_us_a_message"]
    load1 = os.getloadavg()[0]
    if options.json:
        print(json.dumps({**middle, "cpu_ratio": ratio, "load1": load1, "options": vars(options)}))
        return
    print(
        f"{options.n} conversations ({2 * options.n} sockets), {options.r} messages/s, {options.s} s, load {load1:.1f}"
    )
    print(f"{'':8}{'p50 ms':>9}{'p99 ms':>9}{'CPU us/msg':>12}{'KiB/conn':>10}{'lost':>7}{'cut':>6}")
    for name, figures in middle.items():
        print(
            f"{name:8}{figures['p50_ms']:9.2f}{figures['p99_ms']:9.2f}{figures['cpu_us_a_message']:12.0f}"
            f"{figures['kib_a_connection']:10.1f}{figures['lost']:7.0f}{figures['cut']:6.0f}"
        )
    print(f"CPU, ours to bare: {ratio:.2f}")


if __name__ == "__main__":
    main()
