"""The files that people sent with their answers: listed for the staff, each handed out through its survey alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.db import db
from app.errors import NotFound
from app.files import FileInfo, StoredFileRow, files_of, find_file
from widgets.survey.models import SurveyAnswer

SOURCE = "survey_answer"
MOST = 500


@dataclass(frozen=True)
class Sent:
    """The files of one answer, and the day on which they came."""

    answer_id: int
    on: date
    files: list[FileInfo]


def sent_files(survey_id: int) -> list[Sent]:
    """Return the newest answers that brought files, up to MOST."""
    claimed = select(StoredFileRow.source_id).where(StoredFileRow.source == SOURCE)
    query = (
        select(SurveyAnswer.id, SurveyAnswer.at)
        .where(SurveyAnswer.survey_id == survey_id, SurveyAnswer.id.in_(claimed))
        .order_by(SurveyAnswer.id.desc())
        .limit(MOST)
    )
    days = {int(answer_id): at.date() for answer_id, at in db.session.execute(query)}
    files = files_of(SOURCE, days)
    return [Sent(answer_id, on, files[answer_id]) for answer_id, on in days.items()]


def the_file(survey_id: int, file_id: int) -> FileInfo:
    """Return one file of this survey; NotFound for any other's."""
    row = db.session.get(StoredFileRow, file_id)
    answer = db.session.get(SurveyAnswer, row.source_id) if row and row.source == SOURCE and row.source_id else None
    found = find_file(file_id, SOURCE, [answer.id]) if answer and answer.survey_id == survey_id else None
    if found is None:
        raise NotFound
    return found
