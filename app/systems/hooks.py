"""Tell other systems what happens to cases: signed, in the order of the timelines, tried again until they answer.

Nothing is added to the acts themselves: what must be told is read from the timelines, which are written with each act.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from flask import current_app
from sqlalchemy import delete, exists, func, select

from app import vault
from app.audit import append_audit
from app.cases.models import Case, CaseEvent
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Conflict, DomainError, Invalid, NotFound
from app.fetch import FetchError, Policy, fetch, parse
from app.sites.models import Site
from app.systems.models import SystemHook, SystemSend

PLAN, SEND = "systems.plan", "systems.send"
SEALED_FOR = "system-hook"
# What is told; notes, reveals and reminders stay in the house.
TOLD = (
    "radicated", "assigned", "required", "completed", "returned", "extended", "transferred", "answered", "notified",
    "delivered", "withdrawn", "rejected", "lapsed", "reopened", "archived", "annulled", "expired",
)  # fmt: skip
# An act that began before another may be on disk after it: what is that young is looked at again.
OVERLAP = timedelta(minutes=15)
# As many as a job has: after nine they come by the hour, for a week.
MOST_TRIES = 168
MOST_HOOKS, PAGE = 10, 100


class Unanswered(Exception):
    """The other side did not take it: the job tries again."""


def add(staff: Staff, site_id: int, url: str) -> str:
    """Add an address to be told, and return the secret of its signatures, whole, for this once."""
    staff.require("site.manage", site_id)
    allow = current_app.extensions["ventanilla"].settings.crawl_allow
    try:
        target = parse(url.strip(), allow)
    except DomainError as error:
        raise Invalid(fields={"url": [error.message_key]}) from error
    if target.scheme != "https" and target.allow_key not in allow:
        raise Invalid(fields={"url": ["systems.errors.https"]})
    secret = secrets.token_urlsafe(32)
    with write():
        count = db.session.scalar(select(func.count()).where(SystemHook.site_id == site_id, SystemHook.active))
        if (count or 0) >= MOST_HOOKS:
            raise Invalid(fields={"url": ["systems.errors.many"]})
        row = SystemHook(site_id=site_id, url=target.url[:500], sealed=vault.seal(SEALED_FOR, secret))
        db.session.add(row)
        db.session.flush()
        append_audit(site_id, staff.actor, "systems.hook_added", f"hook:{row.id}", host=target.host)
    return secret


def stop(staff: Staff, site_id: int, hook_id: int) -> None:
    """Tell an address nothing more; what it was told stays in the list."""
    staff.require("site.manage", site_id)
    with write():
        row = _mine(site_id, hook_id)
        if row.active:
            row.active = False
            append_audit(site_id, staff.actor, "systems.hook_stopped", f"hook:{row.id}")


def _mine(site_id: int, hook_id: int) -> SystemHook:
    row = db.session.get(SystemHook, hook_id, with_for_update=True)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


def hooks_of(site_id: int) -> list[SystemHook]:
    query = select(SystemHook).where(SystemHook.site_id == site_id).order_by(SystemHook.id.desc()).limit(MOST_HOOKS * 3)
    return list(db.session.scalars(query))


def sends_of(site_id: int) -> list[Any]:
    """Return the last tellings of a site: (send, address, kind of event, radicado), what failed first."""
    query = (
        select(SystemSend, SystemHook.url, CaseEvent.kind, Case.radicado)
        .join(SystemHook, SystemHook.id == SystemSend.hook_id)
        .join(CaseEvent, CaseEvent.id == SystemSend.event_id)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(SystemHook.site_id == site_id)
        .order_by((SystemSend.state == "failed").desc(), SystemSend.id.desc())
        .limit(PAGE)
    )
    return list(db.session.execute(query))


def send_again(staff: Staff, site_id: int, send_id: int) -> None:
    """Give a failed telling its tries back."""
    staff.require("site.manage", site_id)
    with write():
        row = db.session.get(SystemSend, send_id, with_for_update=True)
        if row is None:
            raise NotFound
        _mine(site_id, row.hook_id)
        if row.state != "failed":
            raise Conflict
        row.state = "queued"
        _queue(row.id, f":{row.attempts}")
        row.attempts = 0
        append_audit(site_id, staff.actor, "systems.sent_again", f"send:{row.id}")


def plan(_payload: dict[str, Any]) -> None:
    """Queue what has happened since the last look, for each address, and nothing twice; a job of every minute."""
    for hook_id in db.session.scalars(select(SystemHook.id).where(SystemHook.active)).all():
        with write():
            hook = db.session.get(SystemHook, hook_id, with_for_update=True)
            if hook is not None and hook.active:
                _plan(hook)


def _plan(hook: SystemHook, most: int = 1000) -> None:
    moment, since = now(), max(hook.created_at, hook.planned_at - OVERLAP)
    told = exists().where(SystemSend.hook_id == hook.id, SystemSend.event_id == CaseEvent.id)
    fresh = (
        select(CaseEvent.id, CaseEvent.at)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(Case.site_id == hook.site_id, CaseEvent.at >= since, CaseEvent.kind.in_(TOLD), ~told)
        .order_by(CaseEvent.at, CaseEvent.id)
        .limit(most)
    )
    found = db.session.execute(fresh).all()
    for event_id, _ in found:
        row = SystemSend(hook_id=hook.id, event_id=event_id)
        db.session.add(row)
        db.session.flush()
        _queue(row.id)
    # A full page: the rest waits for the next look, which begins where this one ended.
    hook.planned_at = found[-1][1] if len(found) == most else moment


def _queue(send_id: int, again: str = "") -> None:
    jobs = current_app.extensions["ventanilla"].jobs
    jobs.enqueue(SEND, {"send": send_id}, dedupe=f"{SEND}:{send_id}{again}")


def send(payload: dict[str, Any]) -> Callable[[], None] | None:
    """Tell one event, and return what records it; raises where it was not taken, so that the job is tried again."""
    row = db.session.execute(
        select(SystemSend, SystemHook, CaseEvent, Case, Site.key)
        .join(SystemHook, SystemHook.id == SystemSend.hook_id)
        .join(CaseEvent, CaseEvent.id == SystemSend.event_id)
        .join(Case, Case.id == CaseEvent.case_id)
        .join(Site, Site.id == Case.site_id)
        .where(SystemSend.id == payload["send"], SystemSend.state == "queued")
    ).first()
    if row is None:
        return None
    told, hook, event, case, site_key = row
    send_id, url = told.id, hook.url
    if not hook.active:
        return partial(_settle, send_id, "stopped")
    body = _body(told.id, event, case, site_key)
    secret = vault.unseal(SEALED_FOR, hook.sealed).encode()
    db.session.rollback()
    problem = _post(url, body, secret, send_id)
    if not problem:
        return partial(_settle, send_id)
    if _record(send_id, problem, final=False):
        return None
    raise Unanswered(problem)


def _body(send_id: int, event: CaseEvent, case: Case, site_key: str) -> bytes:
    """Return what is told: numbers, states and dates, and nothing of a person."""
    said = {
        "id": send_id, "event": event.kind, "at": event.at.isoformat(), "site": site_key, "radicado": case.radicado,
        "kind": case.kind, "state": case.state, "due_on": case.due_on and case.due_on.isoformat(),
        "answered_at": case.answered_at and case.answered_at.isoformat(),
    }  # fmt: skip
    return json.dumps(said, sort_keys=True).encode()


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return what the receiver works out too: HMAC-SHA-256 of "<timestamp>.<body>"; old timestamps are a replay."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, sha256).hexdigest()


def _post(url: str, body: bytes, secret: bytes, send_id: int) -> str:
    """Return "" where the other side took it, else what went wrong."""
    timestamp = str(int(now().timestamp()))
    headers = {
        "Content-Type": "application/json", "User-Agent": "Ventanilla", "X-Ventanilla-Delivery": str(send_id),
        "X-Ventanilla-Timestamp": timestamp, "X-Ventanilla-Signature": signature(secret, timestamp, body),
    }  # fmt: skip
    policy = Policy(
        allow=current_app.extensions["ventanilla"].settings.crawl_allow, max_redirects=0, total_s=10,
        max_bytes=64 * 1024, max_decoded_bytes=64 * 1024,
    )  # fmt: skip
    try:
        answer = fetch(url, method="POST", headers=headers, body=body, policy=policy)
    except FetchError as error:
        return error.code
    return "" if 200 <= answer.status < 300 else str(answer.status)


def _settle(send_id: int, problem: str = "") -> None:
    _record(send_id, problem, final=True)


def _record(send_id: int, problem: str, *, final: bool) -> bool:
    """Write down a try, and return whether it was the last one."""
    with write():
        row = db.session.get(SystemSend, send_id, with_for_update=True)
        if row is None:
            return True
        row.attempts, row.problem = row.attempts + 1, problem
        if not problem:
            row.state, row.sent_at = "sent", now()
        elif final or row.attempts >= MOST_TRIES:
            row.state = "failed"
        return row.state != "queued"


def forget(_payload: dict[str, Any]) -> None:
    """Drop what was told three months ago; a daily job."""
    old: datetime = now() - timedelta(days=90)
    with write():
        db.session.execute(delete(SystemSend).where(SystemSend.state == "sent", SystemSend.sent_at < old))
