"""Ask for a file of a survey's answers, make it beside everything else, and forget it a week later."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import DomainError, Invalid, NotFound
from widgets.survey import service, writing
from widgets.survey.models import Survey, SurveyExport

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
KEPT = timedelta(days=7)
JOB = "survey.export"


def exports_of(survey_id: int) -> list[SurveyExport]:
    """Return the files that were asked for, the newest first."""
    query = select(SurveyExport).where(SurveyExport.survey_id == survey_id).order_by(SurveyExport.id.desc())
    return list(db.session.scalars(query.limit(30)))


def the_export(survey: Survey, export_id: int) -> SurveyExport:
    """Return a file of this survey; NotFound for any other's."""
    found = db.session.get(SurveyExport, export_id)
    if found is None or found.survey_id != survey.id:
        raise NotFound
    return found


def ask(staff: Staff, site_id: int, survey_id: int, kind: str, lang: str) -> int:
    """Have a file made and return its number; who asks again while it is being made gets the same."""
    with write():
        survey = service.the_survey(staff, site_id, survey_id)
        if kind not in writing.KINDS:
            raise Invalid(fields={"kind": ["errors.choice"]})
        on_its_way = select(SurveyExport.id).where(
            SurveyExport.survey_id == survey.id, SurveyExport.kind == kind, SurveyExport.lang == lang,
            SurveyExport.state.in_((WAITING, RUNNING)),
        )  # fmt: skip
        known = db.session.scalar(on_its_way)
        if known is not None:
            return int(known)
        asked = SurveyExport(survey_id=survey.id, kind=kind, lang=lang)
        db.session.add(asked)
        db.session.flush()
        jobs = current_app.extensions["ventanilla"].jobs
        jobs.enqueue(JOB, {"export": asked.id}, dedupe=f"{JOB}:{asked.id}")
        # It holds what everybody wrote: who took it along stays known.
        append_audit(site_id, staff.actor, "survey.exported", f"survey:{survey.id}", kind=kind)
        return asked.id


def make(payload: dict[str, Any]) -> None:
    """Make one file; a job. Run twice, the second finds it made or makes it anew, and one file stays."""
    asked = db.session.get(SurveyExport, payload["export"])
    if asked is None or asked.state in (DONE, FAILED):
        return
    export_id, kind, lang = asked.id, asked.kind, asked.lang
    sheet = writing.sheet_of(db.session.get_one(Survey, asked.survey_id), kind, lang)
    storage = current_app.extensions["ventanilla"].storage
    path = storage.incoming / f"export-{secrets.token_hex(8)}"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _note(export_id, state=RUNNING, total=sheet.total, done=0)
    try:
        writing.write(kind, path, sheet, lambda done: _note(export_id, done=done))
        size = path.stat().st_size
        key = storage.put(path)
    except DomainError as error:
        if error.status >= 500:
            raise
        _note(export_id, state=FAILED, problem=error.message_key)
        return
    finally:
        path.unlink(missing_ok=True)
    with write():
        made = db.session.get(SurveyExport, export_id, with_for_update=True)
        taken = made is not None and made.state != DONE
        if made is not None and taken:
            made.state, made.done, made.key, made.size_bytes, made.finished_at = DONE, sheet.total, key, size, now()
    if not taken:
        storage.delete(key)


def _note(export_id: int, **changes: Any) -> None:
    with write():
        row = db.session.get(SurveyExport, export_id)
        for name, value in changes.items() if row is not None and row.state != DONE else ():
            setattr(row, name, value)


def forget(_payload: dict[str, Any]) -> None:
    """Take away the files of a week ago; a daily job, since a copy of everything lies about in none of ours."""
    with write():
        old = list(db.session.scalars(select(SurveyExport).where(SurveyExport.created_at < now() - KEPT)))
        keys = [row.key for row in old if row.key]
        for row in old:
            db.session.delete(row)
    for key in keys:
        current_app.extensions["ventanilla"].storage.delete(key)
