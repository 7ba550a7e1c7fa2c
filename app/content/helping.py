"""What answers a question before anybody has to: the frequent questions in their order, or what the search finds."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from app.content import service
from app.content.documents import faq_id
from app.content.render import to_text
from app.search import analysis
from app.search.index import the_index
from app.search.query import LONGEST_TEXT
from app.sites.service import SiteInfo


@dataclass(frozen=True)
class Help:
    """One answer: for a frequent question its whole text, for any other document what was found of it."""

    title: str
    text: str
    url: str
    kind: str


def find_help(site: SiteInfo, text: str, lang: str, limit: int = 8) -> list[Help]:
    """Return the frequent questions of a language where nothing is asked, else the best documents for the text."""
    rows = service.faqs(site.id)
    base = current_app.extensions["ventanilla"].settings.base_url
    answers = {
        faq_id(row.id): Help(row.question, to_text(row.html), _faq_url(base, site, row.id), "faq") for row in rows
    }
    if not analysis.words(text[:LONGEST_TEXT]):
        own = [answers[faq_id(row.id)] for row in rows if row.lang == lang]
        return (own or list(answers.values()))[:limit]
    found = the_index().engine.query(site.key, text[:LONGEST_TEXT], limit=limit, lang=lang)
    return [
        answers.get(hit.id)
        or Help(
            hit.title, "".join(piece for piece, _ in hit.snippet),
            base + hit.url if hit.url.startswith("/") else hit.url, hit.kind,
        )
        for hit in found.hits
    ]  # fmt: skip


def _faq_url(base: str, site: SiteInfo, number: int) -> str:
    return f"{base}/{site.key}/faq#faq-{number}"
