"""A municipality's own site on one origin, the counter on another, and a real Chromium between them."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, Page
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request

from app import create_app
from app.config import Settings
from app.db import db
from app.embed.assets import Assets
from app.sites.service import set_origins
from tests.guest import faults_of

ROOT = Path(__file__).resolve().parents[2]

Refusal = tuple[int, str, dict[str, Any]]


@dataclass
class Counter:
    """The real application as a browser meets it: all that it was asked, and how it is told to fail."""

    app: Flask
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[str, list[Refusal]] = field(default_factory=dict)

    def posts(self, path: str) -> list[dict[str, Any]]:
        return [one for one in self.asked if one["method"] == "POST" and one["path"].endswith(path)]

    def gets(self, path: str) -> list[dict[str, Any]]:
        return [one for one in self.asked if one["method"] == "GET" and one["path"].endswith(path)]

    def refuse(self, path: str, status: int, code: str, times: int = 1, **more: Any) -> None:
        """Answer the next requests to a path with this error and not with the application."""
        self.refusals.setdefault(path, []).extend([(status, code, more)] * times)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data(cache=True)
        environ["wsgi.input"] = __import__("io").BytesIO(body)
        if request.method != "OPTIONS":
            asked = {
                "method": request.method,
                "path": request.path,
                "headers": dict(request.headers),
                "bytes": len(body),
            }
            self.asked.append(asked | {"json": json.loads(body) if request.is_json and body else None})
            for path, waiting in self.refusals.items():
                if request.path.endswith(path) and waiting:
                    status, code, more = waiting.pop(0)
                    error = {"error": {"code": code, "message": "x", **more}}
                    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
                    if "retry_after_s" in more:
                        headers["Retry-After"] = str(more["retry_after_s"])
                    answer = Response(json.dumps(error), status, headers, content_type="application/json")
                    return answer(environ, start_response)
        return self.app(environ, start_response)  # type: ignore[no-any-return]


class Town:
    """The municipality's own site: any page, with any Content-Security-Policy."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        self.url = ""
        self.app = Flask("town")
        self.app.add_url_rule("/<name>", view_func=self.show)

    def show(self, name: str) -> Response:
        html, policy = self.pages.get(name, ("<!doctype html><title>x</title>", ""))
        headers = {"Content-Security-Policy": policy} if policy else {}
        return Response(html, headers=headers, content_type="text/html; charset=utf-8")

    def page(self, body: str, counter: Counter, head: str = "", policy: str = "", loader: str = "") -> str:
        """Keep a page with the snippet in its head and return its address."""
        html = (
            '<!doctype html><html lang="es"><head><meta charset="utf-8"><link rel="icon" href="data:,">'
            f'<meta name="viewport" content="width=device-width"><title>Alcaldía</title>{head}'
            f'<script async src="{counter.url}/loader.js" data-site="tenjo" {loader}></script>'
            f"</head><body><main>{body}</main></body></html>"
        )
        name = sha256(f"{html}{policy}".encode()).hexdigest()[:12]
        self.pages[name] = (html, policy)
        return f"{self.url}/{name}"


def serving(app: Any, port: int = 0) -> BaseWSGIServer:
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _widget_folders() -> list[Path]:
    from widgets import ALL

    return [ROOT / "widgets" / widget.name for widget in ALL if widget.element]


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `build` makes of these files, once for all tests."""
    out = tmp_path_factory.mktemp("release")
    Assets(ROOT, _widget_folders()).build(out)
    return out


@pytest.fixture(params=[pytest.param("entry", marks=pytest.mark.full), "dist"])
def made(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Every test runs on a release, as people get it; in make drills also on the files as they are."""
    if request.param == "dist":
        shutil.copytree(request.getfixturevalue("release"), settings.instance / "dist")
    return settings


@pytest.fixture
def app(made: Settings) -> Iterator[Flask]:
    """As everywhere, but made after the release was put in place."""
    app = create_app(made)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    town = Town()
    server = serving(town.app)
    town.url = f"http://127.0.0.1:{server.port}"
    yield town
    server.shutdown()
    server.server_close()


@pytest.fixture
def counter(app: Flask, cast: Any, town: Town) -> Iterator[Counter]:
    set_origins(cast.tenjo, [town.url], "system")
    counter = Counter(app)
    server = serving(counter)
    counter.url = f"http://localhost:{server.port}"
    yield counter
    server.shutdown()
    server.server_close()


@dataclass
class Visit:
    """A page in the browser, with all that it complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """Return what axe-core finds wrong, open shadow roots included."""
        return faults_of(self.page)

    def focused(self) -> str:
        """Return id or tag of what has the focus inside the element."""
        inside = "() => { const one = document.activeElement.shadowRoot.activeElement; return one.id || one.localName }"
        return str(self.page.evaluate(inside))


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(locale="es-CO", timezone_id="America/Bogota")
    page = context.new_page()
    page.set_default_timeout(8000)
    visit = Visit(page)
    page.on("console", lambda said: visit.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    yield visit
    context.close()
