"""Save an installation while it serves, and bring it back: store, files, and the key that codes are derived with."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import inspect, text

from app import migrate
from app.clock import now
from app.config import Settings
from app.db import Base, db

MANIFEST, STORE, SECRET = "manifest.json", "store.sqlite3", "secret_key"
# What a member of the archive may be called: nothing else is ever written from one.
_MEMBER = re.compile(r"manifest\.json|store\.sqlite3|secret_key|tables/[a-z0-9_]+|files/[0-9a-f]{2}(?:/[0-9a-f]+)+")


class BadBackup(SystemExit):
    """The archive, or the place where it should go, can't be used: one line, and nothing was changed."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"ventanilla: {problem}")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["ventanilla"].settings
    return settings


def backup(target: Path) -> dict[str, Any]:
    """Write everything into one tar file, and return its manifest.

    The store is copied as it is at one moment while others go on writing; files come after it, since a file that a
    case names is never changed or removed before the case is. Written beside and renamed: a target that exists is
    whole. Readable by its owner alone: it holds personal data and the secret key.
    """
    beside = target.with_name(f".{target.name}.part")
    known: dict[str, Any] = {"format": 1, "made_at": now().isoformat(), "members": {}}
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w|") as archive:
                _write_store(archive, known)
                for path, name in _files():
                    _add(archive, known, name, path)
                if (_settings().instance / SECRET).exists():
                    _add(archive, known, SECRET, _settings().instance / SECRET)
                body = json.dumps(known, indent=1).encode()
                _add_bytes(archive, {"members": {}}, MANIFEST, body)
            raw.flush()
            os.fsync(raw.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return known


def _write_store(archive: tarfile.TarFile, known: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory(dir=_settings().instance) as folder:
        if _settings().sqlite:
            path = Path(folder) / STORE
            known["revision"] = _copy_sqlite(path)
            _add(archive, known, STORE, path)
            return
        known["revision"] = _copy_tables(Path(folder))
        for path in sorted(Path(folder).iterdir()):
            _add(archive, known, f"tables/{path.name}", path)


def _copy_sqlite(target: Path) -> str:
    """Copy the store through SQLite's own backup: one consistent moment, and no writer waits (WAL)."""
    module: Any = db.engine.dialect.dbapi
    with (
        closing(module.connect(str(db.engine.url.database))) as source,
        closing(module.connect(str(target))) as copy,
    ):
        source.backup(copy)
        # A copy in WAL mode would grow a second file beside it, and the archive holds one.
        copy.execute("PRAGMA journal_mode=DELETE")
        return str(copy.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _copy_tables(folder: Path) -> str:
    """Copy every table by COPY in one snapshot, so that no pg_dump of just the right version is needed."""
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        driver: Any = connection.connection.driver_connection
        for table in _tables(connection):
            with (folder / table).open("wb") as file, driver.cursor() as cursor:
                columns = ", ".join(f'"{name}"' for name in _columns(connection, table))
                with cursor.copy(f'COPY "{table}" ({columns}) TO STDOUT (FORMAT csv, HEADER true)') as rows:
                    for block in rows:
                        file.write(block)
    return str(revision)


def _tables(connection: Any) -> list[str]:
    """Return the tables that stand in the store, each after those it points to."""
    there = set(inspect(connection).get_table_names()) - {"alembic_version"}
    ordered = [table.name for table in Base.metadata.sorted_tables if table.name in there]
    return ordered + sorted(there - set(ordered))


def _columns(connection: Any, table: str) -> list[str]:
    return [
        column["name"]
        for column in inspect(connection).get_columns(table)
        if not column.get("computed")  # the database makes these itself
    ]


def _files() -> Iterator[tuple[Path, str]]:
    root = _settings().instance / "files"
    for path in sorted(root.rglob("*")):
        name = f"files/{path.relative_to(root).as_posix()}"
        if path.is_file() and _MEMBER.fullmatch(name):
            yield path, name


def _add(archive: tarfile.TarFile, known: dict[str, Any], name: str, path: Path) -> None:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            known["members"][name] = _digest(file)
            file.seek(0)
            archive.addfile(_member(name, size), file)
    except FileNotFoundError:
        # An upload that nobody claimed may be cleared away between the listing and here.
        known["members"].pop(name, None)


def _add_bytes(archive: tarfile.TarFile, known: dict[str, Any], name: str, body: bytes) -> None:
    known["members"][name] = hashlib.sha256(body).hexdigest()
    archive.addfile(_member(name, len(body)), BytesIO(body))


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(now().timestamp())
    return member


def _digest(file: BinaryIO) -> str:
    whole = hashlib.sha256()
    while block := file.read(1 << 20):
        whole.update(block)
    return whole.hexdigest()


def restore(source: Path) -> dict[str, Any]:
    """Bring a backup back into an empty installation, and return its manifest.

    Everything is read and compared with its hash before anything is put in place. Refuses where a store with content
    stands already: nothing is ever overwritten.
    """
    settings = _settings()
    _refuse_full(settings)
    with tempfile.TemporaryDirectory(dir=settings.instance) as name:
        folder = Path(name)
        known = _unpack(source, folder)
        if settings.sqlite != (STORE in known["members"]):
            raise BadBackup("the backup is of the other kind of store: set VENTANILLA_DATABASE_URL to one of its kind")
        if not settings.sqlite:
            _load_tables(folder / "tables", known["revision"])
        for path in sorted((folder / "files").rglob("*")):
            if path.is_file():
                target = settings.instance / path.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                path.replace(target)
        if (folder / SECRET).exists():
            (folder / SECRET).replace(settings.instance / SECRET)
        if settings.sqlite:
            db.session.remove()
            db.engine.dispose()
            path = Path(str(db.engine.url.database))
            for old in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                old.unlink(missing_ok=True)
            (folder / STORE).replace(path)
    return known


def _refuse_full(settings: Settings) -> None:
    with db.engine.connect() as connection:
        there = inspect(connection).get_table_names()
        full = "sites" in there and connection.execute(text("SELECT COUNT(*) FROM sites")).scalar_one()
    if full:
        raise BadBackup("a store with sites stands here already; restore into an empty VENTANILLA_INSTANCE")


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    found: dict[str, str] = {}
    try:
        with tarfile.open(source, mode="r|") as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isreg() else None
                if file is None or not _MEMBER.fullmatch(member.name):
                    raise BadBackup(f"{source}: {member.name!r} does not belong in a backup")
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as out:
                    while block := file.read(1 << 20):
                        out.write(block)
                with target.open("rb") as written:
                    found[member.name] = _digest(written)
    except (tarfile.TarError, OSError) as error:
        raise BadBackup(f"{source}: not a whole backup ({error})") from error
    if MANIFEST not in found:
        raise BadBackup(f"{source}: the backup was cut short, it has no manifest")
    known: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    del found[MANIFEST]
    if known.get("format") != 1 or known["members"] != found:
        raise BadBackup(f"{source}: the content is not what its manifest says")
    return known


def _load_tables(folder: Path, revision: str) -> None:
    """Fill an empty PostgreSQL store of the backup's own revision, all in one transaction."""
    migrate.upgrade(revision)
    with db.engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        for table in _tables(connection):
            path = folder / table
            if not path.exists():
                continue
            with path.open("rb") as file, driver.cursor() as cursor:
                # Named columns: the order in which they were added differs from store to store.
                header = file.readline().decode().strip()
                columns = ", ".join(f'"{name}"' for name in header.split(","))
                with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN (FORMAT csv)') as rows:
                    while block := file.read(1 << 20):
                        rows.write(block)
            _go_on_counting(connection, table)


def _go_on_counting(connection: Any, table: str) -> None:
    """Set the sequence behind `id` past the rows that came, or the next insert would collide."""
    if "id" not in {column["name"] for column in inspect(connection).get_columns(table)}:
        return
    sequence = connection.execute(text("SELECT pg_get_serial_sequence(:t, 'id')"), {"t": table}).scalar()
    if sequence:
        connection.execute(
            text(f'SELECT setval(:s, COALESCE((SELECT MAX(id) FROM "{table}"), 0) + 1, false)'),  # noqa: S608 - names of the schema
            {"s": sequence},
        )
