"""What is offered to a person when an act ends: a survey after a chat, or under the answer to a case.

No leaf knows of another: who ends something asks here, and every leaf may answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app

from app.db import db
from app.sites.models import Site
from app.words import t

CHAT, CASE = "chat", "case"
MOMENTS = (CHAT, CASE)
# More than this is a burden at the end of an errand.
MOST = 2


def offers(site_id: int, moment: str, tags: Iterable[str], lang: str) -> list[dict[str, Any]]:
    """Return what is offered at this moment, as a browser takes it; [] where there is nothing."""
    known = current_app.extensions["ventanilla"].widgets.values()
    wanted = tuple(tags)
    found = [one for widget in known if widget.offers for one in widget.offers(site_id, moment, wanted, lang)]
    if not found:
        return []
    site = db.session.get_one(Site, site_id)
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return [
        {"widget": one.widget, "key": one.key, "title": one.title, "url": f"{base}/{site.key}{one.path}?lang={lang}"}
        for one in found[:MOST]
    ]


def in_mail(site_id: int, moment: str, tags: Iterable[str], lang: str) -> str:
    """Return the same as a paragraph of a letter; "" where there is nothing."""
    lines = [f"{one['title']}\n{one['url']}" for one in offers(site_id, moment, tags, lang)]
    return "\n\n".join([t("participation.offers.mail", lang), *lines]) + "\n\n" if lines else ""
