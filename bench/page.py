"""Measure what our widgets cost a host page: the same page in Chromium, with and without the snippet, in turn.

    python bench/page.py [--json] [--pairs 15]

The page has every widget of `widgets.ALL` on it and nothing is touched. Printed: layout shift, long tasks (over 50 ms)
and the blocking time they sum to, largest contentful paint, requests and bytes, requests to anyone else, cookies and
entries of storage. Times are medians of pairs run in turn on one machine, so that its moods weigh on both alike. The
targets: a shift of 0, no long task of ours, paint and blocking within 3 %, nothing kept, nothing asked of others.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response
from werkzeug.serving import WSGIRequestHandler, make_server

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# A page of a municipality: a heading, a picture of its own, news, and the widgets where a webmaster puts them.
WORDS = "La alcaldía informa a la ciudadanía sobre sus trámites, servicios y espacios de participación. " * 6
WATCH = """() => {
    window.seen = {shift: 0, paint: 0, tasks: []};
    const watch = (type, act) => new PerformanceObserver((list) => list.getEntries().forEach(act)).observe({type, buffered: true});
    watch('layout-shift', (entry) => { window.seen.shift += entry.value; });
    watch('largest-contentful-paint', (entry) => { window.seen.paint = entry.startTime; });
    watch('longtask', (entry) => window.seen.tasks.push(entry.duration));
}"""  # noqa: E501
SETTLE_MS = 1200


@dataclass(frozen=True)
class Visit:
    """What one load of the page came to."""

    shift: float
    paint_ms: float
    long_tasks: int
    blocking_ms: float
    requests: int
    bytes: int
    others: int
    cookies: int
    kept: int


def snippets(server: str, names: list[str]) -> tuple[str, str]:
    """Return what stands in the head, and the tags that stand between the paragraphs."""
    head = f'<script async src="{server}/loader.js" data-site="tenjo"></script>'
    tags = "".join(
        f'<section><h2>{name}</h2><ventanilla-{name}><a href="{server}/tenjo/{name}">{name}</a></ventanilla-{name}>'
        f"<p>{WORDS}</p></section>"
        for name in names
    )
    return head, tags


def host_page(server: str, names: list[str], with_us: bool) -> str:
    """Return the page; without us each tag's own link stands in its place, as in a browser that runs no script."""
    head, tags = snippets(server, names)
    return (
        '<!doctype html><html lang="es"><head><meta charset="utf-8"><link rel="icon" href="data:,">'
        f'<meta name="viewport" content="width=device-width"><title>Alcaldía</title>{head if with_us else ""}'
        "<style>body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: auto }</style></head>"
        f"<body><main><h1>Alcaldía de Tenjo</h1><p>{WORDS}</p>{tags}<p>{WORDS}</p></main></body></html>"
    )


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print the figures and nothing else."""


@contextmanager
def serving(app: Any) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.port
    server.shutdown()
    thread.join()
    server.server_close()


def visit(browser: Any, url: str, own_hosts: set[str]) -> Visit:
    """Load the page in a new profile, let it settle, and return what was seen."""
    context = browser.new_context(locale="es-CO", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    asked: list[str] = []
    weighed: list[int] = []
    page.on("request", lambda request: asked.append(request.url))
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: weighed.append(int(event["encodedDataLength"])))
    page.add_init_script(f"({WATCH})()")
    page.goto(url, wait_until="networkidle")
    page.wait_for_timeout(SETTLE_MS)
    seen = page.evaluate("() => window.seen")
    kept = page.evaluate("() => localStorage.length + sessionStorage.length + document.cookie.length")
    dbs = page.evaluate("async () => (await indexedDB.databases()).length + (await caches.keys()).length")
    cookies = len(context.cookies())
    context.close()
    hosts = [urlsplit(address).netloc for address in asked if not address.startswith("data:")]
    return Visit(
        shift=round(seen["shift"], 5),
        paint_ms=round(seen["paint"], 1),
        long_tasks=len(seen["tasks"]),
        blocking_ms=round(sum(task - 50 for task in seen["tasks"]), 1),
        requests=len(hosts),
        bytes=sum(weighed),
        others=sum(host not in own_hosts for host in hosts),
        cookies=cookies,
        kept=kept + dbs,
    )


@contextmanager
def places(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Serve the counter, built, and a town's page with and without us; yield the three addresses."""
    from app import create_app, migrate
    from app.config import Settings
    from app.db import db
    from app.embed.assets import Assets
    from app.sites.service import create_site, set_origins
    from widgets import ALL

    names = [widget.name for widget in ALL if widget.element]
    Assets(ROOT, [ROOT / "widgets" / name for name in names]).build(folder / "dist")
    settings = Settings(
        instance=folder, secret_key="a secret of the bench, long enough", mail="none",
        database_url=f"sqlite:///{folder / 'bench.sqlite3'}",
    )  # fmt: skip
    app = create_app(settings)
    with app.app_context():
        migrate.upgrade()
        site = create_site(
            key="tenjo", name="Alcaldía de Tenjo", entity="Alcaldía de Tenjo", official_email="c@tenjo.example",
            origins=["https://www.tenjo.example"], city="Tenjo",
        )  # fmt: skip
        db.session.remove()
    with serving(app) as port:
        server = f"http://localhost:{port}"
        town = Flask("town")

        @town.get("/<kind>")
        def page(kind: str) -> Response:
            return Response(host_page(server, names, kind == "with"), content_type="text/html; charset=utf-8")

        with serving(town) as town_port:
            origin = f"http://127.0.0.1:{town_port}"
            with app.app_context():
                set_origins(site, [origin], "system")
                db.session.remove()
            yield server, f"{origin}/with", f"{origin}/without"


def measure(pairs: int) -> dict[str, list[Visit]]:
    """Return the visits of either page, made in turn."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    found: dict[str, list[Visit]] = {"without": [], "with": []}
    with (
        tempfile.TemporaryDirectory() as name,
        places(Path(name)) as (server, ours, plain),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        own = {urlsplit(server).netloc, urlsplit(ours).netloc}
        for url in (plain, ours):
            visit(browser, url, own)  # Once for the caches of server and browser.
        for turn in range(pairs):
            order = [("without", plain), ("with", ours)]
            for kind, url in order if turn % 2 else reversed(order):
                found[kind].append(visit(browser, url, own))
        browser.close()
    return found


def summed(visits: list[Visit]) -> dict[str, float]:
    """Return the median of what is timed, and the worst of what is counted."""
    rows = [asdict(one) for one in visits]
    timed = {"paint_ms", "blocking_ms"}
    return {
        name: round((statistics.median if name in timed else max)(row[name] for row in rows), 5) for name in rows[0]
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args()
    found = {kind: summed(visits) for kind, visits in measure(options.pairs).items()}
    plain, ours = found["without"], found["with"]
    found["ratio"] = {name: round(ours[name] / plain[name], 3) for name in ("paint_ms", "blocking_ms") if plain[name]}
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'':14}{'without us':>12}{'with us':>12}{'ratio':>9}")
    for name in plain:
        print(f"{name:14}{plain[name]:>12}{ours[name]:>12}{found['ratio'].get(name, ''):>9}")


if __name__ == "__main__":
    main()
