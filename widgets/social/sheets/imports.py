"""Bringing an old spreadsheet into the register: looked at first, kept when somebody says so, each by a job."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from app.audit import append_audit
from app.cases.filing import next_number, raise_number
from app.clock import now
from app.console.roles import Staff
from app.db import db, table, write
from app.errors import Conflict, DomainError, Invalid, NotFound
from widgets.social.models import SocialImport, SocialReport
from widgets.social.register import reports
from widgets.social.sheets import reading

log = logging.getLogger("ventanilla.social")

JOB, FORGET = "social.import", "social.forget_imports"
READING, LOOKED, KEEPING, DONE, FAILED, DROPPED = "reading", "looked", "keeping", "done", "failed", "dropped"
BUSY = (READING, KEEPING)
MAX_BYTES = 10 * 1024 * 1024
# How a file of the Office before 2007 begins, whatever it is called.
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BATCH = 250
SHOWN = 200
KEPT = timedelta(days=7)
_OURS = re.compile(r"RS(\d{4})-(\d{6,9})")


def bring(staff: Staff, site_id: int, content: bytes, name: str) -> int:
    """Take a sheet in to be looked at, and return its number; nothing of it stands in the register yet."""
    staff.require("social.reports", site_id)
    if len(content) > MAX_BYTES:
        raise Invalid(fields={"file": ["social.console.too_big"]})
    if content.startswith(OLD_OFFICE):
        raise Invalid(fields={"file": ["social.console.renamed"]})
    if not content or not name.lower().endswith((".xlsx", ".csv")):
        raise Invalid(fields={"file": ["social.console.bad_sheet"]})
    with write():
        row = SocialImport(site_id=site_id, name=name[:200], content=content, actor=staff.actor, errors=[])
        db.session.add(row)
        db.session.flush()
        append_audit(site_id, staff.actor, "social.import_brought", f"social_import:{row.id}", bytes=len(content))
        current_app.extensions["ventanilla"].jobs.enqueue(JOB, {"import": row.id}, dedupe=f"{JOB}:{row.id}:look")
        return row.id


def the_import(site_id: int, import_id: int, *, lock: bool = False) -> SocialImport:
    row = db.session.get(SocialImport, import_id, with_for_update=lock)
    if row is None or row.site_id != site_id:
        raise NotFound
    return row


def recent(site_id: int) -> list[SocialImport]:
    query = select(SocialImport).where(SocialImport.site_id == site_id).order_by(SocialImport.id.desc())
    return list(db.session.scalars(query.limit(10)))


def keep(staff: Staff, site_id: int, import_id: int) -> None:
    """Let the job put the rows into the register; Conflict where something is wrong, or it has been kept already."""
    staff.require("social.reports", site_id)
    with write():
        row = the_import(site_id, import_id, lock=True)
        if row.state != LOOKED or not row.rows:
            raise Conflict("social.console.not_to_keep")
        if row.wrong:
            raise Conflict("social.console.has_errors")
        row.state, row.done = KEEPING, 0
        append_audit(site_id, staff.actor, "social.import_kept", f"social_import:{row.id}", rows=row.rows)
        current_app.extensions["ventanilla"].jobs.enqueue(JOB, {"import": row.id}, dedupe=f"{JOB}:{row.id}:keep")


def drop(staff: Staff, site_id: int, import_id: int) -> None:
    """Give a sheet up that was only looked at; its content is forgotten."""
    staff.require("social.reports", site_id)
    with write():
        row = the_import(site_id, import_id, lock=True)
        if row.state not in (LOOKED, FAILED):
            raise Conflict("social.console.not_to_keep")
        row.state, row.content = DROPPED, None
        append_audit(site_id, staff.actor, "social.import_dropped", f"social_import:{row.id}")


def work(payload: dict[str, Any]) -> None:
    """Look at a sheet, or keep it from the row on at which it stands; a job that may die and begin again."""
    row = db.session.get(SocialImport, payload["import"])
    if row is None or row.state not in BUSY or row.content is None:
        return None
    import_id, site_id, state, content, name, at = row.id, row.site_id, row.state, row.content, row.name, row.done
    try:
        found = reading.look(site_id, content, name, row.created_at, refuse_known=state == READING)
    except DomainError as error:
        key = error.fields["file"][0] if isinstance(error, Invalid) else error.message_key
        return _finish(import_id, FAILED, [[0, "", key]])
    except OperationalError:
        raise  # the store is away or busy: the job comes again
    except Exception as error:  # noqa: BLE001 - what no row's error names, and the next try would meet again
        # Its class alone: its words may be those of a cell.
        log.error("import %d could not be looked at: %s", import_id, type(error).__name__)
        db.session.rollback()
        return _finish(import_id, FAILED, [[0, "", "social.console.look_failed"]])
    db.session.rollback()
    if state == READING:
        return _looked(import_id, found)
    rows = found.rows
    for start in range(at, len(rows), BATCH):
        if not _keep(import_id, start, rows[start : start + BATCH]):
            return None
    return _finish(import_id, DONE, [])


def _looked(import_id: int, found: reading.Look) -> None:
    with write():
        row = db.session.get_one(SocialImport, import_id, with_for_update=True)
        if row.state == READING:
            row.state, row.rows, row.wrong = LOOKED, len(found.rows), len(found.errors)
            row.errors, row.history = [list(one) for one in found.errors[:SHOWN]], len(found.history)


def _finish(import_id: int, state: str, errors: list[Any]) -> None:
    with write():
        row = db.session.get_one(SocialImport, import_id, with_for_update=True)
        if row.state in BUSY:
            row.state, row.content = state, None
            row.errors, row.wrong = (errors, len(errors)) if errors else (row.errors, row.wrong)


def _keep(import_id: int, start: int, given: list[tuple[reading.Place, dict[str, Any]]]) -> bool:
    """Put some rows into the register; False where another worker has, or somebody stopped it."""
    with write():
        row = db.session.get_one(SocialImport, import_id, with_for_update=True)
        if row.state != KEEPING or row.done != start:
            return False
        codes = [one["code"] for _, one in given if one["code"]]
        mine = (SocialReport.site_id == row.site_id, SocialReport.code.in_(codes))
        # A code can have come into use since the sheet was looked at.
        known = set(db.session.scalars(select(SocialReport.code).where(*mine)))
        late = [[number, "code", "social.console.known_code"] for number, one in given if one["code"] in known]
        row.errors, row.wrong = [*row.errors, *late][:SHOWN], row.wrong + len(late)
        rows = [one for _, one in given if one["code"] not in known]
        if rows:
            _number(row.site_id, rows)
            db.session.execute(insert(table(SocialReport)), rows)
            append_audit(
                row.site_id, row.actor, "social.imported", f"social_import:{row.id}",
                rows=len(rows), first=rows[0]["code"], last=rows[-1]["code"],
            )  # fmt: skip
        row.done = start + len(given)
        return True


def _number(site_id: int, rows: list[dict[str, Any]]) -> None:
    """Give a code to the rows that have none, and let our own series go on after those that have one of it."""
    highest: dict[int, int] = {}
    for one in rows:
        if ours := _OURS.fullmatch(one["code"]):
            highest[int(ours[1])] = max(highest.get(int(ours[1]), 0), int(ours[2]))
    for its_year, number in highest.items():
        raise_number(site_id, reports.SERIES, its_year, number)
    year = now().year
    for one in rows:
        one["code"] = one["code"] or reports.code_of(year, next_number(site_id, reports.SERIES, year))


def forget(_payload: dict[str, Any]) -> None:
    """Forget sheets that nobody kept within a week, and those at which the work stopped for good; a daily job."""
    before = now() - KEPT
    with write():
        db.session.execute(
            update(SocialImport)
            .where(
                or_(
                    and_(SocialImport.state.in_((READING, LOOKED, FAILED)), SocialImport.created_at < before),
                    # It may have been looked at for a week before somebody kept it.
                    and_(SocialImport.state == KEEPING, SocialImport.created_at < before - KEPT),
                )
            )
            .values(state=DROPPED, content=None)
        )
