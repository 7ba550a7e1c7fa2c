"""The words a site really uses, unstemmed, for did-you-mean and suggestions. Stems are never shown to people."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from heapq import nsmallest
from itertools import islice, product
from pathlib import Path

from app.search import analysis

ASKED_AT_LEAST = 3
"""Times a query must have been typed before others see it: one person's query may hold a name."""
LONGEST_QUERY = 60
MOST_CORRECTIONS = 12
MOST_COMBINED = 4096
LONG = 6
"""Letters of a word in which two slips are mended."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# How Spanish sounds in Colombia: b is v, s is z and soft c, ll is y, h is silent.
_SOUNDS = (
    (re.compile("qu(?=[ei])|k|c(?=[aou]|[^eih]|$)"), "k"),
    (re.compile("ch"), "1"),
    (re.compile("c(?=[ei])|z|x"), "s"),
    (re.compile("ll"), "y"),
    (re.compile("gu(?=[ei])"), "2"),
    (re.compile("g(?=[ei])"), "j"),
    (re.compile("v"), "b"),
    (re.compile("h"), ""),
    (re.compile(r"(.)\1"), r"\1"),
)

PastQueries = Callable[[str], Iterable[tuple[str, int]]]
"""Gives what was searched on a site and found something, with how many times; no query with personal data."""


class WordList:
    """Words with how often each is used, as written; never changes. One for each segment of the index."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts: dict[str, int] = {}
        self.spellings: dict[str, tuple[int, str]] = {}
        for word, count in counts.items():
            folded = analysis.fold(word)
            self.counts[folded] = self.counts.get(folded, 0) + count
            self.spellings[folded] = max(self.spellings.get(folded, (0, "")), (count, word))

    def begun(self, prefix: str) -> list[str]:
        """Return the folded words that begin so."""
        first = bisect_left(self._sorted, prefix)
        return self._sorted[first : bisect_left(self._sorted, prefix + "\U0010ffff")]

    def alike(self, sound: str) -> Sequence[str]:
        """Return the folded words that sound so."""
        return self._by_sound.get(sound, ())

    def longer(self, words: Set[str]) -> Iterator[str]:
        """Yield the folded words that lose one letter to become one of these."""
        return (longer for word in words & self._without_a_letter.keys() for longer in self._without_a_letter[word])

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.counts)

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for word in self.counts:
            found.setdefault(sound_of(word), []).append(word)
        return found

    @cached_property
    def _without_a_letter(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for word in self.counts:
            if len(word) >= LONG:
                for shorter in {word[:i] + word[i + 1 :] for i in range(len(word))}:
                    found.setdefault(shorter, []).append(word)
        return found


class Lexicon:
    """The words of a site's titles and past queries, each shown in its commonest spelling."""

    def __init__(
        self, titles: Sequence[WordList], queries: Iterable[tuple[str, int]] = (), denied: Iterable[str] = ()
    ) -> None:
        self._denied = _deny_list() | {analysis.fold(word) for word in denied}
        self.queries = sorted(
            ((query, times) for query, times in queries if times >= ASKED_AT_LEAST and self.may_show(query)),
            key=lambda entry: (-entry[1], entry[0]),
        )
        asked = Counter(word for query, _ in self.queries for word in analysis.words(query))
        self._lists = (*titles, WordList(asked))

    def may_show(self, query: str) -> bool:
        """Say whether a query may be shown to everyone: clean, short, no address and no long number."""
        if len(query) > LONGEST_QUERY or "@" in query or re.search(r"\d{5}|\d[\d. -]{6,}\d", query):
            return False
        return self.is_clean(query)

    def is_clean(self, text: str) -> bool:
        """Say whether no word of a text is on the denylist."""
        return self._denied.isdisjoint(analysis.words(analysis.fold(text)))

    def __contains__(self, word: str) -> bool:
        return self._count(analysis.fold(word)) > 0

    def completions(self, prefix: str, limit: int) -> list[str]:
        """Return the commonest words that begin so, in their usual spelling."""
        folded = analysis.fold(prefix)
        begun = {word for words in self._lists for word in words.begun(folded)} - self._denied
        return [self._spelling(word) for word in nsmallest(limit, begun, key=lambda word: (-self._count(word), word))]

    def corrections(self, word: str, limit: int = 4, far: bool = True) -> list[str]:
        """Return words one slip away from a word, likeliest first, or two away when there are none and `far`."""
        folded = analysis.fold(word)
        if len(folded) < 3 or folded.isdigit():
            return []
        sound, once = sound_of(folded), _slips(folded)
        near = {other for words in self._lists for other in (*(once & words.counts.keys()), *words.alike(sound))}
        if far and near <= {folded} and len(folded) >= LONG:
            near = {other for words in self._lists for other in words.longer(once)}
        near -= self._denied | {folded}
        best = nsmallest(limit, near, key=lambda other: self._unlikeliness(folded, sound, other))
        return [self._spelling(other) for other in best]

    def rewrites(self, doubtful: Iterable[str], far: bool = True) -> list[dict[str, str]]:
        """Return sets of replacements for the doubtful words of a query, likeliest first."""
        choices = [(word, found) for word in dict.fromkeys(doubtful) if (found := self.corrections(word, far=far))]
        if not choices:
            return []
        combined = sorted(islice(product(*(range(len(found)) for _, found in choices)), MOST_COMBINED), key=sum)
        return [
            {word: found[pick] for (word, found), pick in zip(choices, picks, strict=True)}
            for picks in combined[:MOST_CORRECTIONS]
        ]

    def _count(self, folded: str) -> int:
        return sum(words.counts.get(folded, 0) for words in self._lists)

    def _spelling(self, folded: str) -> str:
        return max(words.spellings[folded] for words in self._lists if folded in words.spellings)[1]

    def _unlikeliness(self, typed: str, sound: str, other: str) -> tuple[bool, bool, int, str]:
        return sound_of(other) != sound, typed[0] != other[0], -self._count(other), other


def _slips(word: str) -> set[str]:
    """Return every word one slip away: a letter changed, dropped, added, or two swapped.

    Source: Peter Norvig, How to Write a Spelling Corrector (2007).
    """
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    slips = {a + b[1:] for a, b in splits if b}
    slips |= {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    slips |= {a + c + b[1:] for a, b in splits if b for c in _LETTERS}
    return slips | {a + c + b for a, b in splits for c in _LETTERS}


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> str:
    """Return how a folded word sounds in Colombia, so that words that sound alike are equal."""
    for letters, sound in _SOUNDS:
        word = letters.sub(sound, word)
    return word


@lru_cache(maxsize=1)
def _deny_list() -> frozenset[str]:
    lines = (Path(__file__).parent / "words" / "deny.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
