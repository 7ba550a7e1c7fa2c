"""One contract, two buses; and what only the one between processes must hold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import pytest

from app.realtime.bus import Bus, LocalBus
from app.realtime.postgres_bus import PostgresBus


@pytest.fixture()
def postgres_bus(postgresql: str) -> Iterator[Callable[[], PostgresBus]]:
    """Make buses that listen already, as processes would have."""
    buses: list[PostgresBus] = []

    def make() -> PostgresBus:
        buses.append(PostgresBus(postgresql))
        assert buses[-1].listening.wait(10)
        return buses[-1]

    yield make
    for bus in buses:
        bus.close()


@pytest.fixture(params=["local", "postgres"])
def bus(request: pytest.FixtureRequest) -> Bus:
    """Each bus in turn."""
    if request.param == "local":
        return LocalBus()
    make: Callable[[], PostgresBus] = request.getfixturevalue("postgres_bus")
    return make()


class TestEveryBus:
    def test_a_subscriber_hears_its_channel_and_no_other(self, bus: Bus) -> None:
        heard: list[Any] = []
        bus.subscribe("chat:1", heard.append)

        bus.publish("chat:2", {"seq": 7})
        bus.publish("chat:1", {"seq": 8})

        assert heard == [{"seq": 8}]

    def test_who_left_hears_nothing(self, bus: Bus) -> None:
        heard: list[Any] = []
        leave = bus.subscribe("chat:1", heard.append)

        leave()
        leave()
        bus.publish("chat:1", {"seq": 8})

        assert heard == []

    def test_a_subscriber_that_fails_silences_no_other(self, bus: Bus) -> None:
        heard: list[Any] = []
        bus.subscribe("chat:1", lambda ids: {}["bug"])
        bus.subscribe("chat:1", heard.append)

        bus.publish("chat:1", {"seq": 8})

        assert heard == [{"seq": 8}]


class TestBetweenProcesses:
    def test_another_process_hears_once_and_in_order(self, postgres_bus: Callable[[], PostgresBus]) -> None:
        here, there = postgres_bus(), postgres_bus()
        heard: Queue[Any] = Queue()
        here.subscribe("chat:1", heard.put)
        there.subscribe("chat:1", heard.put)

        for seq in range(1000):
            here.publish("chat:1", {"seq": seq})
        got = [heard.get(timeout=10)["seq"] for _ in range(2000)]

        assert sorted(got) == sorted([*range(1000), *range(1000)])
        assert heard.empty()

    def test_contents_are_refused(self, postgres_bus: Callable[[], PostgresBus]) -> None:
        with pytest.raises(ValueError, match="ids"):
            postgres_bus().publish("chat:1", {"body": "x" * 8000})

    @pytest.mark.drill
    def test_after_an_outage_subscribers_are_told_to_look(
        self, postgresql: str, postgres_bus: Callable[[], PostgresBus]
    ) -> None:
        import psycopg

        here, there = postgres_bus(), postgres_bus()
        heard: Queue[Any] = Queue()
        there.subscribe("chat:1", heard.put)

        with psycopg.connect(postgresql, autocommit=True) as boss:
            boss.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
            boss.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
        assert heard.get(timeout=20) is None
        assert here.listening.wait(10)
        here.publish("chat:1", {"seq": 9})

        assert heard.get(timeout=10) == {"seq": 9}

    def test_one_process_has_one_connection(self, postgresql: str, postgres_bus: Callable[[], PostgresBus]) -> None:
        import psycopg

        bus = postgres_bus()
        for number in range(50):
            bus.subscribe(f"chat:{number}", lambda ids: None)
        with psycopg.connect(postgresql) as boss:
            row = boss.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchone()

        assert row == (1,)

    def test_a_closed_bus_leaves_no_thread(self, postgresql: str) -> None:
        bus = PostgresBus(postgresql)
        assert bus.listening.wait(10)

        bus.close()
        bus.publish("chat:1", {"seq": 1})

        assert "realtime-bus" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.drill
def test_two_servers_share_their_rooms(serve: Callable[..., Any], postgresql: str) -> None:
    options = {"store": postgresql.replace("postgresql://", "postgresql+psycopg://"), "bus": postgresql}
    wide = {"messages": 100_000}
    ours, theirs = serve(**options, limits=wide), serve(**options, limits=wide)
    ana, luis = ours.join("plaza", "ana"), theirs.join("plaza", "luis")
    ana.until("joined")
    luis.until("joined")

    for number in range(100):
        ana.send(kind="say", id=f"a{number}", body="hola")
        luis.send(kind="say", id=f"l{number}", body="hola")

    heard = [[client.until("said") for _ in range(200)] for client in (ana, luis)]
    assert [[m["seq"] for m in told] for told in heard] == [list(range(1, 201))] * 2
    assert heard[0] == heard[1]
