"""What the site's feeds tell of surveys: that one can be answered, and that one has ended."""

from __future__ import annotations

from sqlalchemy import select

from app.content.entries import FeedEntry, uid_of
from app.db import db
from app.sites.models import Site
from app.words import t
from widgets.survey.definition import text_of
from widgets.survey.models import Survey
from widgets.survey.service import ARCHIVED, CLOSED, DRAFT, is_open


def feed_entries(site_id: int) -> list[FeedEntry]:
    """Return an entry for each survey that people see, and one more for its end."""
    site = db.session.get_one(Site, site_id)
    query = select(Survey).where(Survey.site_id == site_id, Survey.state.not_in((DRAFT, ARCHIVED)))
    found = []
    for survey in db.session.scalars(query.order_by(Survey.id.desc()).limit(20)):
        opened_at = max(moment for moment in (survey.opened_at, survey.opens_at, survey.created_at) if moment)
        told = [("opened", opened_at)] if is_open(survey) or survey.state == CLOSED else []
        if survey.state == CLOSED and survey.closed_at is not None:
            told.append(("closed", survey.closed_at))
        for moment, at in told:
            title = t(f"survey.feed.{moment}", site.lang, title=text_of(survey.title, site.lang))
            found.append(
                FeedEntry(
                    uid=uid_of(site.key, "survey", survey.id, moment), url=f"/{site.key}/survey/{survey.key}",
                    title=title, summary=text_of(survey.purpose, site.lang), published_at=at, updated_at=at,
                    lang=site.lang, topic=t("survey.page.title", site.lang),
                )
            )  # fmt: skip
    return found
