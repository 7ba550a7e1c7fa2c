"""Drill R3: rooms talk while their sockets are cut and their server is killed; every log is the store's."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from wsproto.utilities import ProtocolError

from tests.realtime.conftest import Client, Refused
from tests.realtime.proxy import Proxy


class Talker(threading.Thread):
    """Says its messages one by one until acknowledged, and comes back with its cursor after every cut."""

    def __init__(self, port: int, room: str, who: str, count: int) -> None:
        super().__init__(daemon=True)
        self.port, self.room, self.who, self.count = port, room, who, count
        self.said = 0
        self.log: list[tuple[int, str]] = []
        self.enough = threading.Event()

    def run(self) -> None:
        """Talk, however often it is cut off."""
        while not self.enough.is_set():
            try:
                client = Client(self.port, f"/rooms/{self.room}/socket")
            except (OSError, Refused, ProtocolError):
                continue
            try:
                since = self.log[-1][0] if self.log else 0
                client.send(kind="hello", token=f"token-{self.who}", since=since)
                self._talk(client)
            except (OSError, ProtocolError):
                # Cut off, or told to go while about to speak.
                continue
            finally:
                client.sock.close()

    def _talk(self, client: Client) -> None:
        while not self.enough.is_set() and (message := client.read()) is not None:
            if message["kind"] == "said":
                self.log.append((message["seq"], message["id"]))
            elif message["kind"] == "ack":
                self.said += 1
            if message["kind"] in ("joined", "ack", "error") and self.said < self.count:
                client.send(kind="say", id=f"{self.who}-{self.said}", body="hola")


@pytest.fixture()
def proxied(serve: Callable[..., Any]) -> Iterator[tuple[Any, Proxy]]:
    """A server behind a network that can be cut."""
    server = serve(limits={"messages": 100_000})
    proxy = Proxy(server.port)
    yield server, proxy
    proxy.close()


def trouble(server: Any, proxy: Proxy, dice: random.Random) -> None:
    """Do one bad thing."""
    what = dice.choice(["cut", "cut", "kill", "restart"])
    if what == "cut":
        proxy.cut()
    elif what == "kill":
        server.kill()
        server.start()
    else:
        server.signal(signal.SIGTERM)
        server.process.wait(20)
        server.start()


@pytest.mark.drill
@pytest.mark.parametrize(
    ("rooms", "count", "troubles"), [(3, 60, 4), pytest.param(10, 2000, 60, marks=pytest.mark.full)]
)
def test_every_log_is_the_stores_whatever_happens_to_the_sockets(
    proxied: tuple[Any, Proxy], rooms: int, count: int, troubles: int
) -> None:
    server, proxy = proxied
    dice = random.Random(7)
    talkers = [Talker(proxy.port, f"r{n // 2}", f"t{n}", count) for n in range(2 * rooms)]
    for talker in talkers:
        talker.start()

    for done in range(1, troubles + 1):
        # Spread over the talk, whatever the speed of the machine.
        while min(talker.said for talker in talkers) < count * done // (troubles + 2):
            threading.Event().wait(0.01)
        trouble(server, proxy, dice)
    while any(len(talker.log) < 2 * count or talker.said < count for talker in talkers):
        threading.Event().wait(0.01)
    for talker in talkers:
        talker.enough.set()
    proxy.cut()
    for talker in talkers:
        talker.join()

    for number in range(rooms):
        rows = [(row["seq"], row["id"]) for row in everything(server, f"r{number}")]
        assert [seq for seq, _ in rows] == list(range(1, 2 * count + 1))
        assert len({id for _, id in rows}) == 2 * count
        assert talkers[2 * number].log == talkers[2 * number + 1].log == rows


def everything(server: Any, room: str) -> list[dict[str, Any]]:
    """Return the whole store of a room."""
    rows: list[dict[str, Any]] = []
    while more := server.get(f"/rooms/{room}/poll?after={len(rows)}&wait=0")["rows"]:
        rows += more
    return rows
