"""A bare counter for bench/filing.py to stand beside: Flask, marshmallow, one ORM row and one commit under a lock."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Text, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.config import Settings
from app.db import FairLock, engine_options
from app.schemas import load
from widgets.pqr.schemas import CaseSchema


class Base(DeclarativeBase):
    """Tables of the bare counter."""


db = SQLAlchemy(model_class=Base)
lock = FairLock()


class Row(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


def make(path: str) -> Flask:
    app = Flask(__name__)
    settings = Settings(instance=app.root_path, secret_key="", database_url=f"sqlite:///{path}")  # type: ignore[arg-type]
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)

    @app.get("/health")
    def health() -> Any:
        return jsonify(status="ok")

    @app.post("/api/<site>/<path:rest>")
    def file(site: str, rest: str) -> Any:
        if rest == "token":
            return jsonify(token="none")
        data = load(CaseSchema(), request.get_json())
        lock.acquire()
        try:
            row = Row(subject=data["subject"], data=data)
            db.session.add(row)
            db.session.commit()
        finally:
            lock.release()
        return jsonify(number=row.id), 201

    with app.app_context():

        @event.listens_for(db.engine, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

        db.create_all()
    return app


app = make(os.environ["BARE_STORE"]) if "BARE_STORE" in os.environ else None
