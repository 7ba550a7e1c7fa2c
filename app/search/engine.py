"""What every engine takes and gives, so that Whoosh today and PostgreSQL later are one choice of a setting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

LoadTexts = Callable[[Sequence[str]], Mapping[str, str]]
"""Gives the bodies of documents by id, read from SQL: the index doesn't keep them. Missing ids are left out."""


@dataclass(frozen=True)
class Document:
    """A public page, news item, procedure or answer. `id` is unique among all sites, such as `faq:12`."""

    id: str
    site: str
    kind: str
    title: str
    body: str
    url: str
    lang: str = "es"
    published_at: datetime | None = None
    office: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Add:
    """Index this document in place of any with the same id."""

    document: Document


@dataclass(frozen=True)
class Remove:
    """Take this document out; nothing happens when it isn't there."""

    id: str


Change = Add | Remove


@dataclass(frozen=True)
class Hit:
    """One result; `snippet` and `title_parts` are plain text in pieces, `(text, marked)`, for the page to escape."""

    id: str
    kind: str
    title: str
    url: str
    snippet: tuple[tuple[str, bool], ...]
    score: float
    promoted: bool = False
    title_parts: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class Results:
    """A page of hits. `facets` counts every kind before the filter by kind, `total` after it.

    `relaxed` says that no document held every word, so documents that hold most of them are shown.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, int]
    did_you_mean: str | None = None
    relaxed: bool = False


class Tuning(Protocol):
    """What the console decided for a site. `key` is `query.key_of(text)`: the query's terms, whatever their forms."""

    def promoted(self, site: str, key: str) -> Sequence[str]:
        """Return ids shown first for this query, best first."""

    def demoted(self, site: str, key: str) -> Sequence[str]:
        """Return ids shown last for this query."""

    def synonyms(self, site: str) -> Mapping[str, Sequence[str]]:
        """Return words, in any form, with the words that are searched too."""


class NoTuning:
    """A site whose console decided nothing."""

    def promoted(self, site: str, key: str) -> Sequence[str]:
        return ()

    def demoted(self, site: str, key: str) -> Sequence[str]:
        return ()

    def synonyms(self, site: str) -> Mapping[str, Sequence[str]]:
        return {}


class Shrunk(RuntimeError):
    """A rebuild would lose more than 30 % of the documents and wasn't told that it may."""


class Engine(Protocol):
    """An index of every site. Methods may be called from any thread, by any number of processes at once."""

    def apply(self, batch: Sequence[Change]) -> None:
        """Make these changes in order, on disk and visible to the next query before returning."""

    def query(
        self,
        site: str,
        text: str,
        kinds: Sequence[str] | None = None,
        limit: int = 10,
        offset: int = 0,
        lang: str = "es",
    ) -> Results:
        """Return the best documents of a site for what a person typed; any text is safe."""

    def suggest(self, site: str, prefix: str, limit: int = 8) -> tuple[str, ...]:
        """Return titles and past queries that continue what is being typed."""

    def rebuild(self, documents: Iterable[Document], allow_shrink: bool = False) -> int:
        """Index everything anew beside the old index, swap, and return the number of documents. Raises Shrunk."""

    def needs_rebuild(self) -> bool:
        """Say whether the index is missing, from another version of the code, or was begun empty."""
