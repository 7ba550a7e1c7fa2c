"""One served installation a drill, on the store that `--store` names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.config import Settings
from tests.drills.served import Served


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    """A server on a migrated store with one site; not started yet."""
    server = Served(
        settings.instance,
        VENTANILLA_DATABASE_URL=settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
        VENTANILLA_SECRET_KEY=settings.secret_key,
    )
    server.create()
    yield server
    server.stop()
