"""Who gets a socket, decided before the upgrade."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest


class TestBeforeTheUpgrade:
    def test_it_refuses_a_foreign_origin(self, server: Any, refused: Any) -> None:
        with pytest.raises(refused) as refusal:
            server.join("plaza", origin="https://evil.example")

        assert refusal.value.status == 403
        assert json.loads(refusal.value.body)["error"]["code"] == "foreign-origin"

    def test_it_refuses_who_says_no_origin(self, server: Any, refused: Any) -> None:
        with pytest.raises(refused) as refusal:
            server.join("plaza", origin=None)

        assert refusal.value.status == 403

    def test_a_handshake_without_key_is_a_bad_request(self, server: Any) -> None:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(b"GET /touch HTTP/1.1\r\nHost: v\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")

            assert sock.recv(4096).startswith(b"HTTP/1.1 400")

    def test_above_the_cap_it_answers_503_and_still_serves_pages(self, serve: Callable[..., Any], refused: Any) -> None:
        server = serve(cap=5)
        inside = [server.join("plaza", f"c{n}") for n in range(5)]
        for client in inside:
            client.until("joined")
        answers = []

        for _ in range(100):
            with pytest.raises(refused) as refusal:
                server.join("plaza")
            answers.append(refusal.value.status)

        assert answers == [503] * 100
        assert server.get("/health")["inside"] == 5

    def test_a_place_is_given_back_when_a_socket_is_cut(self, serve: Callable[..., Any]) -> None:
        server = serve(cap=1)
        first = server.join("plaza")
        first.until("joined")

        first.cut()
        while server.get("/health")["inside"]:
            continue

        assert server.join("plaza").until("joined")


class TestTheFirstMessage:
    def test_a_bad_token_closes_with_4401(self, server: Any) -> None:
        client = server.connect("/rooms/plaza/socket")

        client.send(kind="hello", token="stolen")

        assert (client.drained(), client.code) == ([], 4401)

    def test_silence_closes_with_4408(self, server: Any) -> None:
        client = server.connect("/impatient")

        assert (client.drained(), client.code) == ([], 4408)

    def test_what_follows_it_at_once_is_not_lost(self, server: Any) -> None:
        client = server.join("prisa")
        client.send(kind="say", id="m1", body="hola")

        assert client.until("ack")["seq"] == 1
