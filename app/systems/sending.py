"""Tell other systems what has been queued for them: signed, tried again until they answer, at least once each."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from cryptography.fernet import InvalidToken
from flask import current_app
from sqlalchemy import select

from app import vault
from app.audit import append_audit
from app.cases.models import Case, CaseEvent
from app.clock import now
from app.db import db, write
from app.fetch import FetchError, Policy, fetch
from app.jobs import backoff
from app.sites.models import Site
from app.systems import signing
from app.systems.addresses import SEALED_FOR, changed
from app.systems.models import FAILED, QUEUED, SENT, SystemHook, SystemSend
from app.systems.telling import queue

# After nine tries they come by the hour: a week in all.
MOST_TRIES = 168
# The address says that it is gone for good (RFC 9110, section 15.5.11).
GONE = "410"


def send(payload: dict[str, Any]) -> Callable[[], None] | None:
    """Tell one thing, and return what records it and queues the next try.

    Killed between the two, the lease of the job ends and it is told again under the same number.
    """
    send_id: int = payload["send"]
    found = db.session.execute(
        select(SystemSend, SystemHook)
        .join(SystemHook, SystemHook.id == SystemSend.hook_id)
        .where(SystemSend.id == send_id, SystemSend.state == QUEUED)
    ).first()
    if found is None:
        return None
    row, hook = found
    if not hook.active:
        return partial(_record, send_id, hook.stopped_why or "stopped", final=True)
    if hook.resume_at is not None and hook.resume_at > now():
        # It did not answer a moment ago: to dial it for each line that waits would hold up everybody's.
        return partial(queue, send_id, f"{row.again}.{row.attempts}@{hook.resume_at.timestamp():.0f}", hook.resume_at)
    url, number, sealed = hook.url, row.number, hook.sealed
    body = row.body.encode() if row.body else _write_down(send_id)
    db.session.rollback()
    try:
        secret = vault.unseal(SEALED_FOR, sealed)
    except InvalidToken:
        return partial(_record, send_id, "secret", final=True)
    return partial(_record, send_id, _post(url, body, signing.headers_of(secret, number, body)))


def _write_down(send_id: int) -> bytes:
    """Return what is told, kept with it: whatever happens to the case later, a number stands for the same words."""
    with write():
        row = db.session.get_one(SystemSend, send_id, with_for_update=True)
        row.body = row.body or _words(row)
        return row.body.encode()


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
        allow=current_app.extensions["ventanilla"].settings.crawl_allow, max_redirects=0, total_s=10,
        max_bytes=64 * 1024, max_decoded_bytes=64 * 1024,
    )  # fmt: skip
    headers = {"Content-Type": "application/json", "User-Agent": "Ventanilla", **headers}
    try:
        answer = fetch(url, method="POST", headers=headers, body=body, policy=policy)
    except FetchError as error:
        return error.code
    return "" if 200 <= answer.status < 300 else str(answer.status)


def _record(send_id: int, problem: str, *, final: bool = False) -> None:
    """Write down a try inside the running write; one that failed queues the next."""
    row = db.session.get(SystemSend, send_id, with_for_update=True)
    if row is None or row.state != QUEUED:
        return
    hook = db.session.get_one(SystemHook, row.hook_id, with_for_update=True)
    row.attempts, row.problem, row.tried_at = row.attempts + 1, problem, now()
    if not problem:
        row.state, row.sent_at, hook.failures, hook.resume_at = SENT, now(), 0, None
        return
    if problem == GONE and hook.active:
        hook.active, hook.stopped_why = False, GONE
        changed(hook.site_id)
        append_audit(hook.site_id, "system", "systems.hook_gone", f"hook:{hook.id}")
    if final or problem == GONE or row.attempts >= MOST_TRIES:
        row.state = FAILED
        return
    hook.failures += 1
    hook.resume_at = now() + backoff(hook.failures)
    queue(send_id, f"{row.again}.{row.attempts}", now() + backoff(row.attempts))
