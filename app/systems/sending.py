"""Tell other systems what has been queued for them: signed, tried again until they answer, at least once each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cryptography.fernet import InvalidToken
from flask import current_app
from sqlalchemy import func, or_, select, update

from app import vault
from app.audit import append_audit
from app.cases.models import Case, CaseEvent
from app.clock import now
from app.db import db, write
from app.fetch import FetchError, Policy, fetch
from app.jobs import backoff
from app.sites.models import Site
from app.systems import signing, warning
from app.systems.addresses import SEALED_FOR, changed
from app.systems.models import FAILED, QUEUED, SENT, SystemHook, SystemSend
from app.systems.telling import queue

# What nobody has answered for a week is told no more.
GIVEN_UP_AFTER = timedelta(days=7)
TAKES_AT_MOST_S = 10
# Longer than any call: whoever died in the middle of one leaves the address to the next after it.
TURN = timedelta(seconds=60)
# An address that is down is tried by something new at least so often, however long each notice waits by itself.
LONGEST_PAUSE = timedelta(minutes=5)
# One that answers slowly is let alone for some times as long, so that a few of them leave room for the others.
SLOW_S, ALONE = 2, 4
# The address says that it is gone for good (RFC 9110, section 15.5.11).
GONE = "410"


@dataclass(frozen=True)
class Call:
    """What is told to whom now."""

    hook_id: int
    send_id: int
    url: str
    sealed: str
    number: str
    body: bytes


def send(payload: dict[str, Any]) -> Callable[[], None] | None:
    """Tell an address the next thing that waits for it, and return what records that and queues the one after.

    An address is told one thing at a time, by whichever process has its turn. Killed between call and record, the
    lease of the job ends, and so does the turn: it is told again under the same number.
    """
    hook_id = payload["hook"] if "hook" in payload else _address_of(payload["send"])
    call = None if hook_id is None else _take_turn(hook_id)
    if call is None:
        return None
    try:
        secret = vault.unseal(SEALED_FOR, call.sealed)
    except InvalidToken:
        return partial(_record, call, "secret", 0, final=True)
    began = time.monotonic()
    problem = _post(call.url, call.body, signing.headers_of(secret, call.number, call.body))
    return partial(_record, call, problem, time.monotonic() - began)


def _address_of(send_id: int) -> int | None:
    """Return to whom something is told: jobs from before addresses had turns name that alone."""
    return db.session.scalar(select(SystemSend.hook_id).where(SystemSend.id == send_id))


def _take_turn(hook_id: int) -> Call | None:
    """Return what to tell now; None where nothing is due, and then the job for what waits longer is queued."""
    with write():
        hook = db.session.get(SystemHook, hook_id, with_for_update=True)
        if hook is None:
            return None
        waiting = (SystemSend.hook_id == hook_id, SystemSend.state == QUEUED)
        if not hook.active:
            stopped = update(SystemSend).where(*waiting)
            db.session.execute(stopped.values(state=FAILED, problem=hook.stopped_why or "stopped", tried_at=now()))
            return None
        # It did not answer a moment ago, or is being called: to dial it for each line that waits would flood it.
        free_at = max((at for at in (hook.resume_at, hook.busy_until) if at is not None), default=None)
        if free_at is not None and free_at > now():
            _queue_at(hook_id, free_at)
            return None
        due = or_(SystemSend.try_at.is_(None), SystemSend.try_at <= now())
        # What was tried less comes first: one that the other side chokes on holds up no other.
        row = db.session.scalar(
            select(SystemSend).where(*waiting, due).order_by(SystemSend.attempts, SystemSend.id).limit(1)
        )
        if row is None:
            _queue_at(hook_id, db.session.scalar(select(func.min(SystemSend.try_at)).where(*waiting)))
            return None
        # Written down once: whatever happens to the case later, a number stands for the same words.
        row.body = row.body or _words(row)
        hook.busy_until = now() + TURN
        return Call(hook_id, row.id, hook.url, hook.sealed, row.number, row.body.encode())


def _queue_at(hook_id: int, at: datetime | None) -> None:
    """Queue the next look at an address, once for each moment, however many lines wait for it."""
    if at is not None:
        queue(hook_id, f"@{at.timestamp():.3f}", at)


def _words(row: SystemSend) -> str:
    """Return numbers, states and dates, and nothing of a person."""
    told = db.session.execute(
        select(CaseEvent, Case, Site.key)
        .join(Case, Case.id == CaseEvent.case_id)
        .join(Site, Site.id == Case.site_id)
        .where(CaseEvent.id == row.event_id)
    ).first()
    if told is None:
        return json.dumps({"type": "test", "timestamp": row.created_at.isoformat(), "data": {}})
    event, case, site_key = told
    data = {
        "site": site_key, "radicado": case.radicado, "kind": case.kind, "state": case.state,
        "due_on": case.due_on and case.due_on.isoformat(),
        "answered_at": case.answered_at and case.answered_at.isoformat(),
    }  # fmt: skip
    return json.dumps({"type": f"case.{event.kind}", "timestamp": event.at.isoformat(), "data": data})


def _post(url: str, body: bytes, headers: dict[str, str]) -> str:
    """Return "" where the other side took it, else what went wrong; a redirect could lead anywhere, so it is one."""
    policy = Policy(
        allow=current_app.extensions["ventanilla"].settings.crawl_allow, max_redirects=0, total_s=TAKES_AT_MOST_S,
        max_bytes=64 * 1024, max_decoded_bytes=64 * 1024,
    )  # fmt: skip
    headers = {"Content-Type": "application/json", "User-Agent": "Ventanilla", **headers}
    try:
        answer = fetch(url, method="POST", headers=headers, body=body, policy=policy)
    except FetchError as error:
        return error.code
    return "" if 200 <= answer.status < 300 else str(answer.status)


def _record(call: Call, problem: str, took_s: float, *, final: bool = False) -> None:
    """Write down a try inside the running write, and queue what is to be told next."""
    hook = db.session.get(SystemHook, call.hook_id, with_for_update=True)
    row = db.session.get(SystemSend, call.send_id, with_for_update=True)
    if hook is None or row is None:
        return
    hook.busy_until = None
    if row.state == QUEUED:
        row.attempts, row.problem, row.tried_at = row.attempts + 1, problem, now()
        if not problem:
            row.state, row.sent_at, hook.failures, hook.resume_at, hook.warned_at = SENT, now(), 0, None, None
            if took_s > SLOW_S:
                hook.resume_at = now() + ALONE * timedelta(seconds=took_s)
        else:
            _failed(hook, row, final=final)
    queue(call.hook_id, f"{call.send_id}.{row.again}.{row.attempts}", hook.resume_at)


def _failed(hook: SystemHook, row: SystemSend, *, final: bool) -> None:
    if row.problem == GONE:
        hook.active, hook.stopped_why = False, GONE
        changed(hook.site_id)
        append_audit(hook.site_id, "system", "systems.hook_gone", f"hook:{hook.id}")
    elif not final:
        hook.failures += 1
        hook.resume_at = now() + min(backoff(hook.failures), LONGEST_PAUSE)
        row.try_at = now() + backoff(row.attempts)
    if final or row.problem == GONE or row.again:
        # By hand it is tried once: who pressed the button sees what it got.
        row.state = FAILED
    db.session.flush()
    old = (SystemSend.hook_id == hook.id, SystemSend.state == QUEUED, SystemSend.created_at < now() - GIVEN_UP_AFTER)
    result = db.session.execute(update(SystemSend).where(*old).values(state=FAILED, problem=row.problem))
    given_up = bool(result.rowcount)  # type: ignore[attr-defined]
    what = "gone" if row.problem == GONE else "secret" if final else "failing" if given_up else ""
    # That it is told nothing more is news also to who knows that it fails.
    if what and (hook.warned_at is None or what == "gone"):
        hook.warned_at = now()
        warning.write_to_administrators(hook, what)
