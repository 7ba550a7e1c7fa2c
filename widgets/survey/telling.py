"""What others tell of surveys: the site's feeds, and who offers one at the end of a chat or under an answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.content.entries import FeedEntry, uid_of
from app.db import db
from app.participation import closing
from app.search.analysis import fold
from app.sites.models import Site
from app.widget import Offer
from app.words import t
from widgets.survey.definition import text_of
from widgets.survey.models import Survey
from widgets.survey.service import ARCHIVED, CLOSED, DRAFT, OPEN, exercise, is_open


def moments(survey: Survey) -> list[tuple[str, datetime]]:
    """Return what people are told of a survey and when it happened, in order: opened, closed, results, decided."""
    told: list[tuple[str, datetime]] = []
    if is_open(survey) or survey.state == CLOSED:
        opened_at = max(moment for moment in (survey.opened_at, survey.opens_at, survey.created_at) if moment)
        told.append(("opened", opened_at))
    if survey.state in (CLOSED, ARCHIVED) and survey.closed_at is not None:
        told.append(("closed", survey.closed_at))
        if survey.show_results:
            told.append(("results", max(survey.results_at or survey.closed_at, survey.closed_at)))
        record = closing.record_of(exercise(survey))
        if record is not None and record.published_at is not None:
            # Who follows the surveys by mail or reader hears what was decided, not only that it ended.
            told.append(("decided", record.published_at))
    return sorted(told, key=lambda one: one[1])


def feed_entries(site_id: int) -> list[FeedEntry]:
    """Return an entry for each survey that people see, one more for its end, its results, and what was decided."""
    site = db.session.get_one(Site, site_id)
    query = select(Survey).where(Survey.site_id == site_id, Survey.state.not_in((DRAFT, ARCHIVED)))
    found = []
    for survey in db.session.scalars(query.order_by(Survey.id.desc()).limit(20)):
        told = moments(survey)
        for moment, at in told:
            title = t(f"survey.feed.{moment}", site.lang, title=text_of(survey.title, site.lang))
            found.append(
                FeedEntry(
                    uid=uid_of(site.key, "survey", survey.id, moment),
                    url=f"/{site.key}/survey/{survey.key}{'/results' if moment == 'results' else ''}",
                    title=title, summary=text_of(survey.purpose, site.lang), published_at=at, updated_at=at,
                    lang=site.lang, topic=t("survey.page.title", site.lang),
                )
            )  # fmt: skip
    return found


def offers(site_id: int, moment: str, tags: tuple[str, ...], lang: str) -> list[Offer]:
    """Return the open surveys that their staff tie to this moment, and to one of these tags where they name any."""
    query = select(Survey).where(Survey.site_id == site_id, Survey.state == OPEN, Survey.level != "codes")
    had = {fold(tag) for tag in tags}
    found = []
    for survey in db.session.scalars(query.order_by(Survey.id.desc()).limit(50)):
        wanted = {fold(tag) for tag in survey.offers.get("tags", [])} if moment == "case" else set()
        if survey.offers.get(moment) and is_open(survey) and (not wanted or wanted & had):
            title = text_of(survey.title, lang)
            found.append(Offer("survey", survey.key, title, f"/survey/{survey.key}"))
    return found
