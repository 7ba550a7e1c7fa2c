"""Everything that `make run` starts: the counter under gunicorn, and beside it the website that embeds it."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import click
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app.config import load as load_settings
from app.demo.press import HUB
from app.words import ROOT, pick_language, t

FIRST_PORT = 8000
STORE = "ventanilla.sqlite3"
# linux/prctl.h
_PR_SET_PDEATHSIG = 1


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


def serve() -> None:
    """Serve until interrupted; what was filed stays for the next time."""
    settings = load_settings()
    places = choose_places(os.environ)
    with hold(settings.instance) as tell:
        tell(places.website)
        _fill(_environment(places, settings.instance), settings.instance)
        # Loading takes a while: another program may have come to stand there.
        places = still_free(places)
        tell(places.website)
        _serve(places, _environment(places, settings.instance))


def still_free(places: Places) -> Places:
    """Return the same places, or others where somebody has taken one of their ports."""
    server_port = free_port(places.server_port)
    first = places.website_port if server_port < places.website_port else server_port + 1
    return replace(places, server_port=server_port, website_port=free_port(first))


@contextmanager
def hold(instance: Path) -> Iterator[Callable[[str], None]]:
    """Keep a folder to one running demo: a second would take the first one's origins away from its sites."""
    with (instance / "demo.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise click.ClickException(t("demo.running", terminal_language(), website=file.read())) from error

        def tell(website: str) -> None:
            file.truncate(0)
            file.write(f"{website}/")
            file.flush()

        yield tell


def _serve(places: Places, env: dict[str, str]) -> None:
    # The website is a hub too, but not before it stands: nobody hears what is told while the demo loads.
    env["VENTANILLA_WEBSUB_HUB"] = os.environ.get("VENTANILLA_WEBSUB_HUB") or f"{places.website}{HUB}"
    os.environ.update(env)
    app, known, website = _open_store(places)
    server = _start_gunicorn(env)
    try:
        _wait_until_ready(places, server)
        _follow(app, places)
        click.echo(_where_to_click(places, known))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _as_interrupt)
        server.wait()
    except KeyboardInterrupt:
        click.echo("")
    finally:
        website.shutdown()
        if server.poll() is None:
            server.terminate()
            with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                server.wait(15)
    if server.returncode not in (0, None, -signal.SIGTERM):
        raise click.ClickException(t("demo.stopped", terminal_language(), code=server.returncode))


def _as_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _environment(places: Places, instance: Path) -> dict[str, str]:
    listen = "0.0.0.0" if places.shown_as else "127.0.0.1"  # noqa: S104 - asked for by VENTANILLA_DEMO_HOST
    binds = [f"{listen}:{places.server_port}"]
    if not places.shown_as and _has_ipv6():
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


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def _fill(env: dict[str, str], instance: Path) -> None:
    """Load the demo into a new store beside, and move it into place when it is whole: an interrupt leaves nothing."""
    command = [sys.executable, "-m", "app.cli", "demo", "load"]
    if env.get("VENTANILLA_DATABASE_URL") or (instance / STORE).exists():
        subprocess.run(command, check=True, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)  # noqa: S603
        return
    click.echo(t("demo.loading", terminal_language()))
    aside = instance / "loading"
    _remove(aside)
    aside.mkdir()
    if (instance / "secret_key").exists():
        (aside / "secret_key").write_bytes((instance / "secret_key").read_bytes())
    there = {**env, "VENTANILLA_INSTANCE": str(aside), "VENTANILLA_MAIL": f"maildir:{aside / 'mail'}"}
    subprocess.run(command, check=True, cwd=ROOT, env=there, stdout=subprocess.DEVNULL)  # noqa: S603
    # The store last: it is what says that the demo stands there.
    for path in sorted(aside.iterdir(), key=lambda path: path.name.startswith(STORE)):
        target = instance / path.name
        if not target.exists():
            path.rename(target)
    _remove(aside)


def _remove(folder: Path) -> None:
    import shutil

    if folder.exists():
        shutil.rmtree(folder)


def _follow(app: Flask, places: Places) -> None:
    from app.db import db
    from app.demo.cast import MAIN
    from app.demo.follow import follow
    from app.sites.service import find_site

    with app.app_context():
        if site := find_site(MAIN):
            follow(site.id, places.website)
        db.session.remove()
        db.engine.dispose()


def _open_store(places: Places) -> tuple[Flask, list[tuple[str, str, str]], Website]:
    """Let the website's address of today call both sites, build what browsers load; return app, logins and website."""
    from app import create_app
    from app.db import db
    from app.demo import doors
    from app.demo.cast import HOURS, MAIN, is_loaded, logins
    from app.demo.follow import claim
    from app.demo.website import HOST_PAGES
    from app.sites.service import change_site, find_site, set_origins

    app, mark = create_app(), ""
    with app.app_context():
        if not is_loaded():
            raise click.ClickException(t("demo.other_store", terminal_language()))
        for key in (MAIN, HOURS):
            site = find_site(key)
            if site is not None and site.origins != frozenset(places.origins):
                set_origins(site.id, places.origins, "system")
                change_site(site.id, "system", website=f"{places.website}{HOST_PAGES[key]}")
            if site is not None and key == MAIN:
                mark = claim(site.id, places.website)
                doors.listen(site.id, f"{places.website}{doors.HEARD}")
        known = logins()
        loaded = app.extensions["ventanilla"].widgets.values()
        widgets = [(widget.name, t(widget.title_key, "es")) for widget in loaded if widget.element]
        assets = app.extensions["ventanilla"].assets
        if assets.built is None:
            assets.build(app.extensions["ventanilla"].settings.instance / "dist")
        db.session.remove()
        db.engine.dispose()
    return app, known, Website(places, widgets, mark)


def _start_gunicorn(env: dict[str, str]) -> subprocess.Popen[bytes]:
    config = ROOT / "docs" / "deploy" / "gunicorn.conf.py"
    return beside([sys.executable, "-m", "gunicorn", "-c", str(config), "wsgi:app"], env)


def beside(command: list[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start what ends with this process, also where that is killed: an orphan would hold the port and the store."""
    # A group of its own: an interrupt of the terminal must reach it through us, in order.
    return subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=env, start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no thread runs yet
    )  # fmt: skip


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep the terminal for what was printed there."""


class Website:
    """The demo website on a thread of this process, on its own port."""

    def __init__(self, places: Places, widgets: list[tuple[str, str]], mark: str) -> None:
        from app.demo.website import make_website

        listen = "0.0.0.0" if places.shown_as else "127.0.0.1"  # noqa: S104
        mail = os.environ["VENTANILLA_MAIL"]
        site = make_website(places.server, places.website, places.beside, mail, widgets, mark)
        hosts = [listen] if places.shown_as or not _has_ipv6() else [listen, "::1"]
        self.servers = [
            make_server(host, places.website_port, site, threaded=True, request_handler=_Quiet) for host in hosts
        ]
        for server in self.servers:
            Thread(target=server.serve_forever, daemon=True).start()

    def shutdown(self) -> None:
        for server in self.servers:
            server.shutdown()


def _wait_until_ready(places: Places, server: subprocess.Popen[bytes]) -> None:
    url = f"http://127.0.0.1:{places.server_port}/ready"
    while server.poll() is None:
        try:
            with urlopen(url, timeout=5):  # noqa: S310 - our own address
                return
        except HTTPError as error:
            raise click.ClickException(t("demo.not_ready", terminal_language(), said=error.read().decode())) from error
        except (URLError, OSError):
            time.sleep(0.2)
    raise click.ClickException(t("demo.stopped", terminal_language(), code=server.returncode))


def _where_to_click(places: Places, known: list[tuple[str, str, str]]) -> str:
    from app.demo.cast import PASSWORD

    lang = terminal_language()
    rows = "\n".join(f"    {email:<36} {t(f'console.roles.{role}', lang)} · {key}" for key, role, email in known)
    return t(
        "demo.where", lang, website=places.website, beside=places.beside, server=places.server, rows=rows,
        password=PASSWORD,
    )  # fmt: skip
