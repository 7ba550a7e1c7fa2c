"""What is kept of a document: its terms weighed once, here, so that a query only adds numbers up.

- `terms`: stems of title and body together (BM25F), and the words as written, after `=`
- `title`: stems of the title with their places; the weight is the share of the title that the stem is
- `words`: the title's words, unstemmed, for suggestions and did-you-mean
- `meta`: the whole title, site, kind, language, day of publication (as the weight), demotion

Each term begins with its site: a site reads its own lists alone, however many others share the index.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from app.search import analysis
from app.search.engine import Document

VERSION = 2
"""Goes up whenever what is kept changes, and makes older indexes rebuild."""

MOST_WORDS = 50_000
K1 = 1.2
BODY_B = 0.75
TITLE_B = 0.4
TITLE_BOOST = 4.0
USUAL_BODY = 250.0
USUAL_TITLE = 6.0
MOST_PLACES = 250
LONGEST_TITLE = 300
_NUMBER = re.compile(r"\s*\d+(\.\d+)*[.)]\s")


def scoped(site: str, term: str) -> str:
    """Return the term as it lies in the index."""
    return f"{site}\x1f{term}"


def fields_of(doc: Document) -> dict[str, Any]:
    """Return the fields of a document, as `codec.schema` takes them."""
    title, body = analysis.words(doc.title), analysis.words(doc.body)[:MOST_WORDS]
    places: dict[str, list[int]] = {}
    for place, word in enumerate(title[:MOST_PLACES]):
        places.setdefault(analysis.term(word, doc.lang), []).append(place)
    telling = _telling(doc.title, title, doc.lang) & places.keys()
    share = {term: float(term in telling) / len(telling) if telling else 1.0 / len(places) for term in places}
    return {
        "id": {doc.id: 1.0},
        "terms": {scoped(doc.site, term): weight for term, weight in _weights(title, body, doc.lang).items()},
        "title": {scoped(doc.site, term): (share[term], bytes(at)) for term, at in places.items()},
        "words": {scoped(doc.site, word): 1.0 for word in set(title)},
        "meta": {scoped(doc.site, key): weight for key, weight in _meta(doc, title).items()},
        "doc": (doc.id, doc.kind, doc.title, doc.url, doc.site),
    }


def _telling(title: str, words: list[str], lang: str) -> set[str]:
    """Return the terms that make a title this title: not `de`, nor the number of a chapter, which nobody types."""
    number = _NUMBER.match(title)
    rest = words[len(analysis.words(number[0])) :] if number else words
    return {analysis.term(word, lang) for word in rest if not analysis.is_stop(word, lang)}


def _weights(title: list[str], body: list[str], lang: str) -> dict[str, float]:
    """Return the BM25F weight of each term without its rarity, which changes as documents come.

    Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), 3.6.
    """
    title_norm = TITLE_BOOST / (1 - TITLE_B + TITLE_B * len(title) / USUAL_TITLE)
    body_norm = 1 / (1 - BODY_B + BODY_B * len(body) / USUAL_BODY)
    found: dict[str, float] = {}
    for counts, norm in ((Counter(title), title_norm), (Counter(body), body_norm)):
        for word, count in counts.items():
            if norm is body_norm and analysis.is_stop(word, lang):
                continue
            for term in (analysis.term(word, lang), "=" + word):
                found[term] = found.get(term, 0.0) + count * norm
    return {term: weight * (K1 + 1) / (weight + K1) for term, weight in found.items()}


def whole(words: Sequence[str]) -> str:
    """Return the term of `meta` under which a title is found by all its words, `de` and `como` too."""
    return "is:" + analysis.fold(" ".join(words))[:LONGEST_TITLE]


def _meta(doc: Document, title: list[str]) -> dict[str, float]:
    meta = {"all": 1.0, f"kind:{doc.kind}": 1.0, f"lang:{doc.lang}": 1.0, whole(title): 1.0}
    number = _NUMBER.match(doc.title)
    if number:
        meta[whole(title[len(analysis.words(number[0])) :])] = 1.0
    if doc.published_at:
        meta["day"] = float(doc.published_at.date().toordinal())
    if doc.extra.get("demoted"):
        meta["demoted"] = 1.0
    return meta
