"""Published texts say by when somebody must look at them again, and who wrote them is reminded (S0-12, S1-7)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import or_, select

from app.clock import now
from app.console.models import User
from app.content.models import Faq, Publication
from app.db import db, write
from app.mail import outbox
from app.sites.models import Site
from app.sites.service import all_sites
from app.words import t


@dataclass(frozen=True)
class Due:
    """A public text whose day has come: "publication" or "faq", its number, title and day."""

    kind: str
    id: int
    title: str
    review_on: date


def due(site_id: int, today: date) -> list[Due]:
    """Return the public texts of a site that are to be looked at, the oldest day first."""
    found = [
        Due("publication", row.id, row.title, on)
        for row in db.session.scalars(
            select(Publication).where(Publication.site_id == site_id, Publication.live, Publication.review_on <= today)
        )
        if (on := row.review_on) is not None
    ]
    questions = select(Faq).where(Faq.site_id == site_id, Faq.published, Faq.review_on <= today)
    found += [Due("faq", row.id, row.question, on) for row in db.session.scalars(questions) if (on := row.review_on)]
    return sorted(found, key=lambda one: (one.review_on, one.title))


def today_of(timezone: str) -> date:
    return now().astimezone(ZoneInfo(timezone)).date()


def waiting(site_id: int, _offices: frozenset[int] | None) -> int:
    """Return how many texts wait for a look: the number beside the console's navigation."""
    return len(due(site_id, today_of(db.session.get_one(Site, site_id).timezone)))


def remind(_payload: dict[str, Any]) -> None:
    """Write to who wrote a text whose day has come, once for each day set; a job of every hour."""
    for site in all_sites():
        today = today_of(site.timezone)
        if any(_untold(site.id, today)):
            with write():
                _write_to_authors(db.session.get_one(Site, site.id), today)


def _untold(site_id: int, today: date) -> tuple[list[Publication], list[Faq]]:
    publications = select(Publication).where(
        Publication.site_id == site_id, Publication.live, Publication.review_on <= today,
        or_(Publication.reminded_on.is_(None), Publication.reminded_on < Publication.review_on),
    )  # fmt: skip
    questions = select(Faq).where(
        Faq.site_id == site_id, Faq.published, Faq.review_on <= today,
        or_(Faq.reminded_on.is_(None), Faq.reminded_on < Faq.review_on),
    )  # fmt: skip
    return list(db.session.scalars(publications)), list(db.session.scalars(questions))


def _write_to_authors(site: Site, today: date) -> None:
    publications, questions = _untold(site.id, today)
    lines: defaultdict[str, list[str]] = defaultdict(list)
    base = f"{current_app.extensions['ventanilla'].settings.base_url}/console/{site.key}"
    for row in publications:
        author = db.session.get(User, row.author_id) if row.author_id else None
        # Whose author has gone is everybody's: it goes to the official address.
        to = author.email if author is not None and author.active else site.official_email
        lines[to].append(f"- {row.title}\n  {base}/publications/{row.id}")
        row.reminded_on = row.review_on
    for question in questions:
        lines[site.official_email].append(f"- {question.question}\n  {base}/faqs/{question.id}")
        question.reminded_on = question.review_on
    for to, texts in lines.items():
        outbox.enqueue(
            site, to, t("content.review.subject", site.lang, n=len(texts)),
            t("content.review.text", site.lang, texts="\n".join(texts), entity=site.entity), source="review",
        )  # fmt: skip
