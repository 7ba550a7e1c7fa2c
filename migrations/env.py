"""Alembic's entry: run by `ventanilla db upgrade` with the app's own engine; never imports models to migrate."""

from __future__ import annotations

from typing import Any

from alembic import context

from app.db import Base, UtcDateTime, db


def include(_object: Any, name: str | None, kind: str, reflected: bool, _compare_to: Any) -> bool:
    # A table that no registered leaf claims belongs to a leaf that was taken out: its data are not ours to drop.
    return not (kind == "table" and reflected and name not in Base.metadata.tables)


def render(kind: str, item: Any, _context: Any) -> str | bool:
    # A migration is never edited once landed, so it must not lean on code that may change.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(item).__module__.startswith("flask_security"):
        return "sa.Text()"
    return False


def run() -> None:
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include,
            render_item=render,
            render_as_batch=connection.dialect.name == "sqlite",
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
