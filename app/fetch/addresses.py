"""Which addresses may be visited: a typed URL taken apart strictly, and the reading of a resolver's answers."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import idna

from app.fetch.errors import AddressRefused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# What ipaddress calls global and is not: relays and translators into other networks (6to4 anycast, IETF
# protocol assignments, NAT64 and its local-use form), and a public address that is a cloud's own service.
_NOT_PUBLIC_V4 = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
# Only 2000::/3 is given out (RFC 4291, IANA registry); inside it Teredo, ORCHID, 6to4 and documentation are not hosts.
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))

_FORBIDDEN_IN_URL = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BRACKETED = re.compile(r"\[([0-9a-fA-F:.]+)\](:[0-9]*)?")


@dataclass(frozen=True)
class Target:
    """A checked URL: what to dial, and what to say once connected."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def literal(self) -> IPAddress | None:
        """Return the address when the host is one, without asking anybody."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    @property
    def authority(self) -> str:
        """Return host and port as the Host header and the URL want them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _default_port(self.scheme) else f"{host}:{self.port}"

    @property
    def allow_key(self) -> str:
        """Return host:port as an allow list writes it, the port always named."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse(url: str, allow: frozenset[str] | set[str] = frozenset()) -> Target:
    """Return the checked parts of a typed URL, before any name is looked up. Raises AddressRefused.

    Stricter than a browser on purpose: what two parsers could read in two ways is refused.
    """
    if len(url) > 2048 or _FORBIDDEN_IN_URL.search(url):
        raise AddressRefused("fetch.malformed")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("fetch.malformed") from error
    if parts.scheme not in ("http", "https"):
        raise AddressRefused("fetch.scheme", scheme=parts.scheme)
    if "@" in parts.netloc:
        raise AddressRefused("fetch.userinfo")
    path = quote(parts.path or "/", safe="%/:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="%/:@!$&'()*+,;=~-._?") if parts.query else ""
    port = _default_port(parts.scheme) if port is None else port
    target = Target(parts.scheme, _checked_host(parts.netloc, parts.hostname or ""), port, path + query)
    if target.port not in (80, 443) and target.allow_key not in allow:
        raise AddressRefused("fetch.port", port=target.port)
    return target


def is_public(address: str) -> bool:
    """Return whether this is the address of a host of the open internet, in the narrowest reading."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC_V4)
    return ip.scope_id is None and ip in _PUBLIC_V6 and not any(ip in network for network in _NOT_PUBLIC_V6)


def resolve(host: str, port: int) -> list[str]:
    """Return every address of the name, in the order the system prefers. Raises OSError."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def dial(address: str, port: int, timeout_s: float) -> socket.socket:
    """Return a connected socket to a numeric address: no name is looked up here. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout_s)
        sock.connect((address, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        sock.close()
        raise
    return sock


def _checked_host(netloc: str, hostname: str) -> str:
    """Return the host in lower-case ASCII, or a canonical address. Raises AddressRefused."""
    if "[" in netloc:
        bracketed = _BRACKETED.fullmatch(netloc)
        try:
            return str(ipaddress.IPv6Address(bracketed[1] if bracketed else ""))
        except ValueError as error:
            raise AddressRefused("fetch.malformed") from error
    try:
        host = hostname if hostname.isascii() else idna.encode(hostname, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressRefused("fetch.malformed") from error
    labels = host.lower().removesuffix(".").split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("fetch.malformed")
    # 2130706433, 0x7f.1, 0177.0.0.1 and 127.1 are loopback to some resolvers: only four plain decimals pass.
    # Source: WHATWG URL, "ends in a number".
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(".".join(labels)))
        except ValueError as error:
            raise AddressRefused("fetch.malformed") from error
    return ".".join(labels)


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
