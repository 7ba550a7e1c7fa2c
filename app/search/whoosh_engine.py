"""The engine for one machine: Whoosh keeps the postings in a folder, the ranking is ours."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from app import clock
from app.search import advice, analysis, fields, snapshot
from app.search.engine import Change, Document, Hit, LoadTexts, NoTuning, Results, Tuning
from app.search.folder import Folder
from app.search.lexicon import Lexicon, PastQueries
from app.search.query import Phrase, Query, key_of, parse
from app.search.ranking import Found, Ranking, clauses_of, rank
from app.search.snapshot import Snapshot
from app.search.snippets import Marker
from app.search.writer import SEGMENT, Writer

CHECKED_PHRASES = 300
MOST_RESULTS = 10_000
MOST_LEXICONS = 200


class WhooshEngine:
    """An `Engine` in a folder. Safe from any thread; any number of processes may open the same folder.

    The folder is never accepted from outside: Whoosh's files are pickles.
    """

    def __init__(
        self,
        root: Path,
        load_texts: LoadTexts,
        tuning: Tuning | None = None,
        past_queries: PastQueries = lambda site: (),
        denied: Iterable[str] = (),
    ) -> None:
        self._folder = Folder(root)
        self._writer = Writer(self._folder, self._fresh)
        self._load_texts = load_texts
        self._tuning: Tuning = tuning or NoTuning()
        self._past_queries, self._denied = past_queries, tuple(denied)
        self._mutex = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._lexicons: dict[str, tuple[Snapshot, Lexicon]] = {}

    def apply(self, batch: Sequence[Change]) -> None:
        """Make these changes in order, on disk and visible to the next query before returning."""
        self._writer.apply(batch)

    def rebuild(self, documents: Iterable[Document], allow_shrink: bool = False) -> int:
        """Index everything anew beside the old index, swap, and return the number of documents.

        Writers wait meanwhile and readers go on with the old index. Raises Shrunk, with the old index untouched, when
        more than 30 % of the documents would go.
        """
        return self._writer.rebuild(documents, allow_shrink)

    def tidy(self, most: int = SEGMENT) -> bool:
        """Merge small segments, and say whether there was anything to do.

        A second of work for each thousand documents; readers and writers go on meanwhile.
        """
        return self._writer.tidy(most)

    def writing(self) -> AbstractContextManager[None]:
        """Hold the index alone among all processes, for who must read changes and apply them as one step."""
        return self._folder.writing()

    def needs_rebuild(self) -> bool:
        """Say whether the index is missing, from another version of the code, or was begun empty."""
        return self._folder.is_partial()

    def count(self) -> int:
        """Return the number of documents of all sites."""
        now = self._fresh()
        return now.count() if now else 0

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
        now, query = self._fresh(), parse(text, lang)
        if now is None or not query.wanted:
            return Results(0, (), {})
        again = partial(self._rank, now, site, lang=lang, kinds=kinds)
        ranking = again(query)
        if any(isinstance(part, Phrase) for part in (*query.wanted, *query.unwanted)):
            self._check_phrases(ranking, query)
        promoted = self._tune(now, site, key_of(text, lang), ranking)
        best = ranking.best(max(0, min(offset + limit, MOST_RESULTS)))
        hits = self._hits([*promoted, *best][max(0, offset) : max(0, offset + limit)], query, lang)
        better = None
        if not offset and not promoted:
            lexicon_of = partial(self._lexicon, now, site)
            better = advice.did_you_mean(now, site, lexicon_of, text, query, ranking, again)
        return Results(ranking.total() + len(promoted), hits, dict(ranking.facets), better, ranking.relaxed)

    def suggest(self, site: str, prefix: str, limit: int = 8) -> tuple[str, ...]:
        """Return past queries, then titles, that continue what is being typed."""
        now = self._fresh()
        return advice.suggest(now, site, self._lexicon(now, site), prefix, limit) if now else ()

    def _fresh(self) -> Snapshot | None:
        with self._mutex:
            self._snapshot = snapshot.take(self._folder, self._snapshot)
            return self._snapshot

    def _rank(self, now: Snapshot, site: str, query: Query, lang: str, kinds: Sequence[str] | None) -> Ranking:
        bilingual = any(part.leaf.postings("meta", fields.scoped(site, "lang:en")) for part in now.parts)
        clauses = clauses_of(query, lang, bilingual, self._tuning.synonyms(site))
        return rank(now, site, query, clauses, lang, clock.now().toordinal(), kinds)

    def _tune(self, now: Snapshot, site: str, key: str, ranking: Ranking) -> list[Found]:
        """Put the demoted last, and return the promoted in their order, taken out of the rest."""
        first = self._places(now, site, self._tuning.promoted(site, key))
        scores = {part.segid: scores for part, scores in ranking.by_part}
        for hit in self._places(now, site, self._tuning.demoted(site, key)):
            if hit.doc in scores[hit.part.segid]:
                scores[hit.part.segid][hit.doc] /= 1e6
        for hit in first:
            scores[hit.part.segid].pop(hit.doc, None)
        return first

    def _places(self, now: Snapshot, site: str, ids: Sequence[str]) -> list[Found]:
        found = [Found(part, doc, float("inf")) for id in dict.fromkeys(ids) for part, doc in now.find(id)]
        return [hit for hit in found if hit.part.leaf.stored(hit.doc)[4] == site]

    def _check_phrases(self, ranking: Ranking, query: Query) -> None:
        """Leave those of the best documents that hold the query's phrases, by their titles and SQL's texts."""
        best = ranking.best(CHECKED_PHRASES)
        stored = [hit.part.leaf.stored(hit.doc) for hit in best]
        texts = self._load_texts([entry[0] for entry in stored])
        wanted = [_line(part.words) for part in query.wanted if isinstance(part, Phrase)]
        unwanted = [_line(part.words) for part in query.unwanted if isinstance(part, Phrase)]
        kept: dict[str, dict[int, float]] = {part.segid: {} for part, _ in ranking.by_part}
        for hit, (id, _, title, _, _) in zip(best, stored, strict=True):
            held = "\n".join(_line(analysis.words(text)) for text in (title, texts.get(id, "")))
            if all(line in held for line in wanted) and not any(line in held for line in unwanted):
                kept[hit.part.segid][hit.doc] = hit.score
        ranking.by_part = [(part, kept[part.segid]) for part, _ in ranking.by_part]
        ranking.facets = Counter(part.leaf.kind(doc) for part, scores in ranking.by_part for doc in scores)

    def _hits(self, found: Sequence[Found], query: Query, lang: str) -> tuple[Hit, ...]:
        stored = [hit.part.leaf.stored(hit.doc) for hit in found]
        texts = self._load_texts([entry[0] for entry in stored]) if stored else {}
        marker = Marker(query.words(), lang)
        return tuple(
            Hit(
                id=id,
                kind=kind,
                title=title,
                url=url,
                snippet=marker.snippet(texts.get(id, "")),
                score=hit.score,
                promoted=hit.score == float("inf"),
                title_parts=marker.mark(title),
            )
            for hit, (id, kind, title, url, _) in zip(found, stored, strict=True)
        )

    def _lexicon(self, now: Snapshot, site: str) -> Lexicon:
        known = self._lexicons.get(site)
        if known and known[0] is now:
            return known[1]
        if len(self._lexicons) >= MOST_LEXICONS:
            self._lexicons.clear()
        lexicon = Lexicon([part.leaf.words(site) for part in now.parts], self._past_queries(site), self._denied)
        self._lexicons[site] = (now, lexicon)
        return lexicon


def _line(words: Sequence[str]) -> str:
    return analysis.fold(f" {' '.join(words)} ")
