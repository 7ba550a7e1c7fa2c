"""A survey in the site's search: found by its title, its purpose and what it asks, from its opening on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.db import db
from app.search import feeding
from app.search.engine import Document
from app.sites.models import Site
from widgets.survey.definition import questions_of, text_of
from widgets.survey.models import Survey


def publish(survey: Survey, definition: Mapping[str, Any]) -> None:
    """Put the survey's page into the index, new or changed, inside the running write."""
    site = db.session.get_one(Site, survey.site_id)
    asked = [text_of(question.get("text"), site.lang) for question in questions_of(definition)]
    body = "\n".join(filter(None, [text_of(survey.purpose, site.lang), *asked]))
    feeding.put(
        survey.site_id,
        Document(
            id=f"survey:{survey.id}", site=site.key, kind="page", title=text_of(survey.title, site.lang), body=body,
            url=f"/{site.key}/survey/{survey.key}", lang=site.lang, published_at=survey.opened_at,
        ),
    )  # fmt: skip
