"""What staff do with a survey: make, change, open, close, put away. Each verb is one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import func, or_, select

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.db import db, in_write, write
from app.errors import Conflict, Invalid, NotFound
from app.participation import closing
from app.participation.closing import Decision, Exercise
from app.sites import places
from app.sites.service import owner_office
from widgets.survey import builder, counting, finding, ready
from widgets.survey.definition import Problem, political, problems, questions_of
from widgets.survey.models import Survey, SurveyAnswer, SurveyVersion

DRAFT, OPEN, CLOSED, ARCHIVED = "draft", "open", "closed", "archived"
READ, WRITE = "surveys.read", "surveys.write"


class NotReady(Invalid):
    """The survey can't be opened yet; `problems` says why, question by question."""

    code = "not-ready"

    def __init__(self, found: list[Problem]) -> None:
        super().__init__("survey.errors.not-ready", n=len(found))
        self.problems = found


def secret(purpose: str) -> bytes:
    key: bytes = current_app.extensions["ventanilla"].settings.key(purpose)
    return key


def exercise(survey: Survey) -> Exercise:
    return Exercise(survey.site_id, "survey", survey.id)


# Reading


def surveys(site_id: int) -> list[Survey]:
    """Return a site's surveys, the newest first."""
    return list(db.session.scalars(select(Survey).where(Survey.site_id == site_id).order_by(Survey.id.desc())))


def the_survey(staff: Staff, site_id: int, survey_id: int, permission: str = READ) -> Survey:
    """Return a survey that this person may see, its row locked inside a write; NotFound for another site's."""
    # Two who change one survey at once would each write back what they read, and one's change would be lost. Answers
    # that come in meanwhile refer to the row by its key alone, and don't wait.
    survey = db.session.get(Survey, survey_id, with_for_update={"key_share": True} if in_write() else None)
    if survey is None or survey.site_id != site_id:
        raise NotFound
    staff.require(permission, site_id, survey.office_id)
    return survey


def is_open(survey: Survey, moment: datetime | None = None) -> bool:
    moment = moment or now()
    begun = survey.opens_at is None or survey.opens_at <= moment
    return survey.state == OPEN and begun and (survey.closes_at is None or moment < survey.closes_at)


def definition_of(survey: Survey, number: int | None = None) -> dict[str, Any]:
    """Return the definition of a version, the newest where none is named; the draft before the first."""
    version = db.session.scalar(
        select(SurveyVersion).where(
            SurveyVersion.survey_id == survey.id, SurveyVersion.number == (number or survey.version)
        )
    )
    return dict(version.definition) if version else whole_draft(survey)


def whole_draft(survey: Survey) -> dict[str, Any]:
    """Return the draft as it would be opened now: questions about where have the site's places for options."""
    if not any(question.get("from_site") for question in questions_of(survey.draft)):
        return dict(survey.draft)
    options = [{"key": one.key, "text": {"es": one.name}} for one in places.places(survey.site_id)]
    return builder.with_places(survey.draft, options)


def count_answers(survey_id: int) -> dict[str, int]:
    """Return how many answers came by each channel."""
    query = select(SurveyAnswer.channel, func.count()).where(SurveyAnswer.survey_id == survey_id)
    rows = db.session.execute(query.group_by(SurveyAnswer.channel))
    return {str(channel): int(count) for channel, count in rows}


def answers_by_survey(site_id: int) -> dict[int, int]:
    """Return how many answers each survey of a site has, all channels together; none where it has none."""
    query = select(SurveyAnswer.survey_id, func.count()).join(Survey).where(Survey.site_id == site_id)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(SurveyAnswer.survey_id))}


def by_key(site_id: int, key: str) -> Survey:
    """Return a survey that the public may know of; NotFound for a draft or one put away without results."""
    survey = db.session.scalar(select(Survey).where(Survey.site_id == site_id, Survey.key == key))
    if survey is None or survey.state == DRAFT:
        raise NotFound("survey.errors.unknown")
    return survey


# Writing


def _free_key(site_id: int, title: str) -> str:
    base = closing.slug(title) or "encuesta"
    taken = set(
        db.session.scalars(
            select(Survey.key).where(Survey.site_id == site_id, or_(Survey.key == base, Survey.key.like(f"{base}-%")))
        )
    )
    number = 2
    key = base
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key


def create(staff: Staff, site_id: int, title: str, template: str = "") -> int:
    """Make a draft, empty or from a ready-made survey, and return its id."""
    staff.require(WRITE, site_id)
    definition = ready.definition(template) or builder.empty()
    with write():
        office = owner_office(site_id, "survey", "citizen")
        staff.require(WRITE, site_id, office.id)
        survey = Survey(
            site_id=site_id, key=_free_key(site_id, title), office_id=office.id, title={"es": title}, draft=definition
        )
        db.session.add(survey)
        db.session.flush()
        append_audit(site_id, staff.actor, "survey.created", f"survey:{survey.id}", template=template)
        return survey.id


def edit(
    staff: Staff, site_id: int, survey_id: int, change: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """Apply a change of widgets.survey.builder to the draft, and return the new one.

    An open survey may be edited: what people answer stays the version that was opened until the next is.
    """
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.state == ARCHIVED:
            raise Conflict("survey.errors.archived")
        survey.draft = change(survey.draft)
        append_audit(site_id, staff.actor, "survey.draft", f"survey:{survey.id}")
        return dict(survey.draft)


def open_survey(staff: Staff, site_id: int, survey_id: int) -> int:
    """Freeze the draft as the next version and let people answer it; return its number.

    Raises NotReady with every problem of the draft.
    """
    with write():
        return open_by(the_survey(staff, site_id, survey_id, WRITE), staff.actor)


def open_by(survey: Survey, actor: str) -> int:
    """Open a survey inside the running write, and return the number of the version that people answer."""
    if survey.state == ARCHIVED:
        raise Conflict("survey.errors.archived")
    draft = whole_draft(survey)
    found = problems(draft)
    if found:
        raise NotReady(found)
    if survey.state == CLOSED and survey.level == "document":
        # Its key is gone: who answered before could answer again.
        raise Conflict("survey.errors.key-destroyed")
    if survey.version == 0 or draft != definition_of(survey):
        survey.version += 1
        db.session.add(SurveyVersion(survey_id=survey.id, number=survey.version, definition=draft))
    if survey.state == CLOSED:
        survey.told = counting.publishable(survey, counting.count_up_to(survey.id))
    survey.state, survey.opened_at, survey.closed_at = OPEN, survey.opened_at or now(), None
    keep_document_key(survey)
    finding.publish(survey, draft)
    append_audit(
        survey.site_id, actor, "survey.opened", f"survey:{survey.id}",
        version=survey.version, political=political(survey.draft, survey.title.get("es", "")),
    )  # fmt: skip
    return survey.version


def keep_document_key(survey: Survey) -> None:
    if survey.level == "document" and survey.state in (DRAFT, OPEN) and not survey.document_key:
        survey.document_key = secrets.token_hex(32)


def close(staff: Staff, site_id: int, survey_id: int) -> None:
    """Take no more answers. The key of the documents' hashes is destroyed: nobody can be looked for in them."""
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.state != OPEN:
            raise Conflict("survey.errors.not-open")
        close_by(survey, staff.actor)


def close_by(survey: Survey, actor: str) -> None:
    """Close a survey inside the running write."""
    survey.state, survey.closed_at, survey.document_key = CLOSED, now(), ""
    counting.tell_all(survey)
    append_audit(survey.site_id, actor, "survey.closed", f"survey:{survey.id}")


def close_due(_payload: dict[str, Any]) -> None:
    """Close the surveys whose time is over; a job, so that keys are destroyed though nobody looks."""
    due = select(Survey.id).where(Survey.state == OPEN, Survey.closes_at <= now())
    for survey_id in list(db.session.scalars(due)):
        with write():
            survey = db.session.get(Survey, survey_id, with_for_update=True)
            if survey is not None and survey.state == OPEN:
                close_by(survey, "system")


def archive(staff: Staff, site_id: int, survey_id: int) -> None:
    """Put a closed survey away; never before its closing record is public."""
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.state != CLOSED:
            raise Conflict("survey.errors.not-closed")
        if not closing.is_published(exercise(survey)):
            raise Conflict("participation.errors.unpublished")
        survey.state = ARCHIVED
        append_audit(site_id, staff.actor, "survey.archived", f"survey:{survey.id}")


def save_theme(staff: Staff, site_id: int, survey_id: int, new: Decision, theme_id: int | None = None) -> int:
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        return closing.save_theme(exercise(survey), staff.actor, new, theme_id)


def publish_record(staff: Staff, site_id: int, survey_id: int, summary: str) -> None:
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        closing.publish_record(exercise(survey), staff.actor, summary)


def translate(
    staff: Staff, site_id: int, survey_id: int, code: str, texts: Mapping[str, str]
) -> None:
    """Write what is asked in another language: texts by place (widgets.survey.builder.places_of); "" takes one away."""
    with write():
        survey = the_survey(staff, site_id, survey_id, WRITE)
        if survey.state == ARCHIVED:
            raise Conflict("survey.errors.archived")
        if code not in {known for known, _ in survey.languages}:
            raise NotFound
        survey.title = builder.said(survey.title, code, texts.get("title", ""))
        survey.purpose = builder.said(survey.purpose, code, texts.get("purpose", ""))
        survey.draft = builder.translated(survey.draft, code, texts)
        append_audit(site_id, staff.actor, "survey.draft", f"survey:{survey.id}", lang=code)
