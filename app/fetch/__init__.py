"""The one way out to addresses that somebody typed, so that none of them can reach our own network."""

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urljoin

from app.fetch.addresses import Target, dial, is_public, parse, resolve
from app.fetch.errors import (
    AddressRefused,
    AnswerTooLarge,
    AnswerTooSlow,
    FetchError,
    NameUnknown,
    RedirectRefused,
    TooManyRedirects,
)
from app.fetch.wire import REDIRECTS, Deadline, PinnedConnection, exchange

__all__ = [
    "AddressRefused",
    "AnswerTooLarge",
    "AnswerTooSlow",
    "FetchError",
    "NameUnknown",
    "Policy",
    "RedirectRefused",
    "Response",
    "TooManyRedirects",
    "fetch",
    "is_public",
    "parse",
]

Resolver = Callable[[str, int], list[str]]
Dialler = Callable[[str, int, float], socket.socket]

_CONNECT_S = 5.0  # for one address, where a name has several
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

# Ours to set; the rest of a caller's headers goes to the first origin, and only the harmless follow to another one.
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "expect", "te"}
)
_HARMLESS_HEADERS = frozenset({"accept", "accept-language", "user-agent"})


@dataclass(frozen=True)
class Response:
    """What came back: the body decompressed, header names in lower case, the URL of the last hop."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Policy:
    """How far an errand may go. `allow` holds "host:port" that need be neither public nor on 80 or 443."""

    allow: frozenset[str] = frozenset()
    max_bytes: int = 2 * 1024 * 1024
    max_decoded_bytes: int = 8 * 1024 * 1024
    total_s: float = 15.0
    max_redirects: int = 5
    resolver: Resolver = resolve
    dialler: Dialler = dial
    tls: Callable[[], ssl.SSLContext] = field(default=ssl.create_default_context)


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    policy: Policy | None = None,
) -> Response:
    """Return the answer of the last hop, whatever its status; a 4xx is an answer, not an error.

    Each hop is parsed, resolved once, refused if any of its addresses is not public, and dialled at the
    checked address, so a name that changes its mind in between (DNS rebinding) changes nothing.
    Raises FetchError and its kinds; ValueError for a method or header that the caller may not set.
    """
    policy = policy or Policy()
    deadline = Deadline(policy.total_s)
    sent = _checked_headers(method, headers or {})
    target = parse(url.strip(), policy.allow)
    for _ in range(policy.max_redirects + 1):
        status, received, content = _one_hop(target, method, sent, body, policy, deadline)
        location = received.get("location", "")
        if status not in REDIRECTS or not location:
            return Response(status, target.url, received, content)
        following = parse(_joined(target.url, location), policy.allow)
        if status == 303 or (status in (301, 302) and method == "POST"):  # RFC 9110, section 15.4
            method, body = ("HEAD" if method == "HEAD" else "GET"), None
            sent = {name: value for name, value in sent.items() if not name.lower().startswith("content-")}
        if following.origin != target.origin:
            if body is not None:
                raise RedirectRefused(host=target.host)
            sent = {name: value for name, value in sent.items() if name.lower() in _HARMLESS_HEADERS}
        target = following
    raise TooManyRedirects(host=target.host, hops=policy.max_redirects)


def _one_hop(
    target: Target, method: str, headers: Mapping[str, str], body: bytes | None, policy: Policy, deadline: Deadline
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and decompressed body of one request to one checked address."""
    addresses = _checked_addresses(target, policy, deadline)
    try:
        sock = _connect(addresses, target, policy, deadline)
        try:
            connection = PinnedConnection(target, sock, deadline, policy)
            return exchange(connection, target, method, headers, body, policy)
        finally:
            sock.close()
    except TimeoutError as error:
        raise AnswerTooSlow(host=target.host) from error
    except (OSError, http.client.HTTPException, ValueError) as error:  # ssl.SSLError is an OSError
        raise FetchError(host=target.host) from error


def _connect(addresses: list[str], target: Target, policy: Policy, deadline: Deadline) -> socket.socket:
    """Return a socket to the first address that answers, inside TLS where the scheme asks for it."""
    for number, address in enumerate(addresses, start=1):
        try:
            sock = policy.dialler(address, target.port, min(_CONNECT_S, deadline.left_s()))
            break
        except OSError:
            if number == len(addresses):
                raise
    if target.scheme == "http":
        return sock
    try:
        sock.settimeout(deadline.left_s())
        # The certificate is checked against the name that was typed, not the address that was dialled.
        return policy.tls().wrap_socket(sock, server_hostname=target.host)
    except (OSError, ValueError, FetchError):
        sock.close()
        raise


def _checked_addresses(target: Target, policy: Policy, deadline: Deadline) -> list[str]:
    """Return where to dial; a single answer that is not public refuses the name as a whole."""
    literal = target.literal
    addresses = [str(literal)] if literal else _looked_up(target, policy.resolver, deadline)
    if not addresses:
        raise NameUnknown(host=target.host)
    if target.allow_key not in policy.allow and not all(map(is_public, addresses)):
        raise AddressRefused("fetch.not-public", host=target.host)
    return addresses


def _looked_up(target: Target, resolver: Resolver, deadline: Deadline) -> list[str]:
    """Return what the resolver says, in the time that is left: getaddrinfo itself knows no timeout."""
    found: list[list[str]] = []

    def look_up() -> None:
        try:
            found.append(resolver(target.host, target.port))
        except (OSError, UnicodeError):
            found.append([])

    thread = threading.Thread(target=look_up, name="fetch-resolve", daemon=True)
    thread.start()
    thread.join(deadline.left_s())
    if not found:
        raise AnswerTooSlow(host=target.host)
    return found[0]


def _checked_headers(method: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the caller's headers. Raises ValueError: these come from our code, so it is a mistake there."""
    if not _TOKEN.fullmatch(method) or method.upper() in ("CONNECT", "TRACE"):
        raise ValueError("this method is not for fetching")
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or name.lower() in _OWN_HEADERS:
            raise ValueError(f"the header {name!r} is set by fetch itself, or is no header")
        if re.search(r"[\r\n\0]", value):
            raise ValueError(f"the header {name!r} holds a line end")
    return dict(headers)


def _joined(base: str, location: str) -> str:
    """Return where a redirect leads. Servers write raw UTF-8 and blanks into Location, as browsers allow."""
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return urljoin(base, location.strip().replace(" ", "%20"))
    except ValueError as error:
        raise AddressRefused("fetch.malformed") from error
