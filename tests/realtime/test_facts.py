"""The six facts on sockets that the design stands on, each seen on a real server."""

from __future__ import annotations

import hashlib
import signal
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest

WIDE = {"messages": 100_000, "per_s": 10}


@pytest.mark.drill
def test_a_broadcast_of_many_writers_arrives_whole_at_every_member(serve: Callable[..., Any]) -> None:
    server = serve(limits=WIDE)
    writers = [server.join("plaza", f"w{n}") for n in range(8)]
    for writer in writers:
        writer.until("joined")
    got: list[list[dict[str, Any]]] = [[] for _ in writers]

    def read(at: int) -> None:
        while len(got[at]) < 800:
            got[at].append(writers[at].until("said"))

    def write(at: int) -> None:
        for _ in range(100):
            body = uuid.uuid4().hex * 20
            writers[at].send(kind="say", id=hashlib.md5(body.encode()).hexdigest(), body=body)

    threads = [threading.Thread(target=act, args=(at,)) for act in (read, write) for at in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert [len(messages) for messages in got] == [800] * 8
    assert all(hashlib.md5(m["body"].encode()).hexdigest() == m["id"] for messages in got for m in messages)
    assert all([m["seq"] for m in messages] == list(range(1, 801)) for messages in got)


def test_compression_is_offered_and_refused(server: Any) -> None:
    client = server.connect("/touch")

    assert client.extensions == []


@pytest.mark.drill
def test_a_slow_reader_is_dropped_and_the_others_lose_nothing(serve: Callable[..., Any]) -> None:
    server = serve(limits=WIDE)
    slow = server.join("plaza", "slow", buffer_bytes=4096)
    slow.until("joined")
    well = [server.join("plaza", f"w{n}") for n in range(3)]
    for client in well:
        client.until("joined")
    before_kib = server.get("/health")["peak_kib"]
    got: list[list[int]] = [[] for _ in well]

    def read(at: int) -> None:
        while len(got[at]) < 3000:
            got[at].append(well[at].until("burst")["number"])

    threads = [threading.Thread(target=read, args=(at,)) for at in range(3)]
    [thread.start() for thread in threads]
    answer = server.get("/rooms/plaza/burst?count=3000&size=4000", data=b"")
    [thread.join() for thread in threads]

    assert got == [list(range(3000))] * 3
    assert answer["present"] == ["w0", "w1", "w2"]
    assert server.get("/health")["peak_kib"] - before_kib < 5 * 1024


def test_a_message_above_64_kib_closes_with_1009(server: Any) -> None:
    client = server.join("plaza")

    client.send(kind="say", id="big", body="x" * 2**20)
    client.drained()

    assert client.code == 1009


def test_a_fragmented_message_above_64_kib_closes_with_1009(server: Any) -> None:
    client = server.join("plaza")

    client.sock.sendall(b"\x01\xfe\x7f\xff\0\0\0\0" + b" " * 0x7FFF)
    client.sock.sendall((b"\x00\xfe\x7f\xff\0\0\0\0" + b" " * 0x7FFF) * 2)
    client.drained()

    assert client.code == 1009


def test_more_sockets_than_the_pool_has_connections_all_reach_the_database(server: Any) -> None:
    clients = [server.connect("/touch") for _ in range(100)]

    for client in clients:
        client.send(kind="touch")

    assert [client.read()["one"] for client in clients] == [1] * 100


@pytest.mark.drill
def test_without_ending_the_session_the_16th_socket_fails(serve: Callable[..., Any]) -> None:
    """What `after_message` is for: without it this is what happens."""
    server = serve(keep_sessions=True)
    clients = [server.connect("/touch") for _ in range(15)]
    for client in clients:
        client.send(kind="touch")
        client.until("touched")

    late = server.connect("/touch")
    late.send(kind="touch")

    assert late.read(60) == {"kind": "error", "code": "internal", "ref": None}


@pytest.mark.drill
def test_a_stop_tells_every_socket_to_come_back_elsewhere(serve: Callable[..., Any]) -> None:
    server = serve()
    clients = [server.join("plaza", f"c{n}") for n in range(200)]
    for client in clients:
        client.until("joined")

    server.signal(signal.SIGTERM)
    for client in clients:
        client.drained()

    assert [client.code for client in clients] == [1012] * 200
    assert server.process.wait(10) == 0


@pytest.mark.drill
def test_what_was_acknowledged_before_a_stop_is_replayed_after_it(serve: Callable[..., Any]) -> None:
    server = serve(limits=WIDE)
    client = server.join("plaza")
    client.until("joined")
    for number in range(50):
        client.send(kind="say", id=f"m{number}", body="hola")
    client.until("ack")

    server.signal(signal.SIGTERM)
    told = client.drained()
    server.process.wait()
    server.start()
    back = server.join("plaza", since=0)
    rows = []
    while (message := back.read()) and message["kind"] != "joined":
        rows.append(message["id"])

    acknowledged = {"m0"} | {message["id"] for message in told if message["kind"] == "ack"}
    assert acknowledged <= set(rows)
    assert rows == [f"m{number}" for number in range(len(rows))]


def test_joined_comes_after_the_replay_and_says_where_it_ended(server: Any) -> None:
    first = server.join("archivo")
    first.until("joined")
    for number in (1, 2, 3):
        first.send(kind="say", id=f"m{number}", body="hola")
        first.until("ack")

    second = server.join("archivo", "luis", since=1)

    assert [(m["kind"], m["seq"]) for m in (second.read(), second.read(), second.read())] == [
        ("said", 2),
        ("said", 3),
        ("joined", 3),
    ]


def test_a_made_up_cursor_is_reset_and_silences_nobody(server: Any) -> None:
    ana = server.join("cursor")
    ana.until("joined")
    ana.send(kind="say", id="m1", body="hola")
    ana.until("ack")

    liar = server.join("cursor", "luis", since=10**15)
    told = [liar.read()["kind"] for _ in range(3)]
    ana.send(kind="say", id="m2", body="sigo aquí")

    assert told == ["reset", "said", "joined"]
    assert liar.read()["id"] == ana.until("said")["id"] == "m2"


def test_a_long_history_is_replayed_whole(serve: Callable[..., Any]) -> None:
    server = serve(limits={**WIDE, "outbox_frames": 16})
    ana = server.join("largo")
    ana.until("joined")
    for number in range(500):
        ana.send(kind="say", id=f"m{number}", body="x" * 1000)
        ana.until("ack")

    late = server.join("largo", "luis", buffer_bytes=4096)
    seqs = []
    while (message := late.read()) and message["kind"] != "joined":
        seqs.append(message["seq"])

    assert seqs == list(range(1, 501))


def test_the_same_message_twice_is_one_row(server: Any) -> None:
    ana = server.join("doble")
    ana.until("joined")

    ana.send(kind="say", id="m1", body="hola")
    ana.send(kind="say", id="m1", body="hola")

    assert [ana.until("ack")["seq"], ana.until("ack")["seq"]] == [1, 1]


@pytest.mark.drill
def test_a_killed_server_loses_no_acknowledged_message(serve: Callable[..., Any]) -> None:
    server = serve(limits=WIDE)
    acknowledged: list[str] = []
    for life in range(3):
        client = server.join("plaza")
        client.until("joined")
        for number in range(100):
            client.send(kind="say", id=f"m{life}-{number}", body="hola")
        while len(acknowledged) < life * 40 + 40:
            acknowledged.append(client.until("ack")["id"])
        server.kill()
        server.start()

    back = server.join("plaza")
    rows = []
    while (message := back.read()) and message["kind"] != "joined":
        rows.append(message)

    assert set(acknowledged) <= {row["id"] for row in rows}
    assert [row["seq"] for row in rows] == sorted({row["seq"] for row in rows})
