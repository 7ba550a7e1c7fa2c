"""What the box, the page without script and the console ask of the index, in the words of the one who reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app

from app.clock import now
from app.search import analysis, tuning
from app.search.engine import Hit, Results
from app.search.index import the_index
from app.search.query import LONGEST_TEXT
from app.sites.service import SiteInfo, widget_choices
from app.words import t

PER_PAGE = 10
MOST_PAGES = 50
# In the order in which a person looks: what answers, what is done, what is read, what is news, what was said.
KINDS = ("faq", "procedure", "page", "document", "news", "forum")
# Whom to ask when nothing was found: widgets by name, as far as this house has them.
NEXT = ("chat", "contact", "pqr")


@dataclass(frozen=True)
class Asked:
    """A query as it came: any text, a kind or "", a page from 1."""

    text: str
    kind: str = ""
    page: int = 1

    @classmethod
    def of(cls, text: str, kind: str = "", page: str = "") -> Asked:
        number = int(page) if page.isdecimal() and len(page) < 4 else 1
        return cls(text[:LONGEST_TEXT], kind if kind in KINDS else "", min(max(number, 1), MOST_PAGES))


def _base() -> str:
    base: str = current_app.extensions["ventanilla"].settings.base_url
    return base


def boot(site: SiteInfo, lang: str) -> dict[str, Any]:
    """Return what the element shows when nothing was found."""
    return {"next": next_steps(site, lang)}


def next_steps(site: SiteInfo, lang: str) -> list[dict[str, str]]:
    """Return the widgets in which a person can ask instead, where the site has them in use."""
    known = current_app.extensions["ventanilla"].widgets
    choices = widget_choices(site.id)
    return [
        {"name": name, "title": t(f"search.page.next_{name}", lang), "url": f"{_base()}/{site.key}/{name}?lang={lang}"}
        for name in NEXT
        if name in known and (name not in choices or choices[name].enabled)
    ]


def find(site: SiteInfo, asked: Asked, lang: str) -> dict[str, Any]:
    """Return a page of results, ready to be shown: marked titles and snippets, kinds with their numbers."""
    got = the_index().engine.query(
        site.key, asked.text, kinds=[asked.kind] if asked.kind else None, limit=PER_PAGE,
        offset=(asked.page - 1) * PER_PAGE, lang=lang,
    )  # fmt: skip
    return {
        "query": asked.text.strip(),
        "kind": asked.kind,
        "page": asked.page,
        "pages": min(-(-got.total // PER_PAGE), MOST_PAGES),
        "total": got.total,
        "text": _said(got, asked, lang),
        "relaxed": got.relaxed,
        "did_you_mean": got.did_you_mean,
        "facets": [
            {"kind": kind, "title": t(f"search.kinds.{kind}", lang), "count": got.facets[kind]}
            for kind in KINDS
            if got.facets.get(kind)
        ],
        "hits": [_shown(hit, lang) for hit in got.hits],
    }


def _said(got: Results, asked: Asked, lang: str) -> str:
    if not analysis.words(asked.text):
        return t("search.page.ask", lang)
    return t("search.page.found" if got.total else "search.page.nothing", lang, n=got.total, query=asked.text.strip())


def _shown(hit: Hit, lang: str) -> dict[str, Any]:
    return {
        "id": hit.id, "kind": hit.kind, "kind_title": t(f"search.kinds.{hit.kind}", lang),
        "title": [list(part) for part in hit.title_parts],
        "url": _base() + hit.url if hit.url.startswith("/") else hit.url,
        "snippet": [list(part) for part in hit.snippet], "promoted": hit.promoted,
    }  # fmt: skip


def quick(site: SiteInfo, text: str, lang: str) -> dict[str, Any]:
    """Return what the list under the box shows while a person types: continuations, and the best results by kind."""
    found = find(site, Asked.of(text), lang)
    hits = found["hits"][:6]
    groups = [
        {"kind": kind, "title": t(f"search.kinds.{kind}", lang), "hits": [hit for hit in hits if hit["kind"] == kind]}
        for kind in dict.fromkeys(hit["kind"] for hit in hits)
    ]
    # A title that stands below as a result is no search to suggest.
    shown = {text.strip().casefold(), *("".join(piece for piece, _ in hit["title"]).casefold() for hit in hits)}
    suggestions = the_index().engine.suggest(site.key, text[:100], 4)
    return {
        "total": found["total"], "text": found["text"], "did_you_mean": found["did_you_mean"], "groups": groups,
        "suggestions": [one for one in suggestions if one.casefold() not in shown],
    }  # fmt: skip


def desk(site_id: int, days: int) -> dict[str, Any]:
    """Return what people asked over some days, for the console."""
    since = (now() - timedelta(days=days)).date()
    return {
        "asked": tuning.asked(site_id, since),
        "failing": tuning.asked(site_id, since, failing=True),
        "choices": tuning.choices(site_id),
        "synonyms": tuning.synonyms(site_id),
    }


def candidates(site_key: str, text: str, lang: str = "es") -> list[tuple[str, str]]:
    """Return documents that could be put first for a query, or for what it was meant to be: (id, title)."""
    ask = the_index().engine.query
    got = ask(site_key, text, limit=20, lang=lang)
    if not got.hits and got.did_you_mean:
        got = ask(site_key, got.did_you_mean, limit=20, lang=lang)
    return [(hit.id, hit.title) for hit in got.hits]


def unknown_word(site_key: str, text: str, lang: str = "es") -> str:
    """Return the word of a failing query for which a synonym may be missing: the first that no document holds."""
    words = [word for word in analysis.words(text) if not analysis.is_stop(word, lang)]
    ask = the_index().engine.query
    return next((word for word in words if not ask(site_key, word, limit=1).total), words[0] if words else "")
