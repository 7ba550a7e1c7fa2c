"""One commit of the index, kept open: segments never change, so those of the commit before are used again."""

from __future__ import annotations

import threading
import time
from array import array
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property

from whoosh.index import TOC
from whoosh.reading import SegmentReader

from app.search.codec import Postings, read_postings, read_terms, schema
from app.search.fields import scoped
from app.search.folder import DurableStorage, Folder
from app.search.lexicon import WordList

TRIES = 40
PAUSE_S = 0.02
MOST_KEPT = 300_000
"""Postings of a segment kept in memory, 8 bytes each: those of words that people type often."""

Placed = tuple[Postings, list[bytes]]


class Leaf:
    """An open segment. Whoosh's readers seek in shared files, so one thread reads at a time."""

    def __init__(self, storage: DurableStorage, segment: object) -> None:
        self._reader = SegmentReader(storage, schema(), segment)
        self._mutex = threading.RLock()
        self._kept: OrderedDict[tuple[str, str], Placed | None] = OrderedDict()
        self._held = 0
        self._words: dict[str, WordList] = {}
        self.count: int = self._reader.doc_count_all()

    def postings(self, field: str, term: str) -> Postings | None:
        """Return the documents of a term and their weights, or None."""
        found = self.placed(field, term)
        return found[0] if found else None

    def placed(self, field: str, term: str) -> Placed | None:
        """Return the documents of a term, their weights and the places of the term in each."""
        key = field, term
        with self._mutex:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            found = self._kept[key] = read_postings(self._reader._terms, field, term.encode())
            self._held += _size(found)
            while self._held > MOST_KEPT:
                self._held -= _size(self._kept.popitem(last=False)[1])
            return found

    def stored(self, doc: int) -> tuple[str, str, str, str, str]:
        """Return id, kind, title, URL and site of a document."""
        with self._mutex:
            return self._reader.stored_fields(doc)["doc"]

    def words(self, site: str) -> WordList:
        """Return the words of a site's titles."""
        with self._mutex:
            if site not in self._words:
                self._words[site] = WordList(dict(read_terms(self._reader._terms, "words", scoped(site, "").encode())))
            return self._words[site]

    @cached_property
    def _columns(self) -> tuple[list[str], bytearray, array[float], frozenset[int]]:
        kinds: list[str] = []
        kind_of = bytearray(self.count)
        days = array("f", bytes(4 * self.count))
        demoted: set[int] = set()
        with self._mutex:
            for key, _ in read_terms(self._reader._terms, "meta", b""):
                name = key.partition("\x1f")[2]
                if name.startswith("is:") or not (postings := self.postings("meta", key)):
                    continue
                if name.startswith("kind:"):
                    if name[5:] not in kinds:
                        kinds.append(name[5:])
                    for doc in postings[0]:
                        kind_of[doc] = kinds.index(name[5:])
                elif name == "day":
                    for doc, day in zip(*postings, strict=True):
                        days[doc] = day
                elif name == "demoted":
                    demoted.update(postings[0])
        return kinds, kind_of, days, frozenset(demoted)

    @property
    def kinds(self) -> list[str]:
        """The kinds of the segment; `kind_of` holds their numbers."""
        return self._columns[0]

    def kind(self, doc: int) -> str:
        """Return the kind of a document."""
        return self.kinds[self.kind_of[doc]]

    @property
    def kind_of(self) -> bytearray:
        return self._columns[1]

    @property
    def days(self) -> array[float]:
        """Day of publication of each document as an ordinal, 0 for none."""
        return self._columns[2]

    @property
    def demoted(self) -> frozenset[int]:
        return self._columns[3]


def _size(found: Placed | None) -> int:
    # Lists of few documents weigh as much as their objects do.
    return 40 + (len(found[0][0]) if found else 0)


@dataclass(frozen=True)
class Part:
    """A segment as one commit sees it."""

    segid: str
    leaf: Leaf
    deleted: frozenset[int]


@dataclass(frozen=True)
class Snapshot:
    """What one commit holds."""

    name: str
    generation: int
    parts: tuple[Part, ...] = field(repr=False)

    def count(self) -> int:
        """Return the number of documents of all sites."""
        return sum(part.leaf.count - len(part.deleted) for part in self.parts)

    def find(self, id: str) -> list[tuple[Part, int]]:
        """Return where a document stands: once, or nowhere."""
        return [
            (part, doc)
            for part in self.parts
            if (found := part.leaf.postings("id", id))
            for doc in found[0]
            if doc not in part.deleted
        ]


def take(folder: Folder, before: Snapshot | None) -> Snapshot | None:
    """Return the newest commit, `before` itself when nothing was committed since, or None where there is no index.

    A writer in another process may clean up, or swap the whole index, while the files are being opened: then again.
    """
    for attempt in range(TRIES):
        name = folder.current()
        if name is None:
            return None
        try:
            generation = folder.generation(name)
            if before and (before.name, before.generation) == (name, generation):
                return before
            return _open(folder, name, generation, before)
        except FileNotFoundError:
            if attempt == TRIES - 1:
                raise
            time.sleep(PAUSE_S)
    raise AssertionError("unreachable")


def _open(folder: Folder, name: str, generation: int, before: Snapshot | None) -> Snapshot:
    storage = DurableStorage(folder.root / name)
    toc = TOC.read(storage, "MAIN", gen=generation, schema=schema())
    known = {part.segid: part.leaf for part in before.parts} if before and before.name == name else {}
    parts = []
    for segment in toc.segments:
        segid = segment.segment_id()
        leaf = known.get(segid) or Leaf(storage, segment)
        parts.append(Part(segid, leaf, frozenset(segment.deleted_docs())))
    return Snapshot(name, generation, tuple(parts))
