"""One row of every table for a site, made from the tables themselves: a table that comes later is endowed as well."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, Float, Integer, Table, insert, select

from app.clock import now
from app.db import Base, UtcDateTime, db, write

# What the tables themselves can't say: states in which a row is most open to be read.
WISHES: dict[str, dict[str, Any]] = {
    "forum_forums": {"state": "open", "moderation": "after", "identity": "name"},
    "forum_posts": {"state": "published"},
    "chat_conversations": {"state": "open", "seq": 1},
    "chat_rooms": {"state": "open", "seq": 1},
    "participation_themes": {"source": "survey"},
    "participation_records": {"source": "survey"},
    "subscribe_subscribers": {"state": "active", "frequency": "daily"},
}
NEVER = {
    "case_rules",
    "sites",
    "users",
    "grants",
    "holidays",
    "staff_sessions",
    "spent_nonces",
    "idempotent_answers",
    "jobs",
}


def endow(site_id: int, mark: str, user_id: int, **wishes: dict[str, Any]) -> dict[str, Any]:
    """Return the first id of every table for a site, making a row where it has none; each text of it holds `mark`."""
    found: dict[str, Any] = {"sites": site_id, "users": user_id}
    with write():
        for table in Base.metadata.sorted_tables:
            (key, *more) = table.primary_key.columns
            if table.name in NEVER or more or not isinstance(key.type, Integer):
                continue
            row_id = _first(table, found)
            if row_id is None:
                values = _values(table, mark, found) | WISHES.get(table.name, {}) | wishes.get(table.name, {})
                row_id = db.session.execute(insert(table).values(**values)).inserted_primary_key[0]  # type: ignore[attr-defined]
            found[table.name] = row_id
    return found


def _first(table: Table, found: dict[str, Any]) -> Any:
    """Return the id of a row that hangs on the site's other rows."""
    (key,) = table.primary_key.columns
    mine = [column for column in table.columns if _parent(column) in found and _parent(column) != "users"]
    mine = [column for column in mine if column.name == "site_id"] or [one for one in mine if not one.nullable]
    query = select(key).order_by(key)
    return db.session.scalar(query.where(*(one == found[_parent(one)] for one in mine))) if mine else None


def _parent(column: Column[Any]) -> str:
    return next(iter(column.foreign_keys)).column.table.name if column.foreign_keys else ""


def _values(table: Table, mark: str, found: dict[str, Any]) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for column in table.columns:
        if column.foreign_keys:
            # A post is no reply to itself; everything else hangs on what the site has.
            if _parent(column) in found and (not column.nullable or column.name == "site_id"):
                chosen[column.name] = found[_parent(column)]
        elif not column.primary_key and not column.nullable and column.default is None and not column.server_default:
            chosen[column.name] = _value(column, table, mark)
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) and (
            match := re.match(r"(\w+) IN \('([^']+)'", str(constraint.sqltext))
        ):
            chosen[match[1]] = match[2]
    return chosen


def _value(column: Column[Any], table: Table, mark: str) -> Any:
    kind = column.type
    if isinstance(kind, UtcDateTime):
        later = ("end", "until", "expire", "close")
        return now() + timedelta(days=30) if any(word in column.name for word in later) else now()
    if isinstance(kind, Date):
        return date(2026, 11, 24)
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, JSON):
        return {}
    if isinstance(kind, Integer | Float):
        return 1
    return f"{mark}-{table.name}-{column.name}"[: getattr(kind, "length", None) or 200]
