"""Long polling: the same news where sockets are blocked."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError

import pytest


def say(server: Any, channel: str, id: str) -> Any:
    """Send without a socket."""
    return server.get(f"/rooms/{channel}/messages", data=json.dumps({"id": id, "body": "hola"}).encode())


def test_what_is_there_comes_at_once(server: Any) -> None:
    say(server, "p1", "m1")

    assert [row["id"] for row in server.get("/rooms/p1/poll?after=0&wait=30")["rows"]] == ["m1"]


def test_nothing_comes_at_the_time_out(server: Any) -> None:
    assert server.get("/rooms/p2/poll?after=0&wait=0.2")["rows"] == []


def test_it_hears_a_socket_and_a_socket_hears_it(server: Any) -> None:
    ana = server.join("p3")
    ana.until("joined")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.get, "/rooms/p3/poll?after=0&wait=30")
        ana.send(kind="say", id="m1", body="hola")

        assert [row["id"] for row in waiting.result()["rows"]] == ["m1"]
    say(server, "p3", "m2")

    assert [ana.until("said")["id"], ana.until("said")["id"]] == ["m1", "m2"]


@pytest.mark.drill
def test_more_polls_than_the_pool_has_connections_leave_room_for_others(server: Any) -> None:
    with ThreadPoolExecutor(40) as pool:
        waiting = [pool.submit(server.get, "/rooms/p4/poll?after=0&wait=30") for _ in range(40)]
        while server.get("/health")["inside"] < 40:
            continue
        say(server, "p4", "m1")

        assert [len(poll.result()["rows"]) for poll in waiting] == [1] * 40


def test_a_poll_takes_a_place_under_the_cap(serve: Callable[..., Any]) -> None:
    server = serve(cap=1)
    server.join("p5").until("joined")

    with pytest.raises(HTTPError) as refusal:
        server.get("/rooms/p5/poll?after=0&wait=30")

    assert refusal.value.code == 503
    refusal.value.close()


def test_a_stop_ends_the_waiting(serve: Callable[..., Any]) -> None:
    server = serve()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.get, "/rooms/p6/poll?after=0&wait=30")
        while not server.get("/health")["inside"]:
            continue
        server.signal(signal.SIGTERM)

        assert waiting.result()["rows"] == []
    assert server.process.wait(10) == 0
