"""Migrations through Alembic's own commands; `ventanilla db …` calls these."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.db import db
from app.words import ROOT


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def upgrade(revision: str = "head") -> None:
    command.upgrade(_config(), revision)


def downgrade(revision: str) -> None:
    command.downgrade(_config(), revision)


def new_revision(number: str, message: str) -> None:
    """Write the next migration as Alembic sees it: `0012_survey_answers.py`; read it before it lands."""
    slug = message.lower().replace(" ", "_")
    config = _config()
    config.set_main_option("file_template", f"{number}_{slug}")
    command.revision(config, message, autogenerate=True, rev_id=number)


def pending() -> bool:
    """Return whether the store is behind the code."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() != head
