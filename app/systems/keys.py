"""Make a key, show it once, know it again, take it back."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from flask import current_app
from sqlalchemy import select

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid, NotFound
from app.systems.models import SystemKey

SCOPES = ("cases.file", "cases.read")
BEGINS = "vent_"
MOST = 50
NOTED = timedelta(hours=1)


@dataclass(frozen=True)
class System:
    """Who calls by a key."""

    id: int
    site_id: int
    scopes: frozenset[str]


def make(staff: Staff, site_id: int, name: str, scopes: Sequence[str]) -> str:
    """Return a new key, whole, for this once."""
    staff.require("site.manage", site_id)
    wrong = {}
    if not name.strip():
        wrong["name"] = ["errors.required"]
    if not scopes or not set(scopes) <= set(SCOPES):
        wrong["scopes"] = ["systems.errors.scopes"]
    if wrong:
        raise Invalid(fields=wrong)
    key = BEGINS + secrets.token_urlsafe(32)
    with write():
        row = SystemKey(
            site_id=site_id, name=name.strip()[:80], hint=key[:9], key_hash=_hash(key), scopes=sorted(set(scopes)),
            created_by=staff.actor,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        append_audit(site_id, staff.actor, "systems.key_made", f"key:{row.id}", scopes=row.scopes)
    return key


def revoke(staff: Staff, site_id: int, key_id: int) -> None:
    """End a key at once; a second time changes nothing."""
    staff.require("site.manage", site_id)
    with write():
        row = db.session.get(SystemKey, key_id, with_for_update=True)
        if row is None or row.site_id != site_id:
            raise NotFound
        if row.revoked_at is None:
            row.revoked_at = now()
            append_audit(site_id, staff.actor, "systems.key_revoked", f"key:{row.id}")


def keys_of(site_id: int) -> list[SystemKey]:
    query = select(SystemKey).where(SystemKey.site_id == site_id).order_by(SystemKey.id.desc()).limit(MOST)
    return list(db.session.scalars(query))


def known(site_id: int, key: str) -> System | None:
    """Return whose key this is on this site; None for one that is unknown, revoked, or another site's."""
    row = db.session.scalar(select(SystemKey).where(SystemKey.key_hash == _hash(key[:200])))
    if row is None or row.site_id != site_id or row.revoked_at is not None:
        return None
    system = System(row.id, row.site_id, frozenset(row.scopes))
    if row.used_at is None or now() - row.used_at > NOTED:
        with write():
            db.session.get_one(SystemKey, row.id).used_at = now()
    return system


def _hash(key: str) -> str:
    secret: bytes = current_app.extensions["ventanilla"].settings.key("system-key")
    return hmac.new(secret, key.encode(), sha256).hexdigest()
