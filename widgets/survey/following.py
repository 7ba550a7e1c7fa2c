"""Follow one survey by mail: that it opened, that it closed, that its results can be read, what was decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.clock import now
from app.db import db, write
from app.participation.following import BATCH, Following, base
from app.sites.models import Site
from app.words import t
from widgets.survey import telling
from widgets.survey.definition import text_of
from widgets.survey.models import Survey, SurveyFollower


def _what(row: SurveyFollower) -> str:
    return text_of(db.session.get_one(Survey, row.survey_id).title, row.lang)


FOLLOWING = Following("survey", SurveyFollower, _what, lambda row: f"survey:{row.survey_id}")


def ask(survey: Survey, email: str, lang: str) -> dict[str, Any]:
    """Note the wish to follow a survey, and ask its address for a yes."""
    return FOLLOWING.ask(survey.site_id, email, lang, survey_id=survey.id)


def tell_due(_payload: dict[str, Any]) -> None:
    """Write to followers of what has happened since their last letter; a job, BATCH letters a transaction."""
    moment = now()
    followed = select(SurveyFollower.survey_id).where(SurveyFollower.confirmed_at.is_not(None))
    for survey in list(db.session.scalars(select(Survey).where(Survey.id.in_(followed)))):
        happened = [(name, at) for name, at in telling.moments(survey) if at <= moment]
        if not happened:
            continue
        due = select(SurveyFollower.id).where(
            SurveyFollower.survey_id == survey.id, SurveyFollower.told_at < max(at for _, at in happened)
        )  # fmt: skip
        while waiting := list(db.session.scalars(due.order_by(SurveyFollower.id).limit(BATCH))):
            with write():
                rows = select(SurveyFollower).where(SurveyFollower.id.in_(waiting)).with_for_update()
                for row in db.session.scalars(rows):
                    _tell(row, happened, moment)


def _tell(row: SurveyFollower, happened: list[tuple[str, datetime]], moment: datetime) -> None:
    news = [name for name, at in happened if row.told_at is not None and at > row.told_at]
    row.told_at = moment
    if not news:
        return
    site, survey = db.session.get_one(Site, row.site_id), db.session.get_one(Survey, row.survey_id)
    page = f"{base()}/{site.key}/survey/{survey.key}"
    said = [
        t(f"survey.mail.told.{name}", row.lang,
          url=f"{page}{'/results' if name == 'results' else ''}?lang={row.lang}")
        for name in news
    ]  # fmt: skip
    # The newest names the letter.
    headline = t(f"survey.mail.told.{news[-1]}_subject", row.lang, title=_what(row))
    FOLLOWING.send(site, row, "news", items="\n\n".join(said), headline=headline)
