"""What somebody who writes can cite: found by its words, or by the code that stands on a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app

from app.documents.issuing import plain_code, verify
from app.search.engine import Hit
from app.search.index import the_index
from app.search.query import LONGEST_TEXT
from app.sites.service import SiteInfo
from app.words import t
from widgets.forum import citing

# What was asked or said by somebody is no document.
KINDS = ["document", "news", "page", "procedure"]
MOST = 6


def citable(site: SiteInfo, text: str, lang: str) -> list[dict[str, Any]]:
    """Return what a text may mean: the document of a code or of its address first, then what the search finds.

    The register of documents is found in by whole codes alone, as on the page that verifies: nobody reads it through.
    """
    text = text.strip()[:LONGEST_TEXT]
    found = []
    code = plain_code(text.rpartition("/verify/")[2])
    paper = verify(site.id, code) if code else None
    if paper is not None:
        hint = t("forum.page.cite_verified", lang)
        found.append({"title": f"{paper.title} {paper.number}", "hint": hint, "url": citing.verifying(site, code)})
    if not text or paper is not None:
        return found
    base: str = current_app.extensions["ventanilla"].settings.base_url
    for hit in _hits(site.key, text, lang):
        url = base + hit.url if hit.url.startswith("/") else hit.url
        found.append({"title": hit.title, "hint": t(f"forum.page.cite_{hit.kind}", lang), "url": url})
    return found


def _hits(site_key: str, text: str, lang: str) -> Sequence[Hit]:
    """Return what is found for a text as far as it is typed: where that is the beginning of a word, for the word."""
    engine = the_index().engine
    for words in (text, *engine.suggest(site_key, text[:100], 2)):
        hits = engine.query(site_key, words, kinds=KINDS, limit=MOST, lang=lang).hits
        if hits:
            return hits
    return ()
