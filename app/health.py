"""What a monitor asks: is the process alive (`/health`), and can it take a filing now (`/ready`)."""

from __future__ import annotations

import shutil
from typing import Any

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.config import Settings
from app.db import db

bp = Blueprint("health", __name__)

LEAST_FREE_BYTES = 200 * 1024 * 1024
# SQLite 3.7.0 to 3.51.2 can lose a committed transaction when a WAL is reset; https://sqlite.org/wal.html#walresetbug
FIRST_SOUND_SQLITE = (3, 51, 3)


def sqlite_version() -> tuple[int, ...]:
    """Return the version of the library that this process really uses."""
    module: Any = db.engine.dialect.dbapi
    return tuple(int(part) for part in module.sqlite_version.split("."))


def checks() -> dict[str, str]:
    """Return what was looked at: "ok", "warning: …" (it serves all the same) or "failed: …" (it can't take filings)."""
    settings: Settings = current_app.extensions["ventanilla"].settings
    found = {"store": _store()}
    found["migrations"] = _migrations() if found["store"] == "ok" else "failed: the store does not answer"
    found["disk"] = _disk(settings)
    found["mail"] = "warning: VENTANILLA_MAIL is none, letters wait" if settings.mail == "none" else "ok"
    if settings.sqlite:
        found["sqlite"] = _sqlite()
    return found


def _store() -> str:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return f"failed: {type(error).__name__}"
    finally:
        db.session.rollback()
    return "ok"


def _migrations() -> str:
    # Imported on use: Alembic is a quarter of a second of every start, and this the only question that needs it.
    from app import migrate

    return "failed: run ventanilla db upgrade" if migrate.pending() else "ok"


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.instance).free
    return "ok" if free >= LEAST_FREE_BYTES else f"failed: {free // 1024 // 1024} MiB are free"


def _sqlite() -> str:
    version = sqlite_version()
    if version >= FIRST_SOUND_SQLITE:
        return "ok"
    said = ".".join(map(str, version))
    return f"warning: SQLite {said} has the WAL-reset bug; install the extra sqlite or a newer one"


@bp.get("/health")
def health() -> ResponseReturnValue:
    """Alive: answers without touching the store, so that a slow disk does not get the process killed."""
    return jsonify(status="ok")


@bp.get("/ready")
def ready() -> ResponseReturnValue:
    """Able to take a filing and to keep it; 503 with what is wrong otherwise. Holds no secret and no address."""
    found = checks()
    failed = any(said.startswith("failed") for said in found.values())
    answer = jsonify(status="failed" if failed else "ok", checks=found)
    answer.headers["Cache-Control"] = "no-store"
    return answer, 503 if failed else 200
