"""Finds and orders the documents of a query: the arithmetic of relevance, over plain arrays of one commit."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import exp, log
from operator import itemgetter

from app.search import analysis
from app.search.codec import Postings
from app.search.fields import scoped, whole
from app.search.query import Phrase, Query
from app.search.snapshot import Leaf, Part, Placed, Snapshot

EXACT = 0.35
"""Share of a word's weight added where the document has it exactly as typed, accents too."""
SYNONYM = 0.6
TITLE = 2.5
"""Weight of a title that is the query, in units of the query's rarity; a half-matching title gets a quarter."""
WHOLE = 1.0
"""Added when the title is what was typed to the letter, accents aside, words such as `de` included."""
ORDER = 0.5
"""Weight of a title with the words of the query in their order."""
ENOUGH = 1
"""Documents with every word below which those with most words are shown too."""
NEWS = frozenset({"news", "notice", "publication", "call"})
NEWS_BOOST = 0.6
NEWS_DAYS = 45.0
DEMOTED = 0.3

Listing = tuple[Postings, float]


@dataclass(frozen=True)
class Clause:
    """One wanted word: the terms that satisfy it with their worth, and its exact form."""

    terms: tuple[tuple[str, float], ...]
    exact: str


@dataclass(frozen=True)
class Found:
    """A document that matched."""

    part: Part
    doc: int
    score: float

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands: its segment and number."""
        return self.part.segid, self.doc


@dataclass
class Ranking:
    """All that matched, in no order: each segment's documents and their scores.

    `title` is how near the best title comes: 0 none, 1 one of these words and nothing else, 2 to the letter.
    """

    by_part: list[tuple[Part, dict[int, float]]]
    facets: Counter[str]
    relaxed: bool
    title: int

    def total(self) -> int:
        """Return how many documents matched."""
        return sum(len(scores) for _, scores in self.by_part)

    def best(self, count: int) -> list[Found]:
        """Return the best documents, best first."""
        found = [
            Found(part, doc, score)
            for part, scores in self.by_part
            for doc, score in nlargest(count, scores.items(), key=itemgetter(1))
        ]
        return sorted(found, key=lambda hit: -hit.score)[:count]


def clauses_of(query: Query, lang: str, bilingual: bool, synonyms: Mapping[str, Sequence[str]]) -> list[Clause]:
    """Return a clause for each wanted word; forms of one word make one clause, `de` within a phrase makes none."""
    clauses: dict[str, Clause] = {}
    langs = [lang, "en" if lang == "es" else "es"] if bilingual else [lang]
    telling = [word for word in query.words() if not analysis.is_stop(word, lang)]
    # Whoever wrote a synonym down thought of the word, not of one of its forms.
    others: dict[str, list[str]] = {}
    for word, same in synonyms.items():
        others.setdefault(analysis.term(word, lang), []).extend(same)
    for word in telling or query.words():
        terms = {analysis.term(word, code): 1.0 for code in langs}
        for synonym in others.get(analysis.term(word, lang), ()):
            for part in analysis.words(synonym)[:1]:
                terms.setdefault(analysis.term(part, lang), SYNONYM)
        clauses.setdefault(analysis.term(word, lang), Clause(tuple(terms.items()), "=" + word))
    return list(clauses.values())


def rank(
    snapshot: Snapshot,
    site: str,
    query: Query,
    clauses: Sequence[Clause],
    lang: str,
    today: int,
    kinds: Iterable[str] | None = None,
) -> Ranking:
    """Return every document of the site with all the words, or with most of them when none has all."""
    read = _Reader(snapshot, site)
    count = sum(len(ids) for part in snapshot.parts if (ids := read.ids(part.leaf, "meta", "all")))
    rarity = [_rarity(sum(read.frequency("terms", term) for term, _ in clause.terms), count) for clause in clauses]
    unwanted = [analysis.term(part.text, lang) for part in query.unwanted if not isinstance(part, Phrase)]
    by_part = [(part, _match(read, part, clauses, rarity, unwanted, need=len(clauses))) for part in snapshot.parts]
    relaxed = False
    if len(clauses) > 1 and sum(len(scores) for _, scores in by_part) < ENOUGH:
        for need in range(len(clauses) - 1, 0, -1):
            by_part = [(part, _match(read, part, clauses, rarity, unwanted, need)) for part in snapshot.parts]
            if any(scores for _, scores in by_part):
                relaxed = True
                break
    ranking = Ranking(by_part, Counter(), relaxed, 0)
    chosen = None if kinds is None else frozenset(kinds)
    for number, (part, scores) in enumerate(by_part):
        if not scores:
            continue
        ranking.title = max(ranking.title, _add_titles(read, part.leaf, clauses, query.typed, sum(rarity), scores))
        by_kind = Counter(map(part.leaf.kind_of.__getitem__, scores))
        ranking.facets.update({part.leaf.kinds[kind]: count for kind, count in by_kind.items()})
        _weigh_news(part.leaf, scores, by_kind, today)
        for doc in part.leaf.demoted & scores.keys():
            scores[doc] *= DEMOTED
        if chosen is not None:
            kept = {kind for kind in by_kind if part.leaf.kinds[kind] in chosen}
            scores = {doc: score for doc, score in scores.items() if part.leaf.kind_of[doc] in kept}
            by_part[number] = part, scores
    return ranking


def _weigh_news(leaf: Leaf, scores: dict[int, float], kinds: Iterable[int], today: int) -> None:
    """Raise the scores of news by their freshness."""
    news = {kind for kind in kinds if leaf.kinds[kind] in NEWS}
    if not news:
        return
    kind_of, days = leaf.kind_of, leaf.days
    for doc in scores:
        if kind_of[doc] in news and days[doc]:
            scores[doc] *= 1 + NEWS_BOOST * exp(-max(0.0, today - days[doc]) / NEWS_DAYS)


class _Reader:
    """Reads each list of a query once."""

    def __init__(self, snapshot: Snapshot, site: str) -> None:
        self._snapshot, self._site = snapshot, site
        self._read: dict[tuple[int, str, str], Placed | None] = {}

    def placed(self, leaf: Leaf, field: str, term: str) -> Placed | None:
        key = (id(leaf), field, term)
        if key not in self._read:
            self._read[key] = leaf.placed(field, scoped(self._site, term))
        return self._read[key]

    def postings(self, leaf: Leaf, field: str, term: str) -> Postings | None:
        found = self.placed(leaf, field, term)
        return found[0] if found else None

    def ids(self, leaf: Leaf, field: str, term: str) -> Sequence[int]:
        found = self.placed(leaf, field, term)
        return found[0][0] if found else ()

    def frequency(self, field: str, term: str) -> int:
        return sum(len(self.ids(part.leaf, field, term)) for part in self._snapshot.parts)


def _rarity(frequency: int, count: int) -> float:
    return log(1 + max(0.0, count - frequency + 0.5) / (frequency + 0.5))


def _match(
    read: _Reader, part: Part, clauses: Sequence[Clause], rarity: Sequence[float], unwanted: Sequence[str], need: int
) -> dict[int, float]:
    """Return the score of each document of a segment that holds at least `need` of the words."""
    lists = []
    for clause, rare in zip(clauses, rarity, strict=True):
        listings = [
            (found, rare * worth) for term, worth in clause.terms if (found := read.postings(part.leaf, "terms", term))
        ]
        lists.append((sum(len(postings[0]) for postings, _ in listings), listings, clause, rare))
    lists.sort(key=lambda entry: entry[0])
    scores = _all(lists) if need == len(lists) else _most(lists, need)
    for doc in part.deleted:
        scores.pop(doc, None)
    for term in unwanted:
        for doc in read.ids(part.leaf, "terms", term):
            scores.pop(doc, None)
    for _, _, clause, rare in lists:
        exact = read.postings(part.leaf, "terms", clause.exact) if scores else None
        if exact:
            for doc, bonus in _weigh(exact, rare * EXACT, scores).items():
                scores[doc] += bonus
    return scores


def _all(lists: Sequence[tuple[int, list[Listing], Clause, float]]) -> dict[int, float]:
    """Return the documents that are in every list, beginning with the shortest."""
    scores: dict[int, float] | None = None
    for _, listings, _, _ in lists:
        more = _best(listings, scores)
        scores = more if scores is None else {doc: scores[doc] + score for doc, score in more.items()}
        if not scores:
            break
    return scores or {}


def _most(lists: Sequence[tuple[int, list[Listing], Clause, float]], need: int) -> dict[int, float]:
    """Return the documents in at least `need` lists; the more of the query they miss, the less they score."""
    scores: dict[int, float] = {}
    held: Counter[int] = Counter()
    for _, listings, _, _ in lists:
        more = _best(listings, None)
        held.update(more.keys())
        for doc, score in more.items():
            scores[doc] = scores.get(doc, 0.0) + score
    return {doc: score * held[doc] / len(lists) for doc, score in scores.items() if held[doc] >= need}


def _best(listings: Sequence[Listing], among: dict[int, float] | None) -> dict[int, float]:
    """Return each document's best score in any of the lists, only documents of `among` when that is given."""
    if len(listings) == 1:
        return _weigh(*listings[0], among)
    best: dict[int, float] = {}
    for postings, factor in listings:
        for doc, score in _weigh(postings, factor, among).items():
            best[doc] = max(score, best.get(doc, 0.0))
    return best


def _weigh(postings: Postings, factor: float, among: dict[int, float] | None) -> dict[int, float]:
    ids, weights = postings
    if among is None:
        return {doc: weight * factor for doc, weight in zip(ids, weights, strict=True)}
    if len(among) * 8 > len(ids):
        return {doc: weight * factor for doc, weight in zip(ids, weights, strict=True) if doc in among}
    scores = {}
    for doc in among:
        at = bisect_left(ids, doc)
        if at < len(ids) and ids[at] == doc:
            scores[doc] = weights[at] * factor
    return scores


def _add_titles(
    read: _Reader, leaf: Leaf, clauses: Sequence[Clause], typed: Sequence[str], rarity: float, scores: dict[int, float]
) -> int:
    """Add to the scores what titles earn, and return how near the best comes, as `Ranking.title`."""
    share: dict[int, float] = {}
    held: Counter[int] = Counter()
    places: dict[int, list[bytes]] = {}
    for clause in clauses:
        here: set[int] = set()
        for term, worth in clause.terms:
            found = read.placed(leaf, "title", term)
            if not found:
                continue
            (ids, weights), where = found
            for doc, weight, at in zip(ids, weights, where, strict=True):
                if doc in scores and doc not in here:
                    here.add(doc)
                    share[doc] = share.get(doc, 0.0) + weight * worth
                    places.setdefault(doc, []).append(at)
        held.update(here)
    best = 0
    for doc, covered in share.items():
        matched = held[doc] / len(clauses)
        earned = TITLE * covered * matched
        if held[doc] == len(clauses):
            if len(clauses) > 1 and _in_order(places[doc]):
                earned += ORDER
            best = max(best, int(covered > 0.99))
        scores[doc] += rarity * earned
    for doc in read.ids(leaf, "meta", whole(typed)):
        if doc in scores:
            scores[doc] += rarity * WHOLE
            best = 2
    return best


def _in_order(places: Sequence[bytes]) -> bool:
    """Say whether each term can follow the one before it, with at most two words such as `de la` between."""
    ends = set(places[0])
    for at in places[1:]:
        ends = {place for place in at if any(place - gap in ends for gap in (1, 2, 3))}
    return bool(ends)
