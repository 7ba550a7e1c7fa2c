"""R14: the store of an old release becomes the new one's with every row, step by step, there and back."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from app import audit, migrate
from app.db import Base, db
from tests.conftest import Cast, HostPage, filing

TRUNK = ("sites", "offices", "users", "grants", "cases", "case_parties", "case_clocks", "case_events", "mails", "jobs",
         "audit_entries", "audit_heads", "opening_intervals", "site_origins")  # fmt: skip


def counts() -> dict[str, int]:
    with db.engine.connect() as connection:
        return {table: connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one() for table in TRUNK}


def revisions() -> list[str]:
    script = ScriptDirectory.from_config(migrate._config())
    return [found.revision for found in script.walk_revisions()]


@pytest.mark.store
def test_every_step_down_and_up_again_keeps_every_row(app: Flask, cast: Cast, host: HostPage) -> None:
    for number in range(4):
        assert host.send("/pqr/cases", filing(subject=f"Caso {number}")).status_code == 201
    db.session.remove()
    before = counts()

    for revision in revisions()[1:]:
        migrate.downgrade(revision)
        assert counts() == before, f"down to {revision}"
    for revision in reversed(revisions()):
        migrate.upgrade(revision)
        assert counts() == before, f"up to {revision}"

    assert before["cases"] == 4
    assert audit.verify(cast.tenjo) == (before["audit_entries"] - audit.verify(cast.other)[0], "")
    assert host.send("/pqr/cases", filing(subject="Caso nuevo")).status_code == 201


# SQLite can't read such an index back; tests/console/test_finding.py sees it used.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.store
def test_the_migrated_store_is_what_the_models_say(app: Flask) -> None:
    def included(_object: Any, name: str | None, kind: str, reflected: bool, _to: Any) -> bool:
        return not (kind == "table" and reflected and name not in Base.metadata.tables)

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": included})
        differences = compare_metadata(context, Base.metadata)

    assert [difference for difference in differences if _matters(difference)] == []


def _matters(difference: Any) -> bool:
    # A list is a change of a column that the dialect may only spell otherwise; a tuple is a thing missing or too much.
    return isinstance(difference, tuple)


def test_taking_everything_down_leaves_an_empty_store(app: Flask) -> None:
    db.session.remove()

    migrate.downgrade("base")

    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
