"""A network that misbehaves on command: it resets, refuses, lets no upgrade through, and delivers out of order."""

from __future__ import annotations

import random
import socket
import struct
import threading
from contextlib import suppress


class Proxy:
    """Passes TCP on to a port, until told otherwise."""

    def __init__(self, port: int) -> None:
        self.blocks_upgrades = False
        self.refuses = False
        # The longest that an answer to a plain request is held up; each as the dice say, so they overtake each other.
        self.delay_s = 0.0
        self.upgrades = 0
        self._dice = random.Random(port)
        self._to = port
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._holds = False
        self._late: list[tuple[socket.socket, bytes]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def held(self) -> int:
        """How many pieces of what clients sent have not been passed on."""
        return len(self._late)

    def hold(self) -> None:
        """Keep what clients send from now on."""
        self._holds = True

    def overtake(self) -> None:
        """Cut the clients and let their next connections through, while what they had sent stays on its way."""
        pairs, self._pairs = self._pairs, []
        for client, _ in pairs:
            _reset(client)
        self._holds = False

    def release(self) -> None:
        """Deliver what was kept, on the connections of before, whose clients have long come back on others."""
        late, self._late = self._late, []
        for server, data in late:
            with suppress(OSError):
                server.sendall(data)
        for server in {server for server, _ in late}:
            with suppress(OSError):
                server.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """Reset every connection there is."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for sock in pair:
                _reset(sock)

    def close(self) -> None:
        """Stop listening and cut all."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            head = client.recv(65536)
            upgrade = b"upgrade: websocket" in head.lower()
            self.upgrades += upgrade
            if self.refuses or (upgrade and self.blocks_upgrades):
                _reset(client)
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            self._pairs.append((client, server))
            server.sendall(head)
            threading.Thread(target=self._down, args=(server, client, upgrade), daemon=True).start()
            self._up(client, server)

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self._holds:
                    self._late.append((server, data))
                else:
                    server.sendall(data)
        # What is still on its way needs its connection.
        if server not in [late for late, _ in self._late]:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
        client.close()

    def _down(self, server: socket.socket, client: socket.socket, upgrade: bool) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if self.delay_s and not upgrade:
                    threading.Event().wait(self._dice.uniform(0, self.delay_s))
                # Who has gone hears nothing; what they sent is still answered.
                with suppress(OSError):
                    client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        server.close()


def _reset(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # A thread that reads it holds it open: only a shutdown wakes that one.
        sock.shutdown(socket.SHUT_RD)
        sock.close()
