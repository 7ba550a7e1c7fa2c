"""Everything that `make run` starts: the counter under gunicorn, and beside it the website that embeds it."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import click
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app.config import load as load_settings
from app.demo.places import Places, choose_places, environment, has_ipv6, still_free, terminal_language
from app.demo.press import HUB
from app.words import ROOT, t

STORE = "ventanilla.sqlite3"
# linux/prctl.h
_PR_SET_PDEATHSIG = 1


def serve() -> None:
    """Serve until interrupted; what was filed stays for the next time."""
    settings = load_settings()
    places = choose_places(os.environ)
    with hold(settings.instance) as tell:
        tell(places.website)
        _fill(environment(places, settings.instance), settings.instance)
        # Loading takes a while: another program may have come to stand there.
        places = still_free(places)
        tell(places.website)
        _serve(places, environment(places, settings.instance))


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
    from app import create_app, events
    from app.db import db
    from app.demo import doors
    from app.demo.cast import HOURS, MAIN, is_loaded, logins
    from app.demo.follow import claim
    from app.demo.website import HOST_PAGES, PRIVACY
    from app.sites.service import change_site, find_site, set_origins

    app, mark = create_app(), ""
    with app.app_context():
        if not is_loaded():
            raise click.ClickException(t("demo.other_store", terminal_language()))
        for key in (MAIN, HOURS):
            site = find_site(key)
            if site is not None and site.origins != frozenset(places.origins):
                set_origins(site.id, places.origins, "system")
                website = f"{places.website}{HOST_PAGES[key]}"
                change_site(site.id, "system", website=website, privacy_url=f"{places.website}{PRIVACY}")
            if site is not None and key == MAIN:
                mark = claim(site.id, places.website)
                doors.listen(site.id, f"{places.website}{doors.HEARD}")
                events.send("demo.opened", site_id=site.id, website=places.website)
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
        hosts = [listen] if places.shown_as or not has_ipv6() else [listen, "::1"]
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
