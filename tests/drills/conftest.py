"""One served installation a drill, on the store that `--store` names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import create_app
from app.config import Settings
from app.db import db
from app.sites.service import create_site
from tests.drills.served import ORIGIN, SITE, Served


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    """A server on a migrated store with one site; not started yet."""
    server = Served(
        settings.instance,
        VENTANILLA_DATABASE_URL=settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
        VENTANILLA_SECRET_KEY=settings.secret_key,
    )
    made = create_app(settings)
    with made.app_context():
        create_site(
            key=SITE, name="Alcaldía de Tenjo", entity="Alcaldía de Tenjo", official_email="contacto@tenjo.example",
            origins=[ORIGIN],
        )  # fmt: skip
        db.session.remove()
        db.engine.dispose()
    yield server
    server.stop()
