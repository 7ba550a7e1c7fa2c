"""What people ask, counted without knowing who, and what staff make of it: best results, demoted ones, synonyms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, delete, func, select

from app.audit import append_audit
from app.clock import now
from app.console.roles import Staff
from app.db import db, write
from app.errors import Invalid, NotFound
from app.search import analysis
from app.search.lexicon import Lexicon
from app.search.models import SearchAsked, SearchChoice, SearchDocument, SearchSynonym
from app.search.query import key_of
from app.sites.models import Site

LONGEST = 60
KEPT = timedelta(days=400)
_PLAIN = Lexicon((), (), ())


class SqlTuning:
    """The decisions of every site's console, as the engine asks for them."""

    def promoted(self, site: str, key: str) -> Sequence[str]:
        return self._chosen(site, key, True)

    def demoted(self, site: str, key: str) -> Sequence[str]:
        return self._chosen(site, key, False)

    def _chosen(self, site: str, key: str, first: bool) -> Sequence[str]:
        query = (
            select(SearchChoice.document_id)
            .join(Site, Site.id == SearchChoice.site_id)
            .where(Site.key == site, SearchChoice.key == key, SearchChoice.first.is_(first))
            .order_by(SearchChoice.id)
        )
        return list(db.session.scalars(query))

    def synonyms(self, site: str) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        query = select(SearchSynonym.word, SearchSynonym.other).join(Site, Site.id == SearchSynonym.site_id)
        for word, other in db.session.execute(query.where(Site.key == site)):
            found.setdefault(word, []).append(other)
        return found


def past_queries(site: str) -> Iterable[tuple[str, int]]:
    """Return what was asked in the last quarter and found something, with how many times."""
    since = now().date() - timedelta(days=90)
    query = (
        select(SearchAsked.text, func.sum(SearchAsked.times))
        .join(Site, Site.id == SearchAsked.site_id)
        .where(Site.key == site, SearchAsked.day >= since, SearchAsked.found > 0)
        .group_by(SearchAsked.text)
    )
    return [(text, int(times)) for text, times in db.session.execute(query)]


def countable(text: str) -> str:
    """Return the query as it may be counted: lower case, single blanks; "" for one that may name a person.

    A query with an address, a long number or more than 60 letters is not kept at all.
    """
    plain = " ".join(analysis.lower(analysis.normalize(text[:400])).split())
    return plain if plain and analysis.words(plain) and _PLAIN.may_show(plain) else ""


def count_query(site_id: int, text: str, found: int, *, clicked: bool = False, lang: str = "es") -> None:
    """Count one asking of a query, or one opening of what it found."""
    plain = countable(text)
    if not plain:
        return
    with write():
        today = now().date()
        same = (SearchAsked.site_id == site_id, SearchAsked.day == today, SearchAsked.text == plain)
        row = db.session.scalar(select(SearchAsked).where(*same).with_for_update())
        if row is None:
            row = SearchAsked(
                site_id=site_id, day=today, text=plain, key=key_of(plain, lang)[:400], times=0, clicks=0, found=0
            )
            db.session.add(row)
        if clicked:
            row.clicks += 1
        else:
            row.times += 1
            row.found = max(0, found)


@dataclass(frozen=True)
class Asked:
    """A query over some time: how often, how often something was opened, and how much it found last."""

    text: str
    times: int
    clicks: int
    found: int


def asked(site_id: int, since: date, *, failing: bool = False, limit: int = 50) -> list[Asked]:
    """Return the commonest queries, or those that found nothing, over the days since."""
    latest = func.max(SearchAsked.found)
    query = (
        select(SearchAsked.text, func.sum(SearchAsked.times), func.sum(SearchAsked.clicks), latest)
        .where(SearchAsked.site_id == site_id, SearchAsked.day >= since)
        .group_by(SearchAsked.text)
        .order_by(func.sum(SearchAsked.times).desc(), SearchAsked.text)
        .limit(limit)
    )
    if failing:
        # What somebody has mended waits for nobody, though it was not asked again since.
        mended = select(SearchChoice.key).where(SearchChoice.site_id == site_id, SearchChoice.first)
        query = query.where(SearchAsked.key.not_in(mended)).having(latest == 0)
    rows = db.session.execute(query)
    return [Asked(text, int(times), int(clicks), int(found)) for text, times, clicks, found in rows]


def choosable(site_id: int, limit: int = 20) -> list[tuple[str, str]]:
    """Return (id, title) of what could answer where no document holds the words: questions first, newest first."""
    order = case({"faq": 0, "procedure": 1, "page": 2}, value=SearchDocument.kind, else_=3)
    rows = db.session.execute(
        select(SearchDocument.id, SearchDocument.title)
        .where(SearchDocument.site_id == site_id)
        .order_by(order, SearchDocument.changed_at.desc(), SearchDocument.id)
        .limit(limit)
    )
    return [(id, title) for id, title in rows]


def choose(staff: Staff, site_id: int, text: str, document_id: str, *, first: bool = True, lang: str = "es") -> None:
    """Put a document first, or last, for a query in all the forms of its words."""
    staff.require("search.manage", site_id)
    plain = " ".join(text.split())[:LONGEST]
    key = key_of(plain, lang)[:400]
    if not key:
        raise Invalid(fields={"text": ["errors.required"]})
    with write():
        document = db.session.get(SearchDocument, document_id)
        if document is None or document.site_id != site_id:
            raise Invalid(fields={"document": ["errors.choice"]})
        same = (SearchChoice.site_id == site_id, SearchChoice.key == key, SearchChoice.document_id == document_id)
        row = db.session.scalar(select(SearchChoice).where(*same))
        if row is None:
            row = SearchChoice(site_id=site_id, key=key, document_id=document_id, text=plain)
            db.session.add(row)
        row.first = first
        append_audit(site_id, staff.actor, "search.chosen", f"document:{document_id}", first=first)


def add_synonym(staff: Staff, site_id: int, word: str, other: str) -> None:
    """Search `other` too wherever `word` is asked for; each is a single word."""
    staff.require("search.manage", site_id)
    pair = [analysis.words(text) for text in (word, other)]
    names = zip(("word", "other"), pair, strict=True)
    wrong = {name: ["search.errors.one_word"] for name, found in names if len(found) != 1}
    if wrong or pair[0] == pair[1]:
        raise Invalid(fields=wrong or {"other": ["search.errors.same_word"]})
    with write():
        row = {"site_id": site_id, "word": pair[0][0][:LONGEST], "other": pair[1][0][:LONGEST]}
        if db.session.scalar(select(SearchSynonym.id).filter_by(**row)) is None:
            db.session.add(SearchSynonym(**row))
            append_audit(site_id, staff.actor, "search.synonym", f"site:{site_id}", word=row["word"])


def remove(staff: Staff, site_id: int, what: str, row_id: int) -> None:
    """Take a decision back: `what` is "choice" or "synonym"."""
    staff.require("search.manage", site_id)
    model: Any = {"choice": SearchChoice, "synonym": SearchSynonym}.get(what)
    with write():
        row = db.session.get(model, row_id) if model else None
        if row is None or row.site_id != site_id:
            raise NotFound
        db.session.delete(row)
        append_audit(site_id, staff.actor, f"search.{what}_removed", f"site:{site_id}", row=row_id)


def choices(site_id: int) -> list[tuple[SearchChoice, str]]:
    """Return the decisions of a site with the titles of their documents."""
    query = (
        select(SearchChoice, SearchDocument.title)
        .join(SearchDocument, SearchDocument.id == SearchChoice.document_id)
        .where(SearchChoice.site_id == site_id)
        .order_by(SearchChoice.text, SearchChoice.id)
    )
    return [(choice, title) for choice, title in db.session.execute(query)]


def synonyms(site_id: int) -> list[SearchSynonym]:
    query = select(SearchSynonym).where(SearchSynonym.site_id == site_id).order_by(SearchSynonym.word)
    return list(db.session.scalars(query))


def forget_old(_payload: dict[str, Any]) -> None:
    """Drop counts older than a year and a month."""
    with write():
        db.session.execute(delete(SearchAsked).where(SearchAsked.day < (now() - KEPT).date()))
