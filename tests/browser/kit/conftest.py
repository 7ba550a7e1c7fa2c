"""A host page on one origin, a counter on another, and a real Chromium between them."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import altcha
import pytest
from flask import Flask, Response, request
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import BaseWSGIServer, make_server

from app.embed.assets import Assets
from app.embed.assets_views import assets_blueprint

ROOT = Path(__file__).resolve().parents[3]
AXE = (ROOT / "tests" / "vendor" / "axe.min.js").read_text("utf-8")
LINK = '<a href="/elsewhere">Radique su PQRSD</a>'
SECRET = "a secret of the tests"  # noqa: S105

KINDS = [
    {"key": "petition", "title": "Petición", "help": "Pedir algo.", "example": "Que tapen un hueco.", "days": 15},
    {"key": "complaint", "title": "Queja", "help": "Contar una mala atención.", "example": "Me gritaron.", "days": 15},
    {
        "key": "information",
        "title": "Solicitud de información",
        "help": "Pedir datos.",
        "example": "Copia de un acta.",
        "days": 10,
    },
]
NOTICE = {"version": 2, "text": "Sus datos se tratan según la Ley 1581 de 2012."}
LIMITS = {"file_bytes": 1_000_000, "files": 3}
TITLES = {"contact": "Escríbanos", "pqr": "PQRSD"}


@dataclass
class Counter:
    """The server's side: what it was asked, and how it is told to misbehave."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[str, list[Response | tuple[Any, int] | tuple[Any, int, dict[str, str]]]] = field(
        default_factory=dict
    )
    filed: dict[str, tuple[Any, int]] = field(default_factory=dict)
    rules: str | None = None
    enabled: bool = True

    def posts(self, path: str) -> list[dict[str, Any]]:
        return [one for one in self.asked if one["method"] == "POST" and one["path"].endswith(path)]


def fault(code: str, status: int, message: str = "", **more: Any) -> tuple[Any, int]:
    return {"error": {"code": code, "message": message, **more}}, status


def counter_app(counter: Counter, assets: Assets) -> Flask:
    """A stand-in that speaks the contract of the wire, and remembers what it was asked."""
    app = Flask("counter")
    app.register_blueprint(assets_blueprint(assets))

    @app.before_request
    def remember() -> Any:
        counter.asked.append(
            {
                "method": request.method,
                "path": request.path,
                "headers": dict(request.headers),
                "json": request.get_json(silent=True),
                "bytes": len(request.get_data()),
            }
        )
        if request.method == "OPTIONS":
            return Response(status=204)
        waiting = next(
            (answers for path, answers in counter.refusals.items() if request.path.endswith(path) and answers), None
        )
        return waiting.pop(0) if waiting and request.method != "OPTIONS" else None

    @app.after_request
    def cors(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Headers"] = (
            "*, Content-Type, X-Ventanilla-Token, X-File-Name, Idempotency-Key, X-Ventanilla-Proof"
        )
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        return response

    @app.get("/api/<site>/boot")
    def boot(site: str) -> Any:
        options = {"offices": [{"code": "100", "name": "Secretaría de Gobierno"}], "notice": NOTICE, "limits": LIMITS}
        about = {
            name: {
                "enabled": counter.enabled,
                "title": title,
                "help": "Atendemos de lunes a viernes.",
                "rules": {"version": 1, "text": counter.rules},
                "options": options if name == "contact" else {},
            }
            for name, title in TITLES.items()
            if name in request.args["w"].split(",")
        }
        return {
            "site": {"key": site, "name": "Alcaldía", "accent": "#0b6e4f", "on_accent": "#ffffff", "lang": "es"},
            "widgets": about,
        }

    @app.post("/api/<site>/token")
    def token(site: str) -> Any:
        return {"token": f"t{len(counter.posts('/token'))}", "expires_s": 3600}

    @app.post("/api/<site>/uploads")
    def uploads(site: str) -> Any:
        digest = hashlib.sha256(request.get_data()).hexdigest()
        name = request.headers["X-File-Name"]
        return {
            "receipt": f"r-{digest[:8]}",
            "name": name,
            "size_bytes": len(request.get_data()),
            "sha256": digest,
        }, 201

    @app.post("/api/<site>/contact/messages")
    def messages(site: str) -> Any:
        key = request.headers["Idempotency-Key"]
        counter.filed.setdefault(
            key,
            (
                {
                    "reference": "C-2026-000017",
                    "code": "A4BC7DEF",
                    "received_at": "2026-11-20T14:05:00Z",
                    "text": "Le respondemos en tres días.",
                },
                201,
            ),
        )
        return counter.filed[key]

    @app.post("/api/<site>/contact/thread")
    def thread(site: str) -> Any:
        photo = {"name": "foto.jpg", "size_bytes": 20480, "url_token": "x"}
        asked = {
            "author": "person",
            "name": "Ana",
            "body": "Hay un hueco.",
            "at": "2026-11-20T14:05:00Z",
            "files": [photo],
        }
        answer = {"author": "staff", "name": "Luis", "body": "Gracias.", "at": "2026-11-20T15:05:00Z", "files": []}
        about = {"reference": "C-2026-000017", "subject": "Un hueco", "office": "Gobierno", "state": "open"}
        return about | {"messages": [asked, answer]}

    @app.post("/api/<site>/contact/replies")
    def replies(site: str) -> Any:
        return {}, 201

    return app


class Host:
    """The municipality's own site: any page, with any Content-Security-Policy."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        self.url = ""
        self.app = Flask("host")
        self.app.add_url_rule("/<name>", view_func=self.show)

    def show(self, name: str) -> Response:
        html, policy = self.pages.get(name, ("<!doctype html><title>x</title>", ""))
        response = Response(html, content_type="text/html; charset=utf-8")
        if policy:
            response.headers["Content-Security-Policy"] = policy
        return response

    def page(self, body: str, counter: Counter, head: str = "", policy: str = "", loader: str = "") -> str:
        """Keep a page with the snippet in its head and return its address."""
        script = f'<script async src="{counter.url}/loader.js" data-site="tenjo" {loader}></script>'
        html = f'<!doctype html><html lang="es"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Alcaldía</title>{head}{script}</head><body><main>{body}</main></body></html>'  # noqa: E501
        name = hashlib.sha256(f"{html}{policy}".encode()).hexdigest()[:12]
        self.pages[name] = (html, policy)
        return f"{self.url}/{name}"


def _serving(app: Flask) -> BaseWSGIServer:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def widget_folders() -> list[Path]:
    return [folder for folder in sorted((ROOT / "widgets").iterdir()) if (folder / "static").is_dir()]


@pytest.fixture(scope="session", params=["entry", "dist"])
def assets(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Assets:
    """Every test runs twice: on the files as they are, and on a release."""
    out = tmp_path_factory.mktemp("dist")
    if request.param == "dist":
        Assets(ROOT, widget_folders()).build(out)
    return Assets(ROOT, widget_folders(), dist=out)


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    host = Host()
    server = _serving(host.app)
    host.url = f"http://127.0.0.1:{server.port}"
    yield host
    server.shutdown()
    server.server_close()


@pytest.fixture
def counter(assets: Assets) -> Iterator[Counter]:
    counter = Counter()
    server = _serving(counter_app(counter, assets))
    counter.url = f"http://localhost:{server.port}"
    yield counter
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Exception as error:  # noqa: BLE001
            pytest.skip(f"NO BROWSER: the browser tests did not run ({error})")
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page in the browser, with all that it complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """Return what axe-core finds wrong, open shadow roots included."""
        # Evaluated by the protocol: the page's own policy does not stand in the way.
        found = self.page.evaluate(
            f"async () => {{ {AXE}; return (await axe.run({{exclude: [['.host-only']]}})).violations }}"
        )
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0]['failureSummary'][:300]}" for one in found
        ]


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


def challenge() -> dict[str, Any]:
    """Return an easy proof of work, as the gate would ask for."""
    made = altcha.create_challenge(algorithm="PBKDF2/SHA-256", cost=100, hmac_secret=SECRET)
    return json.loads(json.dumps(made.to_dict()))
