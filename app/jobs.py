"""Work that outlives a request: rows written with what they follow from, leased by workers, done at least once."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import JSON, Index, String, Text, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import now
from app.db import Base, UtcDateTime, after_commit, db, in_write, table, write
from app.errors import without_message

log = logging.getLogger("ventanilla.jobs")

LEASE = timedelta(seconds=120)
KEPT = timedelta(days=30)
# Threads for what waits for the servers of others, so that a slow one holds up no letter. What tells them (webhooks)
# and what reads from them (pages, feeds, pictures) have their own: feeds that take ten seconds hold up no webhook.
TELLING, READING = "telling", "reading"
LANES = {TELLING: 3, READING: 2}
# How long all of them together may take to end.
LEAVE_S = 4.0
# A week of hourly tries, as FreeScout does: a town's mail server can be down over a long weekend.
MAX_ATTEMPTS = 168
# What a handler returns, if anything, is called in the transaction that ends its job: one commit instead of two.
Handler = Callable[[dict[str, Any]], Callable[[], None] | None]


class Job(Base):
    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # The same work asked for twice is one row.
    dedupe: Mapped[str | None] = mapped_column(String(120), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="ready")
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_jobs_state_run_at", "state", "run_at"),)


# The same work asked for twice is one row, by two processes at once too.
_ADD = {
    name: dialect.insert(table(Job)).on_conflict_do_nothing(index_elements=["dedupe"])
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


class Jobs:
    """The handlers of one app, and the worker that runs them."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.every: dict[str, int] = {}
        self.wake = threading.Event()
        # Kinds that wait for the servers of others, each with its lane; all others are done by the worker itself.
        self.aside: dict[str, str] = {}
        self.wake_aside = {lane: threading.Event() for lane in LANES}
        self.stop = threading.Event()
        # What waits beside the worker for the world outside, each in a thread of its own, until `stop`.
        self.beside: list[Callable[[Flask, threading.Event], None]] = []

    def register(self, kind: str, handler: Handler, every_s: int = 0, *, aside: str = "") -> None:
        """Let a kind be done by a handler; `aside` names the lane of one that waits for the servers of others."""
        self.handlers[kind] = handler
        if aside:
            self.aside[kind] = aside
        if every_s:
            self.every[kind] = every_s

    def enqueue(
        self, kind: str, payload: dict[str, Any] | None = None, *, dedupe: str | None = None, at: datetime | None = None
    ) -> None:
        """Add a job to the running write; the worker is woken after its commit."""
        if not in_write():
            raise RuntimeError("enqueue outside write()")
        store, moment = db.session.connection(), now()
        row = {"kind": kind, "payload": payload or {}, "dedupe": dedupe, "run_at": at or moment, "created_at": moment}
        store.execute(_ADD[store.dialect.name], row)
        after_commit(self._waker(self.aside.get(kind, "")).set)

    def hurry(self, kind: str) -> None:
        """Let jobs of a kind that wait for their next try be done now, inside the running write."""
        late = (Job.kind == kind, Job.state == "ready", Job.run_at > now())
        db.session.execute(update(Job).where(*late).values(run_at=now()))
        after_commit(self._waker(self.aside.get(kind, "")).set)

    def _waker(self, lane: str) -> threading.Event:
        return self.wake_aside[lane] if lane else self.wake

    def run_due(self, limit: int = 4, *, lane: str | None = None) -> int:
        """Run what is due, one job a transaction, and return how many ran: all, or a lane's, or ("") the worker's."""
        if not lane:
            self._plan()
        ran = 0
        # One lease at a time: the last of a batch would wait for the others, and another process take it meanwhile.
        while ran < limit and (leased := self._lease(lane)) is not None:
            self._run(*leased)
            ran += 1
        return ran

    def _plan(self) -> None:
        moment = now()
        slots = {kind: f"{kind}@{int(moment.timestamp()) // every_s}" for kind, every_s in self.every.items()}
        known = set(db.session.scalars(select(Job.dedupe).where(Job.dedupe.in_(slots.values()))))
        db.session.rollback()
        missing = {kind: slot for kind, slot in slots.items() if slot not in known}
        if missing:
            with write():
                for kind, slot in missing.items():
                    self.enqueue(kind, dedupe=slot)

    def _lease(self, lane: str | None = None) -> tuple[int, str, dict[str, Any], int] | None:
        """Return one job that is due, with the number of its try; None where nothing is."""
        moment = now()
        due = or_(
            (Job.state == "ready") & (Job.run_at <= moment), (Job.state == "leased") & (Job.leased_until < moment)
        )
        if lane is not None and self.aside:
            of_lane = [kind for kind, name in self.aside.items() if name == lane]
            due &= Job.kind.in_(of_lane) if lane else Job.kind.not_in(self.aside)
        # Look before taking the write lock: an idle worker must not make writers wait each second.
        waiting = db.session.scalar(select(Job.id).where(due).limit(1))
        db.session.rollback()
        if waiting is None:
            return None
        with write():
            job = db.session.scalar(
                select(Job).where(due).order_by(Job.run_at).limit(1).with_for_update(skip_locked=True)
            )
            if job is None:
                return None
            job.state, job.leased_until, job.attempts = "leased", now() + LEASE, job.attempts + 1
            return job.id, job.kind, dict(job.payload), job.attempts

    def _run(self, job_id: int, kind: str, payload: dict[str, Any], attempt: int) -> None:
        problem, finish = "", None
        try:
            finish = self.handlers[kind](payload)
        except Exception as error:  # noqa: BLE001 - whatever a handler does, the others must run
            # The class alone: a message can carry an address or a name.
            problem = type(error).__name__
            log.warning("job %s of kind %s failed: %s", job_id, kind, problem)
            log.debug("details", exc_info=without_message(error))
        finally:
            db.session.rollback()
        with write():
            if callable(finish):
                finish()
            job = db.session.get(Job, job_id, with_for_update=True)
            # The number of the try is the lease's mark: who outlived it must not speak for the one who runs it now.
            if job is None or job.state != "leased" or job.attempts != attempt:
                return
            job.leased_until = None
            if not problem:
                job.state, job.done_at, job.last_error = "done", now(), ""
                return
            job.last_error = problem
            job.state = "dead" if job.attempts >= MAX_ATTEMPTS else "ready"
            job.run_at = now() + backoff(job.attempts)

    def run_forever(self, app: Flask) -> None:
        """Run jobs until `stop` is set; between two rounds sleep a second, or until a commit wakes the worker."""
        for wait in self.beside:
            threading.Thread(target=wait, args=(app, self.stop), daemon=True).start()
        lanes = [
            threading.Thread(target=self._work, args=(app, lane), daemon=True)
            for lane in sorted(set(self.aside.values()))
            for _ in range(LANES[lane])
        ]
        for thread in lanes:
            thread.start()
        self._work(app, "")
        for wake in self.wake_aside.values():
            wake.set()
        # Those in the middle of a call do not hold up the end: it is made again when the lease is over.
        until = time.monotonic() + LEAVE_S
        for thread in lanes:
            thread.join(max(0.0, until - time.monotonic()))

    def _work(self, app: Flask, lane: str) -> None:
        wake = self._waker(lane)
        while not self.stop.is_set():
            with app.app_context():
                try:
                    ran = self.run_due(lane=lane)
                except Exception as error:  # noqa: BLE001 - a store away for a moment must not end the worker
                    log.error("the worker could not look for jobs", exc_info=without_message(error))
                    ran = 0
            if not ran:
                wake.wait(1.0)
                if not self.stop.is_set():
                    wake.clear()

    def start_thread(self, app: Flask) -> threading.Thread:
        """Start the embedded worker; from gunicorn's post_worker_init, never from create_app."""
        thread = threading.Thread(target=self.run_forever, args=(app,), name="ventanilla-worker", daemon=True)
        thread.start()
        return thread


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after so many failures: 10 s doubling to an hour, a tenth of it at random."""
    seconds = min(10 * 2 ** min(attempts - 1, 10), 3600)
    return timedelta(seconds=seconds * random.uniform(0.9, 1.1))  # noqa: S311 - spreads load, guards nothing


def forget_done(_payload: dict[str, Any]) -> None:
    """Drop jobs that were done a month ago; a daily job. Dead ones stay until somebody has looked."""
    with write():
        db.session.execute(delete(Job).where(Job.state == "done", Job.done_at < now() - KEPT))


def dead_letters(limit: int = 100) -> list[Job]:
    return list(db.session.scalars(select(Job).where(Job.state == "dead").order_by(Job.id.desc()).limit(limit)))


def retry(job_id: int) -> None:
    """Give a dead job its tries back."""
    with write():
        job = db.session.get(Job, job_id)
        if job is not None and job.state == "dead":
            job.state, job.attempts, job.run_at = "ready", 0, now()
