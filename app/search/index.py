"""The one index of an app: opened on first use, kept up by a thread of the server and by a job, rebuilt from SQL."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any

from flask import Flask, current_app

from app.config import Settings
from app.db import db
from app.errors import without_message
from app.jobs import Jobs
from app.search import feeding, tuning
from app.search.crawl import crawler
from app.search.indexer import drain
from app.search.whoosh_engine import WhooshEngine

log = logging.getLogger("ventanilla.search")
SAFETY_S = 60
TIDY_S = 6 * 3600
TIDY_TRIES = 3


THREAD_FIRST = timedelta(seconds=5)


class Index:
    """The engine and what keeps it up to date."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._engine: WhooshEngine | None = None
        self._mutex = threading.Lock()
        self._told = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def engine(self) -> WhooshEngine:
        """The engine; its folder is the instance's own and never accepted from outside (its files are pickles)."""
        with self._mutex:
            if self._engine is None:
                self._engine = WhooshEngine(
                    self._settings.instance / "index", feeding.load_texts, tuning.SqlTuning(), tuning.past_queries
                )
            return self._engine

    def wake(self) -> None:
        """Index soon, in a thread of this process: a published page must not wait behind a run of mails, nor for a
        worker of its own process to look for jobs."""
        if self._settings.testing:
            return
        with self._mutex:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ventanilla-indexer", daemon=True)
                self._thread.start()
        self._told.set()

    @property
    def fallback_after(self) -> timedelta:
        """How long the job that stands behind the thread waits: both at once would slow the page down for nothing."""
        return timedelta(0) if self._settings.testing else THREAD_FIRST

    def _run(self) -> None:
        while True:
            self._told.wait()
            self._told.clear()
            with self._app.app_context():
                try:
                    self.update()
                except Exception as error:  # noqa: BLE001 - the job of every minute tries again
                    log.error("the indexer could not follow", exc_info=without_message(error))

    def update(self) -> int:
        """Index all that waits; begin with everything where the index is missing or of another version."""
        if feeding.is_empty():
            return 0
        if self.engine.needs_rebuild():
            self.rebuild()
        return drain(self.engine, feeding.SqlFeed())

    def rebuild(self, allow_shrink: bool = False) -> int:
        """Build the index anew from SQL beside the old one and swap. Raises Shrunk when 30 % would be lost."""
        db.session.rollback()
        count = self.engine.rebuild(feeding.all_documents(), allow_shrink)
        log.info("the index was rebuilt with %s documents", count)
        return count


def the_index() -> Index:
    index: Index = current_app.extensions["ventanilla_index"]
    return index


def _update(_payload: dict[str, Any]) -> None:
    the_index().update()


def _tidy(_payload: dict[str, Any]) -> None:
    # A merge that a commit has overtaken is begun again: on a busy day not for ever.
    any(the_index().engine.tidy() for _ in range(TIDY_TRIES))


def init_index(app: Flask, settings: Settings, jobs: Jobs) -> None:
    app.extensions["ventanilla_index"] = Index(app, settings)
    jobs.register(feeding.INDEX, _update, every_s=SAFETY_S)
    jobs.register("search.tidy", _tidy, every_s=TIDY_S)
    crawler.register(jobs)
    jobs.register("search.forget", tuning.forget_old, every_s=24 * 3600)
