"""A municipality's page in a real browser, with the real server behind it: what the widgets' own tests stand on."""

from __future__ import annotations

import atexit
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response
from werkzeug.serving import BaseWSGIServer, make_server

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an app on a free port while the block runs, and yield its address."""
    server: BaseWSGIServer = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Guest:
    """One page of the host, and all that it complained about."""

    page: Any
    host_url: str
    server_url: str
    body: dict[str, str]
    complaints: list[str] = field(default_factory=list)

    def show(self, body: str, lang: str = "es") -> Any:
        """Open the host's page with this body and the snippet in its head."""
        script = f'<script async src="{self.server_url}/loader.js" data-site="tenjo"></script>'
        icon = '<link rel="icon" href="data:,">'
        head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Alcaldía</title>{icon}'
        self.body["html"] = (
            f'<!doctype html><html lang="{lang}"><head>{head}{script}</head><body><main>{body}</main></body></html>'
        )
        self.page.goto(f"{self.host_url}/")
        return self.page

    def faults(self) -> list[str]:
        """Return what axe-core finds wrong, open shadow roots included."""
        return faults_of(self.page)


def faults_of(page: Any) -> list[str]:
    """Return what axe-core finds wrong on a page, open shadow roots included."""
    # Evaluated by the protocol: the page's own policy does not stand in the way. What is right is not listed.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}" for one in found for node in one["nodes"]
    ]


@contextmanager
def guest_of(app: Flask, browser: Any) -> Iterator[Guest]:
    """Yield a guest of Tenjo's site in this browser; the host's origin becomes one of the site's."""
    from app.sites.service import find_site, set_origins

    host, body = Flask("host"), {"html": ""}
    host.add_url_rule("/", "page", lambda: Response(body["html"], content_type="text/html; charset=utf-8"))
    with served(host) as host_url, served(app) as server_url:
        site = find_site("tenjo")
        assert site is not None
        set_origins(site.id, [*site.origins, host_url], "system")
        context = browser.new_context(locale="es-CO", timezone_id="America/Bogota")
        page = context.new_page()
        page.set_default_timeout(8000)
        guest = Guest(page, host_url, server_url.replace("127.0.0.1", "localhost"), body)
        page.on(
            "console", lambda said: guest.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: guest.complaints.append(str(error)))
        yield guest
        context.close()


@contextmanager
def chromium() -> Iterator[Any]:
    """Yield the Chromium of this process; without one, skip loudly, or fail where CI=true.

    One for all tests: a second Playwright beside a running one refuses to start.
    """
    import pytest

    try:
        found = the_chromium()
    except Exception as error:  # noqa: BLE001
        if os.environ.get("CI"):
            pytest.fail(f"NO BROWSER: {error}")
        pytest.skip(f"NO BROWSER: the browser tests did not run ({error})")
    yield found


# What a desktop's window brings and no page needs: three pop-ups of the address bar, each a page of its own and made
# anew with every context, cost 0.8 s of processor time, more than most tests. Playwright's own list stands before them,
# since of two lists the last one counts.
WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "TcpPortRandomizationWin,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup"
)


@cache
def the_chromium() -> Any:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    playwright = sync_playwright().start()
    browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", f"--disable-features={WITHOUT}"])
    atexit.register(playwright.stop)
    return browser
