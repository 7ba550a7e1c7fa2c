"""The browser's half, in a real Chromium against the real server, over a network that misbehaves."""

from __future__ import annotations

import http.server
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.realtime.proxy import Proxy

pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]

START = """async ([port, options]) => {
    const { connect } = await import('/static/kit/socket.js');
    const base = `//127.0.0.1:${port}/rooms/${options.room}`;
    window.got = []; window.states = []; window.renewals = [];
    const stopper = new AbortController();
    window.stop = () => stopper.abort();
    window.line = connect({
        url: `ws:${base}/socket`, poll: `http:${base}/poll`, post: `http:${base}/messages`,
        token: (renew) => { renewals.push(renew); return options.token ?? 'token-ana'; },
        since: options.since ?? 0,
        on: (message) => got.push(message), state: (name, code) => states.push(code ? `${name} ${code}` : name),
        signal: stopper.signal,
    });
}"""
SAY = "([who, from, to]) => { for (let n = from; n < to; n++) line.send({kind: 'say', id: who + n, body: 'hola'}); }"
SAID = "got.filter((message) => message.kind === 'said')"


class _Host(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Tenjo</title>")
        else:
            super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """The municipality's own site, another origin than the server's."""
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: _Host(*args, directory=str(ROOT)))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{site.server_address[1]}"
    site.shutdown()
    site.server_close()


@pytest.fixture()
def tab(browser: Any, host: str) -> Iterator[Callable[..., Any]]:
    """Open tabs of the host page that talk through a port."""
    pages: list[Any] = []

    def open_tab(port: int, **options: Any) -> Any:
        page = browser.new_context().new_page()
        pages.append(page)
        page.goto(host)
        page.evaluate(START, [port, {"room": "plaza", **options}])
        return page

    yield open_tab
    for page in pages:
        page.context.close()


@pytest.fixture()
def place(serve: Callable[..., Any], host: str) -> Iterator[tuple[Any, Proxy]]:
    """A server that lets the host page in, and the network before it."""
    server = serve(origin=host, limits={"messages": 100_000})
    proxy = Proxy(server.port)
    yield server, proxy
    proxy.close()


def wait(page: Any, what: str) -> None:
    """Wait until an expression is true in the page."""
    page.wait_for_function(what, timeout=60_000, polling=50)


@pytest.mark.drill
def test_nothing_is_lost_doubled_or_reordered_however_the_server_dies(
    place: tuple[Any, Proxy], tab: Callable[..., Any]
) -> None:
    server, proxy = place
    ana, luis = tab(proxy.port), tab(proxy.port)
    wait(ana, "states.includes('open')")

    for life in range(3):
        for page, who in ((ana, "a"), (luis, "l")):
            page.evaluate(SAY, [who, 20 * life, 20 * life + 20])
        wait(ana, f"{SAID}.length > {40 * life + 3}")
        proxy.cut()
        wait(luis, f"{SAID}.length > {40 * life + 6}")
        server.kill()
        server.start()
    wait(ana, f"{SAID}.length >= 120")
    wait(luis, f"{SAID}.length >= 120")
    wait(luis, "got.filter((message) => message.kind === 'ack').length >= 60")

    for page in (ana, luis):
        rows = page.evaluate(SAID)
        assert [row["seq"] for row in rows] == list(range(1, 121))
        for who in "al":
            assert [row["id"] for row in rows if row["id"].startswith(who)] == [f"{who}{n}" for n in range(60)]


@pytest.mark.drill
def test_it_comes_back_after_a_restart_and_has_missed_nothing(
    place: tuple[Any, Proxy], tab: Callable[..., Any]
) -> None:
    server, proxy = place
    page = tab(proxy.port)
    wait(page, "states.includes('open')")

    server.signal(signal.SIGTERM)
    server.process.wait(20)
    server.start()
    server.get("/rooms/plaza/messages", data=b'{"id": "m1", "body": "hola"}')
    wait(page, f"{SAID}.length")
    wait(page, "states.filter((name) => name === 'open').length === 2")

    assert [row["seq"] for row in page.evaluate(SAID)] == [1]


def test_it_goes_on_by_polling_where_sockets_are_blocked(place: tuple[Any, Proxy], tab: Callable[..., Any]) -> None:
    server, proxy = place
    proxy.blocks_upgrades = True
    # Answers and acknowledgements overtake each other.
    proxy.delay_s = 0.2
    page, other = tab(proxy.port), tab(server.port)
    page.evaluate(SAY, ["p", 0, 5])
    other.evaluate(SAY, ["o", 0, 5])

    wait(page, f"{SAID}.length >= 10")
    wait(other, f"{SAID}.length >= 10")

    assert "polling" in page.evaluate("states")
    assert proxy.upgrades == 2
    assert page.evaluate(SAID) == other.evaluate(SAID)
    assert [row["seq"] for row in page.evaluate(SAID)] == list(range(1, 11))


def test_it_resumes_from_what_the_page_has(place: tuple[Any, Proxy], tab: Callable[..., Any]) -> None:
    server, proxy = place
    for number in (1, 2, 3):
        server.get("/rooms/plaza/messages", data=b'{"id": "m%d", "body": "hola"}' % number)

    page = tab(proxy.port, since=2)
    wait(page, "states.includes('open')")

    assert [row["seq"] for row in page.evaluate(SAID)] == [3]


def test_a_bad_token_is_renewed_once_and_then_it_stays_away(place: tuple[Any, Proxy], tab: Callable[..., Any]) -> None:
    server, proxy = place

    page = tab(proxy.port, token="stolen")
    wait(page, "states.includes('refused 4401')")

    assert page.evaluate("renewals") == [False, True]


def test_a_refused_message_is_told_and_the_next_one_goes(place: tuple[Any, Proxy], tab: Callable[..., Any]) -> None:
    server, proxy = place
    page = tab(proxy.port)

    page.evaluate("line.send({kind: 'say', id: 'bad', body: 7})")
    page.evaluate(SAY, ["m", 0, 1])
    wait(page, f"{SAID}.length === 1")

    assert page.evaluate("got.find((message) => message.kind === 'error')") == {
        "kind": "error",
        "code": "no-body",
        "ref": "bad",
    }


def test_who_types_too_fast_keeps_order_and_loses_nothing(
    serve: Callable[..., Any], host: str, tab: Callable[..., Any]
) -> None:
    server = serve(origin=host, limits={"messages": 5, "per_s": 1})
    page = tab(server.port)

    page.evaluate(SAY, ["m", 0, 12])
    wait(page, f"{SAID}.length === 12")

    assert [row["id"] for row in page.evaluate(SAID)] == [f"m{n}" for n in range(12)]


def test_it_ends_with_the_signal_of_its_element(place: tuple[Any, Proxy], tab: Callable[..., Any]) -> None:
    server, proxy = place
    page = tab(proxy.port)
    wait(page, "states.includes('open')")

    page.evaluate("stop()")
    while server.get("/health")["inside"]:
        continue
    page.evaluate("dispatchEvent(new Event('online'))")

    assert page.evaluate("states") == ["connecting", "open", "closed"]


def test_the_network_coming_back_reconnects_at_once(place: tuple[Any, Proxy], tab: Callable[..., Any]) -> None:
    server, proxy = place
    page = tab(proxy.port)
    wait(page, "states.includes('open')")

    proxy.refuses = True
    page.context.set_offline(True)
    proxy.cut()
    wait(page, "states.includes('offline')")
    server.get("/rooms/plaza/messages", data=b'{"id": "m1", "body": "hola"}')
    proxy.refuses = False
    page.context.set_offline(False)
    wait(page, f"{SAID}.length === 1")

    assert page.evaluate("states.at(-1)") == "open"


def test_a_socket_of_the_network_before_is_given_up(place: tuple[Any, Proxy], tab: Callable[..., Any]) -> None:
    server, proxy = place
    page = tab(proxy.port)
    wait(page, "states.includes('open')")

    page.evaluate("dispatchEvent(new Event('online'))")
    wait(page, "states.filter((name) => name === 'open').length === 2")

    assert proxy.upgrades == 2


def test_what_comes_twice_is_told_once(browser: Any, host: str) -> None:
    page = browser.new_page()
    page.goto(host)
    page.evaluate("""() => {
        window.WebSocket = class {
            constructor() { setTimeout(() => this.onopen()); }
            close() {}
            send() {
                for (const m of [{kind: 'said', seq: 1}, {kind: 'said', seq: 1}, {kind: 'joined', seq: 1}]) {
                    this.onmessage({data: JSON.stringify(m)});
                }
            }
        };
    }""")

    page.evaluate(START, [1, {"room": "plaza"}])
    wait(page, "states.includes('open')")

    assert page.evaluate(SAID) == [{"kind": "said", "seq": 1}]
    page.close()
