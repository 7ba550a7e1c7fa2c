"""The words a site really uses, unstemmed, for did-you-mean and suggestions. Stems are never shown to people."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import product
from pathlib import Path

from app.search import analysis

ASKED_AT_LEAST = 3
"""Times a query must have been typed before others see it: one person's query may hold a name."""
LONGEST_QUERY = 60
MOST_CORRECTIONS = 12
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


class Lexicon:
    """The words of a site's titles and past queries, each in its commonest spelling."""

    def __init__(
        self, title_words: Mapping[str, int], queries: Iterable[tuple[str, int]], denied: Iterable[str]
    ) -> None:
        self._denied = _deny_list() | {analysis.fold(word) for word in denied}
        self.queries = sorted(
            ((query, times) for query, times in queries if times >= ASKED_AT_LEAST and self.may_show(query)),
            key=lambda entry: (-entry[1], entry[0]),
        )
        self._spellings: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        spelled: dict[str, int] = {}
        for word, count in self._words(title_words):
            folded = analysis.fold(word)
            self._counts[folded] = self._counts.get(folded, 0) + count
            if count > spelled.get(folded, 0):
                spelled[folded] = count
                self._spellings[folded] = word

    def _words(self, title_words: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        yield from ((word, count) for word, count in title_words.items() if self.is_clean(word))
        for query, _ in self.queries:
            yield from ((word, 1) for word in analysis.words(query))

    def may_show(self, text: str) -> bool:
        """Say whether a query may be shown to everyone: clean, short, no address and no long number."""
        if len(text) > LONGEST_QUERY or "@" in text or re.search(r"\d{5}|\d[\d. -]{6,}\d", text):
            return False
        return self.is_clean(text)

    def is_clean(self, text: str) -> bool:
        """Say whether no word of a text is on the denylist."""
        return not any(analysis.fold(word) in self._denied for word in analysis.words(text))

    def __contains__(self, word: str) -> bool:
        return analysis.fold(word) in self._counts

    def completions(self, prefix: str, limit: int) -> list[str]:
        """Return the commonest words that begin so, in their usual spelling."""
        folded = analysis.fold(prefix)
        first = bisect_left(self._sorted, folded)
        last = bisect_left(self._sorted, folded + "\U0010ffff")
        found = sorted(self._sorted[first:last], key=lambda word: (-self._counts[word], word))
        return [self._spellings[word] for word in found[:limit]]

    def corrections(self, word: str, limit: int = 4) -> list[str]:
        """Return words one slip away from a word, likeliest first, or two away when there are none."""
        folded = analysis.fold(word)
        if len(folded) < 3 or folded.isdigit():
            return []
        near = {other for other in _slips(folded) if other in self._counts} - {folded}
        near.update(set(self._by_sound.get(_sound(folded), ())) - {folded})
        if not near and len(folded) >= 6:
            near = {other for once in _slips(folded) for other in self._without_a_letter.get(once, ())}
        return [self._spellings[other] for other in sorted(near, key=lambda other: self._order(folded, other))[:limit]]

    def rewrites(self, doubtful: Iterable[str]) -> list[dict[str, str]]:
        """Return sets of replacements for the doubtful words of a query, likeliest first."""
        choices = [(word, found) for word in dict.fromkeys(doubtful) if (found := self.corrections(word))]
        if not choices:
            return []
        combined = list(product(*(range(len(found)) for _, found in choices)))
        combined.sort(key=sum)
        return [
            {word: found[pick] for (word, found), pick in zip(choices, picks, strict=True)}
            for picks in combined[:MOST_CORRECTIONS]
        ]

    def _order(self, typed: str, other: str) -> tuple[bool, bool, int, str]:
        return _sound(typed) != _sound(other), typed[0] != other[0], -self._counts[other], other

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._counts)

    @cached_property
    def _by_sound(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for word in self._counts:
            found.setdefault(_sound(word), []).append(word)
        return found

    # For two slips: one is tried out on the word typed, and for the other the site's words lose a letter.
    @cached_property
    def _without_a_letter(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for word in self._counts:
            if len(word) >= 6:
                for shorter in {word[:i] + word[i + 1 :] for i in range(len(word))}:
                    found.setdefault(shorter, []).append(word)
        return found


def _slips(word: str) -> set[str]:
    """Return every word one slip away: a letter changed, dropped, added, or two swapped.

    Source: Peter Norvig, How to Write a Spelling Corrector (2007).
    """
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    slips = {a + b[1:] for a, b in splits if b}
    slips |= {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    slips |= {a + c + b[1:] for a, b in splits if b for c in _LETTERS}
    return slips | {a + c + b for a, b in splits for c in _LETTERS}


def _sound(word: str) -> str:
    for letters, sound in _SOUNDS:
        word = letters.sub(sound, word)
    return word


@lru_cache(maxsize=1)
def _deny_list() -> frozenset[str]:
    lines = (Path(__file__).parent / "words" / "deny.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
