"""What the register of participation does with surveys: lists, opens and closes them by the clock, counts (S0-9)."""

from __future__ import annotations

from app.db import db
from app.errors import NotFound
from app.widget import Exercises, Held
from widgets.survey import service
from widgets.survey.models import Survey


def _survey(site_id: int, survey_id: int) -> Survey:
    survey = db.session.get(Survey, survey_id, with_for_update=True)
    if survey is None or survey.site_id != site_id:
        raise NotFound
    return survey


def listed(site_id: int) -> list[Held]:
    return [Held(survey.id, survey.title.get("es", ""), survey.state) for survey in service.surveys(site_id)]


def open_it(site_id: int, survey_id: int, actor: str) -> None:
    survey = _survey(site_id, survey_id)
    if survey.state != service.OPEN:
        service.open_by(survey, actor)


def close_it(site_id: int, survey_id: int, actor: str) -> None:
    survey = _survey(site_id, survey_id)
    if survey.state == service.OPEN:
        service.close_by(survey, actor)


def count(_site_id: int, survey_id: int) -> int:
    return sum(service.count_answers(survey_id).values())


EXERCISES = Exercises(listed, open_it, close_it, count)
