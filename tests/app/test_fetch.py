"""No typed address reaches our own network, and no server outside can hold, flood or fool us."""

import contextlib
import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import DomainError
from app.fetch import (
    AddressRefused,
    AnswerTooLarge,
    AnswerTooSlow,
    FetchError,
    NameUnknown,
    Policy,
    RedirectRefused,
    TooManyRedirects,
    fetch,
    is_public,
    parse,
)

PUBLIC = "93.184.216.34"
Answer = Callable[[bytes, socket.socket], None]


class Server:
    """A real server on loopback that reads one request per connection and lets the test write the answer."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.closing = threading.Event()
        self._answer, self._tls = answer, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.at = f"127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(sock,)))
                self._threads[-1].start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, contextlib.suppress(OSError):
            sock.settimeout(10)
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                more = sock.recv(65536)
                if not more:
                    return
                request += more
            head, _, body = request.partition(b"\r\n\r\n")
            wanted = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
            )
            while len(body) < wanted:
                body += sock.recv(65536)
            self.requests.append(head + b"\r\n\r\n" + body)
            self._answer(head.split(b" ")[1], sock)
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(65536):
                    pass
            sock.close()

    def close(self) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(answer: Answer, tls: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(answer, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def says(body: bytes, *headers: str, status: str = "200 OK") -> Answer:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])
    return lambda path, sock: sock.sendall(head.encode() + b"\r\n\r\n" + body)


def redirects(location: str, status: str = "302 Found") -> Answer:
    return says(b"", f"Location: {location}", status=status)


def allowing(*servers: Server | str, **kwargs: object) -> Policy:
    allow = frozenset(server if isinstance(server, str) else server.at for server in servers)
    return Policy(allow=allow, **{"total_s": 5.0, **kwargs})  # type: ignore[arg-type]


def test_it_fetches_from_an_allowed_address(serve: Callable[..., Server]) -> None:
    server = serve(says("Alcaldía".encode(), "Content-Type: text/html"))

    answer = fetch(f"http://{server.at}/página?año=2026#x", policy=allowing(server))

    assert (answer.status, answer.body.decode(), answer.headers["content-type"]) == (200, "Alcaldía", "text/html")
    assert answer.url == f"http://{server.at}/p%C3%A1gina?a%C3%B1o=2026"


def test_a_body_is_posted_with_the_callers_headers(serve: Callable[..., Server]) -> None:
    server = serve(says(b"", status="204 No Content"))

    fetch(f"http://{server.at}/", method="POST", headers={"X-Signature": "1"}, body=b"hola", policy=allowing(server))

    assert server.requests[0].startswith(b"POST / HTTP/1.1\r\nHost: " + server.at.encode())
    assert b"X-Signature: 1\r\n" in server.requests[0]
    assert server.requests[0].endswith(b"\r\n\r\nhola")


def test_an_error_status_is_an_answer(serve: Callable[..., Server]) -> None:
    server = serve(says(b"no", status="404 Not Found"))

    assert fetch(f"http://{server.at}/", policy=allowing(server)).status == 404


# --- addresses ------------------------------------------------------------------------------------------------------


NOT_PUBLIC = """
127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.1.2.3 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254
100.64.0.1 100.100.100.200 192.0.0.9 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.255 168.63.129.16 ::1 :: ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1
64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 2002:7f00:1:: 2002:808:808::1 2001:0:7f00:1:: 2001:20::1
2001:db8::1 3fff::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 100::1 5f00::1
2606:4700::1111%eth0 nonsense
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_an_address_that_is_not_of_the_open_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "186.28.255.236", "2606:4700:4700::1111", "2800:3f0:4005:400::200e"]
)
def test_an_ordinary_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://[::ffff:7f00:1]/",
        "http://[::1]/",
        "http://[::]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1%25eth0]/",
        "http://[::1]evil/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0/",
        "http://256.1.1.1/",
        "http://1.2.3/",
    ],
)
def test_no_spelling_of_a_private_address_is_visited(url: str) -> None:
    def never(*args: object) -> socket.socket:
        raise AssertionError("dialled")

    with pytest.raises(AddressRefused):
        fetch(url, policy=Policy(dialler=never, resolver=lambda host, port: ["127.0.0.1"]))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tenjo.gov.co",
        "ftp://tenjo.gov.co/",
        "file:///etc/passwd",
        "gopher://tenjo.gov.co/",
        "javascript:alert(1)",
        "http://",
        "http:///x",
        "http://user@tenjo.gov.co/",
        "http://user:pw@tenjo.gov.co/",
        "http://tenjo.gov.co@127.0.0.1/",
        "http://tenjo.gov.co\\@127.0.0.1/",
        "http://tenjo.gov.co:22/",
        "http://tenjo.gov.co:0/",
        "http://tenjo.gov.co:99999/",
        "http://tenjo.gov.co:8080/",
        "http://tenjo.gov.co:80x/",
        "http://ten jo.gov.co/",
        "http://tenjo.gov.co/a b",
        "http://tenjo.gov.co/\r\nHost: x",
        "http://tenjo..gov.co/",
        "http://-a.gov.co/",
        "http://a%2egov.co/",
        "http://127%2e0.0.1/",
        "http://[::1/",
        "http://" + "a" * 3000 + ".co/",
        "http://\ud800.co/",
    ],
)
def test_a_url_that_two_readers_could_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        parse(url)


def test_a_name_in_spanish_letters_becomes_ascii() -> None:
    assert parse("HTTPS://Alcaldía.GOV.co./inicio").url == "https://xn--alcalda-dza.gov.co/inicio"


@given(st.text(max_size=60) | st.text(alphabet="htps:/@[]%.\\?#0127x ab", max_size=30).map("http://".__add__))
@example("http://[v1.a]/")
@example("http://℀.co/")
@example("http://a\u3002b/")
def test_parsing_raises_nothing_but_a_refusal_and_settles_in_one_step(url: str) -> None:
    try:
        target = parse(url)
    except AddressRefused:
        return

    assert target.host.isascii() and "@" not in target.authority
    assert parse(target.url) == target


@given(st.ip_addresses())
def test_the_list_of_public_addresses_is_never_wider_than_the_librarys(address: ipaddress.IPv4Address) -> None:
    assert address.is_global or not is_public(str(address))


# --- resolving ------------------------------------------------------------------------------------------------------


def test_one_private_answer_refuses_the_whole_name() -> None:
    policy = Policy(resolver=lambda host, port: [PUBLIC, "10.0.0.1"])

    with pytest.raises(AddressRefused) as caught:
        fetch("http://tenjo.gov.co/", policy=policy)

    assert "10.0.0.1" not in f"{caught.value} {caught.value.params}"


def test_a_name_without_an_address_is_unknown() -> None:
    with pytest.raises(NameUnknown):
        fetch("http://nadie.gov.co/", policy=Policy(resolver=lambda host, port: []))


def test_a_name_that_changes_its_mind_is_dialled_at_the_checked_address(serve: Callable[..., Server]) -> None:
    server = serve(says(b"hola"))
    answers = [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]
    dialled: list[tuple[str, int]] = []

    def dialler(address: str, port: int, timeout_s: float) -> socket.socket:
        dialled.append((address, port))
        return socket.create_connection(("127.0.0.1", server.port), timeout_s)

    fetch("http://rebind.example.co/", policy=Policy(resolver=lambda host, port: answers.pop(0), dialler=dialler))

    assert dialled == [(PUBLIC, 80)]
    assert len(answers) == 2
    assert b"Host: rebind.example.co\r\n" in server.requests[0]


def test_the_next_address_is_tried_when_the_first_is_dead(serve: Callable[..., Server]) -> None:
    server = serve(says(b"hola"))
    dead = socket.create_server(("127.0.0.2", 0))
    dead.close()
    policy = allowing(f"dos.example.co:{server.port}", resolver=lambda host, port: ["127.0.0.2", "127.0.0.1"])

    assert fetch(f"http://dos.example.co:{server.port}/", policy=policy).body == b"hola"


def test_a_resolver_that_hangs_is_left_behind(serve: Callable[..., Server]) -> None:
    free = threading.Event()

    def hangs(host: str, port: int) -> list[str]:
        free.wait(10)
        return []

    with pytest.raises(AnswerTooSlow):
        fetch("http://lento.example.co/", policy=Policy(resolver=hangs, total_s=0.1))
    free.set()


def test_a_closed_port_is_a_failure_with_a_type() -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    at = f"127.0.0.1:{closed.getsockname()[1]}"
    closed.close()

    with pytest.raises(FetchError) as caught:
        fetch(f"http://{at}/", policy=allowing(at))

    assert caught.value.code == "fetch-failed"


# --- redirects ------------------------------------------------------------------------------------------------------


def test_a_redirect_is_followed_to_the_last_page(serve: Callable[..., Server]) -> None:
    last = serve(says(b"fin"))
    first = serve(redirects(f"http://{last.at}/página nueva"))

    answer = fetch(f"http://{first.at}/", policy=allowing(first, last))

    assert (answer.body, answer.url) == (b"fin", f"http://{last.at}/p%C3%A1gina%20nueva")


@pytest.mark.parametrize(
    "place", ["http://169.254.169.254/", "http://[::1]/", "//10.0.0.1/", "file:///etc/passwd", "http://interno/"]
)
def test_a_redirect_inwards_is_refused(serve: Callable[..., Server], place: str) -> None:
    server = serve(redirects(place))

    with pytest.raises(AddressRefused):
        fetch(f"http://{server.at}/", policy=allowing(server, resolver=lambda host, port: ["192.168.1.1"]))


def test_a_redirect_to_another_port_of_an_allowed_host_is_refused(serve: Callable[..., Server]) -> None:
    inner = serve(says(b"secreto"))
    outer = serve(redirects(f"http://{inner.at}/"))

    with pytest.raises(AddressRefused):
        fetch(f"http://{outer.at}/", policy=allowing(outer))
    assert inner.requests == []


def test_a_redirect_loop_ends_after_five_hops(serve: Callable[..., Server]) -> None:
    server = serve(redirects("/otra"))

    with pytest.raises(TooManyRedirects):
        fetch(f"http://{server.at}/", policy=allowing(server))
    assert len(server.requests) == 6


def test_a_private_header_stays_with_the_first_origin(serve: Callable[..., Server]) -> None:
    last = serve(says(b""))
    first = serve(redirects(f"http://{last.at}/"))

    fetch(
        f"http://{first.at}/",
        headers={"Authorization": "Bearer x", "Accept": "text/html"},
        policy=allowing(first, last),
    )

    assert b"Bearer" in first.requests[0]
    assert b"Bearer" not in last.requests[0]
    assert b"Accept: text/html" in last.requests[0]


def test_a_body_is_not_carried_to_another_origin(serve: Callable[..., Server]) -> None:
    last = serve(says(b""))
    first = serve(redirects(f"http://{last.at}/", status="307 Temporary Redirect"))

    with pytest.raises(RedirectRefused):
        fetch(f"http://{first.at}/", method="POST", body=b"datos", policy=allowing(first, last))
    assert last.requests == []


def test_a_post_that_is_sent_elsewhere_becomes_a_get(serve: Callable[..., Server]) -> None:
    server = serve(lambda path, sock: (redirects("/b", "303 See Other") if path == b"/a" else says(b"ok"))(path, sock))

    fetch(f"http://{server.at}/a", method="POST", body=b"x", headers={"Content-Type": "a/b"}, policy=allowing(server))

    assert server.requests[1].startswith(b"GET /b ")
    assert b"Content-" not in server.requests[1]


# --- size, time, protocol -------------------------------------------------------------------------------------------


def test_a_body_over_the_cap_is_cut(serve: Callable[..., Server]) -> None:
    server = serve(says(b"x" * 100_001))

    with pytest.raises(AnswerTooLarge):
        fetch(f"http://{server.at}/", policy=allowing(server, max_bytes=100_000))
    assert len(fetch(f"http://{server.at}/", policy=allowing(server, max_bytes=100_001)).body) == 100_001


def test_endless_bytes_are_cut_wherever_they_come(serve: Callable[..., Server]) -> None:
    def flood(start: bytes, more: bytes) -> Answer:
        def answer(path: bytes, sock: socket.socket) -> None:
            sock.sendall(start)
            while not server.closing.is_set():
                sock.sendall(more)

        return answer

    chunk = b"1000\r\n" + b"y" * 0x1000 + b"\r\n"
    for start, more in (
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"y" * 1000 + b"\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    ):
        server = serve(flood(start, more))
        with pytest.raises(FetchError):
            fetch(f"http://{server.at}/", policy=allowing(server, max_bytes=200_000))


def test_compressed_pages_are_read(serve: Callable[..., Server]) -> None:
    server = serve(says(gzip.compress(b"hola " * 1000), "Content-Encoding: gzip"))

    assert fetch(f"http://{server.at}/", policy=allowing(server)).body == b"hola " * 1000


def test_a_gzip_bomb_is_cut_before_it_grows(serve: Callable[..., Server]) -> None:
    server = serve(says(gzip.compress(b"\0" * 50_000_000), "Content-Encoding: gzip"))

    with pytest.raises(AnswerTooLarge):
        fetch(f"http://{server.at}/", policy=allowing(server, max_decoded_bytes=1_000_000))


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate", "x"])
def test_an_encoding_we_did_not_ask_for_is_refused(serve: Callable[..., Server], encoding: str) -> None:
    server = serve(says(b"zz", f"Content-Encoding: {encoding}"))

    with pytest.raises(FetchError):
        fetch(f"http://{server.at}/", policy=allowing(server))


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_slow_drip_ends_when_the_whole_time_is_over(serve: Callable[..., Server], start: bytes) -> None:
    def drip(path: bytes, sock: socket.socket) -> None:
        sock.sendall(start)
        while not server.closing.wait(0.05):
            sock.sendall(b"x")

    server = serve(drip)

    with pytest.raises(AnswerTooSlow):
        fetch(f"http://{server.at}/", policy=allowing(server, total_s=0.4))


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
def test_an_answer_that_is_not_http_is_a_failure_with_a_type(serve: Callable[..., Server], answer: bytes) -> None:
    server = serve(lambda path, sock: sock.sendall(answer))

    with pytest.raises(FetchError):
        fetch(f"http://{server.at}/", policy=allowing(server))


@pytest.mark.parametrize("headers", [{"Host": "x"}, {"X": "a\r\nB: c"}, {"A b": "c"}, {"Transfer-Encoding": "chunked"}])
def test_our_own_code_cannot_smuggle_a_header(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        fetch("http://tenjo.gov.co/", headers=headers)


# --- TLS ------------------------------------------------------------------------------------------------------------


def certificate_for(name: str, folder: Path) -> Path:
    """Return a PEM file with a key and a self-signed certificate for the name."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    cert = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + cert.public_bytes(serialization.Encoding.PEM)
    )
    return pem


def test_tls_names_the_typed_host_and_checks_its_certificate(serve: Callable[..., Server], tmp_path: Path) -> None:
    pem = certificate_for("tenjo.example.co", tmp_path)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pem)
    names: list[str | None] = []
    server_side.set_servername_callback(lambda sock, name, context: names.append(name))
    server = serve(says(b"seguro"), server_side)
    keys = [f"{host}:{server.port}" for host in ("tenjo.example.co", "otro.example.co")]
    policy = allowing(
        *keys, resolver=lambda host, port: ["127.0.0.1"], tls=lambda: ssl.create_default_context(cafile=str(pem))
    )

    assert fetch(f"https://{keys[0]}/", policy=policy).body == b"seguro"
    with pytest.raises(FetchError):
        fetch(f"https://{keys[1]}/", policy=policy)
    assert names == ["tenjo.example.co", "otro.example.co"]


def test_a_certificate_nobody_vouches_for_is_refused(serve: Callable[..., Server], tmp_path: Path) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate_for("tenjo.example.co", tmp_path))
    server = serve(says(b"seguro"), server_side)
    key = f"tenjo.example.co:{server.port}"

    with pytest.raises(FetchError):
        fetch(f"https://{key}/", policy=allowing(key, resolver=lambda host, port: ["127.0.0.1"]))
    assert server.requests == []


def test_every_failure_is_of_the_one_family() -> None:
    assert all(issubclass(kind, DomainError) for kind in (FetchError, AddressRefused, AnswerTooLarge, NameUnknown))
