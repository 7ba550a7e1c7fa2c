"""How long the raw form of a mail is kept once it has become something: as an administrator has set, else for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.audit import append_audit
from app.clock import now
from app.db import db, write
from app.mail.intake.models import AUTO, BOUNCE, CASE, OWN, THREAD, IncomingMail

FORGET = "mail.forget_raw"
BATCH = 200
# What it says is in a case or a thread, or nobody's to answer. What waits for a person keeps its raw form.
SETTLED = (THREAD, CASE, BOUNCE, AUTO, OWN)


def forget_raw(_payload: dict[str, Any]) -> None:
    """Purge raw mails older than VENTANILLA_RAW_MAIL_DAYS; a daily job. What was read of them, and their hash, stay."""
    ventanilla = current_app.extensions["ventanilla"]
    days: int = ventanilla.settings.raw_mail_days
    if not days:
        return
    old = (
        select(IncomingMail.id, IncomingMail.raw_key)
        .where(IncomingMail.kept_at < now() - timedelta(days=days), IncomingMail.raw_key != "")
        .where(IncomingMail.state.in_(SETTLED))
        .order_by(IncomingMail.id)
        .limit(BATCH)
    )
    while rows := db.session.execute(old).all():
        db.session.rollback()
        for _, key in rows:
            # Before its row: killed between the two, the next run finds the row again; no file is left behind unseen.
            ventanilla.storage.delete(key)
        _let_go([mail_id for mail_id, _ in rows])


def _let_go(ids: list[int]) -> None:
    sites = dict[int, int]()
    with write():
        for row in db.session.scalars(select(IncomingMail).where(IncomingMail.id.in_(ids)).with_for_update()):
            row.raw_key = ""
            sites[row.site_id] = sites.get(row.site_id, 0) + 1
        for site_id, count in sites.items():
            append_audit(site_id, "system", "mail.raw_purged", f"site:{site_id}", number=count)
