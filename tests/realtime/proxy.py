"""A network that misbehaves on command: it resets, refuses, or lets no upgrade through."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress


class Proxy:
    """Passes TCP on to a port, until told otherwise."""

    def __init__(self, port: int) -> None:
        self.blocks_upgrades = False
        self.refuses = False
        self.upgrades = 0
        self._to = port
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

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
            threading.Thread(target=_pass, args=(server, client), daemon=True).start()
            _pass(client, server)


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
    source.close()


def _reset(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # A thread that reads it holds it open: only a shutdown wakes that one.
        sock.shutdown(socket.SHUT_RD)
        sock.close()
