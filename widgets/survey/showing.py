"""What anyone may read of surveys before they answer: which there are, and one with its questions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.db import db
from app.participation import closing
from app.sites.service import SiteInfo
from widgets.survey.definition import for_person, text_of
from widgets.survey.models import Survey
from widgets.survey.service import ARCHIVED, CLOSED, DRAFT, definition_of, exercise, is_open


def listed(site: SiteInfo, lang: str) -> list[dict[str, Any]]:
    """Return the surveys that can be answered now, and those whose results or record are public."""
    query = select(Survey).where(Survey.site_id == site.id, Survey.state != DRAFT, Survey.state != ARCHIVED)
    found = []
    for survey in db.session.scalars(query.order_by(Survey.id.desc()).limit(50)):
        if is_open(survey) or survey.state == CLOSED:
            found.append(
                {
                    "key": survey.key,
                    "title": text_of(survey.title, lang),
                    "open": is_open(survey),
                    "closes_at": survey.closes_at.isoformat() if survey.closes_at else None,
                    "results": survey.show_results,
                }
            )
    return found


def boot(site: SiteInfo, lang: str) -> dict[str, Any]:
    """Return what the element needs before it is touched: which surveys there are."""
    return {"surveys": listed(site, lang)[:10]}


def public_view(survey: Survey, lang: str, asked_in: str = "") -> dict[str, Any]:
    """Return a survey as anyone may read it before answering; `asked_in` is another language of its questions."""
    listed = survey.languages
    words = asked_in if asked_in in {code for code, _ in listed} else lang
    return {
        "key": survey.key,
        "lang": words,
        "languages": [{"code": code, "name": name} for code, name in listed],
        "title": text_of(survey.title, words, lang),
        "purpose": text_of(survey.purpose, words, lang),
        "version": survey.version,
        "level": survey.level,
        "pace": survey.pace,
        "open": is_open(survey),
        "opens_at": survey.opens_at.isoformat() if survey.opens_at else None,
        "closes_at": survey.closes_at.isoformat() if survey.closes_at else None,
        "results": survey.show_results,
        "sections": for_person(definition_of(survey), words, lang),
        "record": closing.for_public(exercise(survey), lang),
    }
