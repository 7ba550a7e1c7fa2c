"""Where the demo stands: two ports that nobody has, and what its processes are told of them."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import click

from app.words import pick_language, t

FIRST_PORT = 8000


@dataclass(frozen=True)
class Places:
    """Where things are: two ports, and the name of this machine where it is shown to others."""

    server_port: int
    website_port: int
    shown_as: str  # VENTANILLA_DEMO_HOST

    @property
    def server(self) -> str:
        return f"http://{self.shown_as or 'localhost'}:{self.server_port}"

    @property
    def website(self) -> str:
        # Another host than the server's, so that the widgets really cross from site to site.
        return f"http://{self.shown_as or '127.0.0.1'}:{self.website_port}"

    @property
    def beside(self) -> str:
        """The same website under the server's own host: there alone a frame may hold the signed-in console."""
        return f"http://{self.shown_as or 'localhost'}:{self.website_port}"

    @property
    def origins(self) -> list[str]:
        hosts = ["127.0.0.1", "localhost", *([self.shown_as] if self.shown_as else [])]
        return [f"http://{host}:{self.website_port}" for host in hosts]


def terminal_language() -> str:
    """Return the language of the terminal, where it is one that we speak; else Spanish."""
    said = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return pick_language(said)


def free_port(first: int, taken: tuple[int, ...] = ()) -> int:
    """Return the first port from `first` on at which nothing listens, on any of this machine's addresses."""
    for port in range(first, first + 200):
        if port not in taken and not _listens(port) and _can_bind(port):
            return port
    raise click.ClickException(t("demo.no_port", terminal_language(), first=first, last=first + 199))


def _listens(port: int) -> bool:
    for host in ("127.0.0.1", "::1"):
        with suppress(OSError), socket.create_connection((host, port), timeout=0.3):
            return True
    return False


def _can_bind(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def choose_places(env: Mapping[str, str]) -> Places:
    server_port = free_port(int(env.get("VENTANILLA_DEMO_PORT") or FIRST_PORT))
    return Places(server_port, free_port(server_port + 1), env.get("VENTANILLA_DEMO_HOST", ""))


def still_free(places: Places) -> Places:
    """Return the same places, or others where somebody has taken one of their ports."""
    server_port = free_port(places.server_port)
    first = places.website_port if server_port < places.website_port else server_port + 1
    return replace(places, server_port=server_port, website_port=free_port(first))


def environment(places: Places, instance: Path) -> dict[str, str]:
    listen = "0.0.0.0" if places.shown_as else "127.0.0.1"  # noqa: S104 - asked for by VENTANILLA_DEMO_HOST
    binds = [f"{listen}:{places.server_port}"]
    if not places.shown_as and has_ipv6():
        binds.append(f"[::1]:{places.server_port}")  # browsers try it first for "localhost"
    return {
        **os.environ,
        "VENTANILLA_DEMO": "1",
        "VENTANILLA_INSTANCE": str(instance),
        "VENTANILLA_BASE_URL": places.server,
        "VENTANILLA_MAIL": os.environ.get("VENTANILLA_MAIL") or f"maildir:{instance / 'mail'}",
        "VENTANILLA_BIND": " ".join(binds),
        # Only a demo visits its own machine: the search reads the website, and the snippet page looks at it.
        "VENTANILLA_CRAWL_ALLOW": os.environ.get("VENTANILLA_CRAWL_ALLOW")
        or ",".join(urlsplit(origin).netloc for origin in places.origins),
        # Away from localhost there is no TLS here, and a browser would drop the console's cookie.
        "VENTANILLA_INSECURE_COOKIES": "1" if places.shown_as else os.environ.get("VENTANILLA_INSECURE_COOKIES", ""),
        "VENTANILLA_LOG_LEVEL": os.environ.get("VENTANILLA_LOG_LEVEL", "WARNING"),
    }


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
