"""What a hostile or broken client gets, and that nobody else notices."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

import pytest


@pytest.fixture()
def client(server: Any) -> Any:
    """A socket in a room of its own."""
    client = server.join(token_hex(8))
    client.until("joined")
    return client


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad-json"),
        ("[" * 60_000, "bad-json"),
        ('{"kind": "say", "n": NaN}', "bad-json"),
        ('{"kind": "say", "n": ' + "9" * 10_000 + "}", "bad-json"),
        ('["say"]', "not-an-object"),
        ("null", "not-an-object"),
        ('{"id": "m1"}', "no-kind"),
        ('{"kind": 7}', "no-kind"),
        ('{"kind": "say", "body": "\\ud800"}', "bad-text"),
        ('{"kind": "say", "body": "\\u0000"}', "bad-text"),
        ('{"kind": "steal"}', "unknown-kind"),
        ('{"kind": "say", "body": 7}', "no-body"),
    ],
)
def test_a_broken_message_gets_a_typed_error_frame(client: Any, text: str, code: str) -> None:
    client.text(text)

    assert client.read() == {"kind": "error", "code": code, "ref": None}


def test_an_error_names_the_message_it_is_about(client: Any) -> None:
    client.send(kind="say", id="m1")

    assert client.read() == {"kind": "error", "code": "no-body", "ref": "m1"}


def test_what_a_service_refuses_comes_as_its_code(client: Any) -> None:
    client.send(kind="refuse", id="m1")

    assert client.read() == {"kind": "error", "code": "closed", "ref": "m1"}


def test_a_bug_tells_nothing_and_the_socket_lives_on(client: Any) -> None:
    client.send(kind="fail", id="m1")
    client.send(kind="say", id="m2", body="hola")

    assert client.read() == {"kind": "error", "code": "internal", "ref": "m1"}
    assert client.until("ack")["id"] == "m2"


@pytest.mark.parametrize(
    ("opcode", "payload", "code"),
    [(2, b"\x00\x01", 1003), (1, b"\xff\xfe", 1007), (3, b"", 1002), (9, b"x" * 126, 1002), (0, b"x", 1002)],
)
def test_a_broken_frame_gets_a_close_code(client: Any, opcode: int, payload: bytes, code: int) -> None:
    client.raw(opcode, payload)
    client.drained()

    assert client.code == code


def test_a_ping_is_answered(client: Any) -> None:
    client.raw(9, b"eco")

    assert client.sock.recv(100) == b"\x8a\x03eco"


def test_the_eleventh_message_in_ten_seconds_is_refused_with_the_wait(client: Any) -> None:
    # The greeting was the first.
    for number in range(10):
        client.send(kind="say", id=f"m{number}", body="hola")

    refusal = client.until("error")

    assert (refusal["code"], refusal["ref"]) == ("too-fast", "m9")
    assert 0 < refusal["retry_s"] <= 10


def test_typing_does_not_use_up_what_may_be_said(client: Any) -> None:
    for _ in range(30):
        client.send(kind="typing")
    client.send(kind="say", id="m1", body="hola")

    assert client.until("ack")["id"] == "m1"


def test_a_flood_is_shown_out_and_the_room_notices_nothing(server: Any) -> None:
    ana, flood = server.join("inundada"), server.join("inundada", "luis")
    ana.until("joined")
    flood.until("joined")
    before_kib = server.get("/health")["peak_kib"]

    for number in range(500):
        try:
            flood.send(kind="say", id=f"m{number}", body="x" * 10_000)
        except OSError:
            break
    flood.drained()
    ana.send(kind="say", id="ana", body="sigo aquí")

    assert flood.code == 1008
    assert ana.until("ack")["id"] == "ana"
    assert server.get("/health")["peak_kib"] - before_kib < 5 * 1024


def test_our_own_close_waits_for_what_was_said_before(client: Any) -> None:
    client.send(kind="say", id="m1", body="hola")
    client.send(kind="end")

    assert [message["kind"] for message in client.drained()] == ["said", "ack"]
    assert client.code == 1000
