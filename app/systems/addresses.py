"""The addresses that are told what happens to cases: added, stopped, given another secret."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import func, select

from app import vault
from app.audit import append_audit
from app.console.roles import Staff
from app.db import db, write
from app.errors import DomainError, Invalid, NotFound
from app.fetch import parse
from app.sites.models import Site
from app.sites.stamps import new_stamp
from app.systems import signing
from app.systems.models import SystemHook

SEALED_FOR = "system-hook"
MOST_HOOKS = 10


def add(staff: Staff, site_id: int, url: str) -> tuple[int, str]:
    """Add an address to be told, and return its number and the secret of its signatures, whole, for this once."""
    staff.require("site.manage", site_id)
    allow = current_app.extensions["ventanilla"].settings.crawl_allow
    try:
        target = parse(url.strip(), allow)
    except DomainError as error:
        raise Invalid(fields={"url": [error.message_key]}) from error
    if target.scheme != "https" and target.allow_key not in allow:
        raise Invalid(fields={"url": ["systems.errors.https"]})
    if len(target.url) > 500:
        raise Invalid(fields={"url": ["systems.errors.long"]})
    secret = signing.make_secret()
    with write():
        count = db.session.scalar(select(func.count()).where(SystemHook.site_id == site_id, SystemHook.active))
        if (count or 0) >= MOST_HOOKS:
            raise Invalid(fields={"url": ["systems.errors.many"]})
        row = SystemHook(site_id=site_id, url=target.url, sealed=vault.seal(SEALED_FOR, secret))
        db.session.add(row)
        db.session.flush()
        changed(site_id)
        append_audit(site_id, staff.actor, "systems.hook_added", f"hook:{row.id}", host=target.host)
        return row.id, secret


def stop(staff: Staff, site_id: int, hook_id: int) -> None:
    """Tell an address nothing more; what it was told stays in the list."""
    staff.require("site.manage", site_id)
    with write():
        row = my_hook(site_id, hook_id)
        if row.active:
            row.active = False
            changed(site_id)
            append_audit(site_id, staff.actor, "systems.hook_stopped", f"hook:{row.id}")


def resume(staff: Staff, site_id: int, hook_id: int) -> None:
    """Tell an address again what happens from now on."""
    staff.require("site.manage", site_id)
    with write():
        row = my_hook(site_id, hook_id)
        if not row.active:
            row.active, row.stopped_why, row.failures, row.resume_at, row.warned_at = True, "", 0, None, None
            changed(site_id)
            append_audit(site_id, staff.actor, "systems.hook_resumed", f"hook:{row.id}")


def renew(staff: Staff, site_id: int, hook_id: int) -> str:
    """Give an address another secret and return it, whole, for this once; the old one signs nothing more."""
    staff.require("site.manage", site_id)
    secret = signing.make_secret()
    sealed = vault.seal(SEALED_FOR, secret)
    with write():
        row = my_hook(site_id, hook_id)
        row.sealed = sealed
        append_audit(site_id, staff.actor, "systems.hook_renewed", f"hook:{row.id}")
    return secret


def changed(site_id: int) -> None:
    """Let every process forget whom it tells of this site, inside the running write."""
    db.session.get_one(Site, site_id).stamp = new_stamp()


def my_hook(site_id: int, hook_id: int) -> SystemHook:
    """Return an address of this site, locked where a write runs."""
    row = db.session.get(SystemHook, hook_id, with_for_update=True)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


def hooks_of(site_id: int) -> list[SystemHook]:
    query = select(SystemHook).where(SystemHook.site_id == site_id).order_by(SystemHook.id.desc()).limit(MOST_HOOKS * 3)
    return list(db.session.scalars(query))
