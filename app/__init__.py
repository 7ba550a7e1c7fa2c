"""The trunk: what every widget stands on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import Settings, load

if TYPE_CHECKING:
    from app.documents import Template
    from app.embed.assets import Assets
    from app.embed.gate import Gate
    from app.jobs import Jobs
    from app.mail.dkim import Signer
    from app.mail.transport import Transport
    from app.uploads import Verdict
    from app.widget import Widget


@dataclass
class Ventanilla:
    """What one app holds beyond Flask's own: found at `app.extensions["ventanilla"]`."""

    settings: Settings
    gate: Gate
    jobs: Jobs
    transport: Transport
    signer: Signer | None
    storage: Any
    # Asks a virus scanner about a file; None where none is configured.
    scanner: Callable[[Path], Verdict] | None
    assets: Assets
    widgets: dict[str, Widget] = field(default_factory=dict)
    documents: dict[str, Template] = field(default_factory=dict)
    # What was worked out of the sites' rows (app.sites.stamps).
    kept: dict[tuple[int, str], tuple[str, Any]] = field(default_factory=dict)


def make_scanner(settings: Settings) -> Callable[[Path], Verdict] | None:
    """Return how to ask clamd at VENTANILLA_CLAMD (host:port); None without it."""
    from app.uploads.scanner import scan

    if not settings.clamd:
        return None
    host, _, port = settings.clamd.rpartition(":")
    return partial(scan, host=host, port=int(port))


def warm(app: Flask) -> None:
    """Make what the first visitors would wait for otherwise, each leaf its own."""
    for widget in app.extensions["ventanilla"].widgets.values():
        if widget.warm is not None:
            widget.warm()


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application: settings, store, gate, console, and every widget that widgets.ALL names.

    Starts no thread and opens no socket: the worker begins in the server (docs/deploy.md), so that commands and tests
    can make an app without one.
    """
    from app import events
    from app.console.auth import init_auth, same_site_only
    from app.console.shell import csrf
    from app.db import init_db
    from app.embed.assets import Assets
    from app.embed.gate import Gate
    from app.handlers import init_handlers
    from app.jobs import Jobs
    from app.mail.dkim import load as load_signer
    from app.mail.transport import make_transport
    from app.nulls import refuse_nulls
    from app.numbers import RowNumber
    from app.request_log import init_request_log
    from app.sites import stamps
    from app.uploads import FolderStorage
    from app.words import ROOT, t
    from widgets import ALL

    settings = settings or load()
    logging.getLogger("ventanilla").setLevel(settings.log_level)
    app = Flask(__name__, static_folder=None, instance_path=str(settings.instance))
    app.testing = settings.testing
    app.url_map.strict_slashes = False
    app.url_map.converters["int"] = RowNumber
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = 120 * 1024 * 1024
    # A text that is far too long is refused by the name of its field, in the form as it was typed.
    app.config["MAX_FORM_MEMORY_SIZE"] = 8 * 1024 * 1024
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    events.forget_all()
    app.extensions["ventanilla"] = ventanilla = Ventanilla(
        settings=settings,
        gate=Gate(settings),
        jobs=Jobs(),
        transport=make_transport(settings.mail),
        signer=load_signer(settings.dkim),
        storage=FolderStorage(settings.instance / "files"),
        scanner=make_scanner(settings),
        assets=Assets(
            ROOT,
            [ROOT / "widgets" / widget.name for widget in ALL if widget.element],
            dist=settings.instance / "dist",
            recheck_s=1.0 if settings.demo or settings.testing else inf,
        ),  # fmt: skip
        widgets={widget.name: widget for widget in ALL},
    )
    init_db(app, settings)
    stamps.watch()
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # public pages have no cookie to abuse; the console asks for it
    csrf.init_app(app)
    init_auth(app, settings)
    init_handlers(app)
    init_request_log(app)

    @app.before_request
    def _language() -> None:
        from app.words import pick_language

        if request.path.startswith("/console"):
            same_site_only()
            if settings.demo:
                # The demo's page with citizen and official side by side frames the console; nothing else ever may.
                g.frame_ancestors = "'self' http://localhost:* http://127.0.0.1:* " + (
                    f"http://{settings.demo_host}:*" if settings.demo_host else ""
                )
        g.lang = pick_language(request.args.get("lang") or request.headers.get("Accept-Language"))
        refuse_nulls()

    app.jinja_env.globals["t"] = lambda key, **params: t(key, str(g.get("lang", "es")), **params)
    app.jinja_env.globals["asset"] = lambda path: f"/assets/{ventanilla.assets.digest}/{path}"
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _register(app, ventanilla)
    return app


def _register(app: Flask, ventanilla: Ventanilla) -> None:
    """Put the trunk's and the leaves' blueprints behind their gates, and their jobs and ears in place."""
    from app import events, files, health
    from app.cases import calculator
    from app.cases import console as cases_console
    from app.cases import jobs as cases_jobs
    from app.cases import pages as cases_pages
    from app.cases import public as cases_public
    from app.cases.reporting import console as reporting_console
    from app.cases.reporting import open_data
    from app.coach import console as coach_console
    from app.console import dashboard, oversight, people, roles, sessions, signing
    from app.console.shell import make_console
    from app.content import console as content_console
    from app.content import jobs as content_jobs
    from app.content import pages as content_pages
    from app.documents import console as _documents_console  # noqa: F401 - its pages stand among the settings
    from app.documents import issuing, registry
    from app.documents import pages as documents_pages
    from app.embed import api_docs, gate, pages, views
    from app.embed import console as embed_console
    from app.embed.assets_views import assets_blueprint
    from app.jobs import READING, TELLING, forget_done
    from app.mail import bounces
    from app.mail.intake import console as intake_console
    from app.mail.intake import fetching, keeping, reading, watching
    from app.mail.outbox import DELIVER, deliver, forget_secrets
    from app.memos import console as memos_console
    from app.outages import console as outages_console
    from app.outages import pages as outages_pages
    from app.participation import console as participation_console
    from app.participation import pages as participation_pages
    from app.participation import register
    from app.search.index import init_index
    from app.selfaudit import console as selfaudit_console
    from app.sites import console as sites_console
    from app.sui import console as sui_console
    from app.sui import lists_console as _sui_lists  # noqa: F401 - its pages stand among those of the report
    from app.systems import console as systems_console
    from app.systems import deliveries, telling
    from app.systems import sending as systems_sending
    from app.systems.door import make_door

    api, site_pages, console = gate.make_api(), pages.make_pages(), make_console()
    api.register_blueprint(views.make_views())
    api.register_blueprint(cases_public.bp, url_prefix="/cases")
    site_pages.register_blueprint(cases_pages.bp)
    site_pages.register_blueprint(calculator.bp)
    site_pages.register_blueprint(content_pages.bp)
    site_pages.register_blueprint(open_data.bp)
    site_pages.register_blueprint(documents_pages.bp)
    site_pages.register_blueprint(outages_pages.bp)
    site_pages.register_blueprint(participation_pages.bp)
    staff_pages = Blueprint("site", __name__, url_prefix="/<site_key>")
    staff_pages.register_blueprint(dashboard.bp)
    staff_pages.register_blueprint(cases_console.bp)
    staff_pages.register_blueprint(outages_console.bp)
    staff_pages.register_blueprint(reporting_console.bp)
    staff_pages.register_blueprint(participation_console.bp)
    for page in (
        content_console.bp,
        embed_console.bp,
        people.bp,
        oversight.bp,
        sites_console.bp,
        coach_console.bp,
        intake_console.bp,
        selfaudit_console.bp,
        sui_console.bp,
        memos_console.bp,
        systems_console.bp,
    ):
        staff_pages.register_blueprint(page)
    hooks, door = Blueprint("hooks", __name__, url_prefix="/hooks"), make_door()
    jobs = ventanilla.jobs
    jobs.register(DELIVER, deliver)
    bounces.register(jobs)
    jobs.register("mail.forget_secrets", forget_secrets, every_s=86_400)
    if ventanilla.settings.imap:
        jobs.register(fetching.FETCH, fetching.fetch, every_s=60)
        jobs.beside += [partial(watching.watch, account) for account in ventanilla.settings.imap]
    jobs.register(fetching.READ, reading.read)
    jobs.register(keeping.FORGET, keeping.forget_raw, every_s=86_400)
    jobs.register(issuing.MAKE, issuing.make)
    ventanilla.documents = registry.known(widget.documents for widget in ventanilla.widgets.values())
    jobs.register(telling.SEND, systems_sending.send, aside=TELLING)
    jobs.register("systems.forget", deliveries.forget, every_s=86_400)
    jobs.register("gate.forget", gate.forget_expired, every_s=3600)
    jobs.register("console.forget_sessions", sessions.forget_old, every_s=3600)
    jobs.register(signing.RESET, signing.send_reset)
    jobs.register("jobs.forget", forget_done, every_s=86_400)
    jobs.register("files.forget", files.forget_unclaimed, every_s=3600)
    jobs.register("files.sweep", lambda _payload: ventanilla.storage.sweep(), every_s=3600)
    jobs.register("files.scan", files.scan_pending, every_s=300)
    cases_jobs.register(jobs)
    content_jobs.register(jobs)
    jobs.register("participation.keep_time", register.keep_time, every_s=60)
    init_index(app, ventanilla.settings, jobs)
    roles.join(widget.roles for widget in ventanilla.widgets.values())
    for widget in ventanilla.widgets.values():
        if widget.public is not None:
            api.register_blueprint(widget.public, url_prefix=f"/{widget.name}")
        if widget.pages is not None:
            site_pages.register_blueprint(widget.pages)
        if widget.console is not None:
            staff_pages.register_blueprint(widget.console)
        if widget.systems is not None:
            door.register_blueprint(widget.systems, url_prefix=f"/{widget.name}")
        if widget.hooks is not None:
            hooks.register_blueprint(widget.hooks, url_prefix=f"/{widget.name}")
        for kind, handler in widget.jobs.items():
            jobs.register(
                kind, handler, every_s=widget.every.get(kind, 0), aside=READING if kind in widget.aside else ""
            )
        for name, function in widget.subscribers.items():
            events.subscribe(name, function)
    console.register_blueprint(staff_pages)
    app.register_blueprint(health.bp)
    app.register_blueprint(assets_blueprint(ventanilla.assets))
    app.register_blueprint(api_docs.bp)
    app.register_blueprint(api)
    app.register_blueprint(door)
    app.register_blueprint(hooks)
    app.register_blueprint(console)
    app.register_blueprint(site_pages)
    for widget in ventanilla.widgets.values():
        if widget.sockets is not None:
            widget.sockets(app)
