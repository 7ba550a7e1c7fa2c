"""The store, and the only place that opens transactions: `with write():`."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, Insert, MetaData, Table, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, SessionTransaction
from sqlalchemy.types import TypeDecorator

from app.config import Settings
from app.errors import without_message

log = logging.getLogger("ventanilla.db")

# So long PostgreSQL waits for a row that somebody else holds; SQLite has its own measure below.
LOCK_WAIT_S = 20


class Base(DeclarativeBase):
    """Names every constraint, so that a migration can find it and an error can be told apart by it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


@event.listens_for(Session, "do_orm_execute")
def _what_is_locked_is_read_anew(state: ORMExecuteState) -> None:
    """Let a row that is read with its lock have the columns of that moment, also where the session knew it before.

    SQLAlchemy keeps what it knows: on PostgreSQL who waited for a lock then went on with the row of before the wait,
    and gave a number in it a second time.
    """
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        # What the running verb has changed goes out first, or it would be read over.
        state.session.flush()
        state.update_execution_options(populate_existing=True)


def table(model: type[Base]) -> Table:
    """Return the table of a model, for statements that are made once and run often."""
    found = model.__table__
    assert isinstance(found, Table)
    return found


def put(statement: Insert, row: dict[str, Any]) -> int:
    """Run an insert of one row on the session's connection, and return the number it got."""
    made = db.session.connection().execute(statement, row).inserted_primary_key
    assert made is not None
    return int(made[0])


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime: SQLite drops zones, so they are taken off on the way in and put back on the way out."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone must not reach the store")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FairLock:
    """A lock that serves threads in the order they came.

    A plain threading.Lock is unfair: with 16 writers its p99 was 458 ms against 53 ms in order.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def acquire(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


_write_lock = FairLock()
_after: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_commit", default=None)

_WRITE = {"ventanilla_write": True}


@contextmanager
def write(*, keep_pending: bool = False) -> Iterator[None]:
    """Run the block in one write transaction: all of it is on disk when the block ends, or none of it.

    Ends any open read first, since a session that reads and then writes gets SQLITE_BUSY_SNAPSHOT at once. A nested
    `write` joins the outer one. What `after_commit` was given runs when the lock is free again. `keep_pending` is for
    Flask-Security alone, which changes rows before it asks for the commit.
    No hashing, file, PDF or network inside: every other writer of the process waits.
    """
    if _after.get() is not None:
        yield
        return
    session = db.session()
    if not keep_pending:
        astray = session.new or session.dirty or session.deleted
        # Before the turn is awaited: who waits with a connection in hand can leave none for the one whose turn it is.
        session.rollback()
        if astray:
            raise RuntimeError("rows were changed outside write()")
    sqlite = db.engine.dialect.name == "sqlite"
    callbacks: list[Callable[[], None]] = []
    token = _after.set(callbacks)
    if sqlite:
        _write_lock.acquire()
    try:
        if keep_pending:
            _begin_again_as_writer()
        else:
            session.connection(execution_options=_WRITE)
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        if sqlite:
            _write_lock.release()
        _after.reset(token)
    for callback in callbacks:
        _tell(callback)


def _tell(callback: Callable[[], None]) -> None:
    """Run what waited for the commit: what it can't do is no reason to say that the commit was none."""
    try:
        callback()
    except Exception as error:  # noqa: BLE001 - any ear may fail, and what is on disk is acknowledged all the same
        log.error("after the commit: %s", type(error).__name__, exc_info=without_message(error))
        db.session.rollback()


def _begin_again_as_writer() -> None:
    """Swap an open read transaction for a write one without losing what the session holds."""
    session = db.session()
    if not session.in_transaction():
        session.connection(execution_options=_WRITE)
        return
    connection = session.connection()
    if connection.dialect.name != "sqlite" or session.info.get("flushed_outside"):
        # A query after the change has flushed it: the transaction writes already, and a rollback would lose it.
        return
    if not connection.get_execution_options().get("ventanilla_write"):
        connection.execution_options(**_WRITE)
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def after_commit(callback: Callable[[], None]) -> None:
    """Call `callback` once the running write is on disk; never when it is rolled back."""
    callbacks = _after.get()
    if callbacks is None:
        raise RuntimeError("after_commit outside write()")
    callbacks.append(callback)


def in_write() -> bool:
    return _after.get() is not None


def engine_options(settings: Settings) -> dict[str, Any]:
    """Return what the engine is made with; SQLite from the pysqlite3 wheel where it is installed."""
    if not settings.sqlite:
        # A server that does not answer is no reason to wait for ever, either.
        reach = {"connect_timeout": 10}
        return {
            "pool_size": 20, "max_overflow": 20, "pool_pre_ping": True, "hide_parameters": True, "connect_args": reach,
        }  # fmt: skip
    options: dict[str, Any] = {
        # busy_timeout covers the command line and a reload beside the server; inside the process the lock does.
        "connect_args": {"timeout": 10, "check_same_thread": False},
        "pool_size": 20,
        "max_overflow": 60,
        # The last that was given back: its pages are in memory, and those of the others needn't be.
        "pool_use_lifo": True,
        # An error of the store is logged, and what a person typed stands in the parameters.
        "hide_parameters": True,
    }
    try:
        import pysqlite3.dbapi2 as newer
    except ImportError:
        return options
    return {**options, "module": newer}


def init_db(app: Flask, settings: Settings) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    with app.app_context():
        if settings.sqlite:
            _prepare_sqlite(db.engine)
        else:
            _prepare_postgresql(db.engine)
    if not event.contains(Session, "after_flush", _note_flush):
        event.listen(Session, "after_flush", _note_flush)
        event.listen(Session, "after_transaction_end", _forget_flush)


def _note_flush(session: Session, _context: Any) -> None:
    if not in_write():
        session.info["flushed_outside"] = True


def _forget_flush(session: Session, transaction: SessionTransaction) -> None:
    # Each flush has a small transaction of its own inside the real one.
    if transaction.parent is None:
        session.info.pop("flushed_outside", None)


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # Who waits for a row that a stopped session holds would wait for ever; PostgreSQL sees no deadlock in that.
        connection.execute(f"SET lock_timeout = '{LOCK_WAIT_S}s'")
        connection.commit()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # The driver must not open transactions by itself: `_begin` says which kind.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("ventanilla_write"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        # Every request begins to read, and this can't fail, since it takes no lock yet: nothing of SQLAlchemy's is
        # needed around it, which would cost as much as the query that follows.
        begun: Any = connection.connection.driver_connection
        begun.execute("BEGIN")
