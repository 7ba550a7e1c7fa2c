"""One HTTP exchange over a socket that is already connected, inside its limits of time and bytes."""

import http.client
import io
import socket
import time
import zlib
from collections.abc import Mapping
from typing import Any, Protocol

from app.fetch.addresses import Target
from app.fetch.errors import AnswerTooLarge, AnswerTooSlow, FetchError

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_CHUNK_BYTES = 65536
_HEAD_BYTES = 131072  # status line and headers, those of interim answers too


class Limits(Protocol):
    """The two sizes that a policy sets."""

    @property
    def max_bytes(self) -> int: ...

    @property
    def max_decoded_bytes(self) -> int: ...


class Deadline:
    """The time left of one errand."""

    def __init__(self, total_s: float) -> None:
        self._end = time.monotonic() + total_s

    def left_s(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise AnswerTooSlow()
        return left


class _Wire(io.RawIOBase):
    """The socket as http.client reads it, with what is left of time and bytes at each read.

    A socket's own timeout starts anew with every byte, so a slow drip would never meet it.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, max_bytes: int) -> None:
        self._sock = sock
        self._deadline = deadline
        self._bytes_left = max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left_s())
        count = self._sock.recv_into(buffer)
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise AnswerTooLarge()
        return count


class PinnedConnection(http.client.HTTPConnection):
    """An HTTP connection over a socket that is already connected to the checked address."""

    def __init__(self, target: Target, sock: socket.socket, deadline: Deadline, limits: Limits) -> None:
        super().__init__(target.host, target.port)
        self.sock = _Socket(sock, deadline, limits.max_bytes + _HEAD_BYTES)
        self.auto_open = 0  # never dial by itself: it would look the name up again


class _Socket:
    """The three calls that http.client makes of a socket."""

    def __init__(self, sock: socket.socket, deadline: Deadline, max_bytes: int) -> None:
        self._sock = sock
        self._deadline = deadline
        self._max_bytes = max_bytes

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(self._deadline.left_s())
            rest = rest[self._sock.send(rest[:_CHUNK_BYTES]) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Wire(self._sock, self._deadline, self._max_bytes))

    def close(self) -> None:
        """Leave the socket open: http.client closes before the body is read, the caller closes after."""


def exchange(
    connection: PinnedConnection,
    target: Target,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None,
    limits: Limits,
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers in lower case, and the decompressed body; a redirect's body is left unread."""
    connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", target.authority)
    connection.putheader("Accept-Encoding", "gzip")
    connection.putheader("Connection", "close")
    if "user-agent" not in {name.lower() for name in headers}:
        connection.putheader("User-Agent", "Ventanilla")
    for name, value in headers.items():
        connection.putheader(name, value)
    if body is not None or method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", str(len(body or b"")))
    connection.endheaders(body)
    answer = connection.getresponse()
    try:
        received = {name.lower(): answer.getheader(name, "") for name, _ in answer.getheaders()}  # repeated ones joined
        if answer.status in REDIRECTS:  # nobody reads that page, so it need not fit
            return answer.status, received, b""
        return answer.status, received, _read(answer, received.get("content-encoding", ""), limits)
    finally:
        answer.close()


def _read(answer: http.client.HTTPResponse, encoding: str, limits: Limits) -> bytes:
    """Return the body, decompressed in steps so that a bomb is cut before it grows."""
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError("fetch.encoding")
    # 31: with a gzip header and its check sum.
    inflater = zlib.decompressobj(31) if encoding.endswith("gzip") else None
    if (answer.length or 0) > limits.max_bytes:  # as it says itself: not a byte of it is worth the way
        raise AnswerTooLarge(max_bytes=limits.max_bytes)
    body = bytearray()
    wire_bytes = 0
    while chunk := answer.read(_CHUNK_BYTES):
        wire_bytes += len(chunk)
        if wire_bytes > limits.max_bytes:
            raise AnswerTooLarge(max_bytes=limits.max_bytes)
        body += chunk if inflater is None else _inflate(inflater, chunk, limits.max_decoded_bytes + 1 - len(body))
        if len(body) > limits.max_decoded_bytes:
            raise AnswerTooLarge(max_bytes=limits.max_decoded_bytes)
    if answer.length:  # read(n) ends quietly where a body stops short of its Content-Length
        raise FetchError("fetch.cut-short")
    if inflater is not None and wire_bytes and not inflater.eof:
        raise FetchError("fetch.encoding")
    return bytes(body)


def _inflate(inflater: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    """Return at most `room` bytes; what follows the first gzip member is left out, as browsers do."""
    try:
        return inflater.decompress(chunk, room)
    except zlib.error as error:
        raise FetchError("fetch.encoding") from error
