"""The lines under a result: the part of the text that holds the query's words, in pieces for the page to escape."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.search import analysis

LONGEST_TEXT = 200_000
LENGTH = 220

Parts = tuple[tuple[str, bool], ...]


class Marker:
    """Finds the words of one query in any number of texts."""

    def __init__(self, words: Iterable[str], lang: str) -> None:
        self._lang = lang
        self._terms = {analysis.term(word, lang) for word in words}
        starts = {analysis.fold(word) for word in words} | self._terms | analysis.relatives(self._terms, lang)
        # The folded text is searched for likely beginnings at the speed of C; only those words are analyzed.
        stems = sorted({re.escape(start[: max(2, min(len(start) - 1, 4))]) for start in starts if start})
        self._likely = re.compile(r"(?<![^\W_])(?:" + "|".join(stems) + r")[^\W_]*") if stems else None

    def places(self, folded: str) -> list[tuple[int, int]]:
        """Return where the words of the query stand in a folded text, in any of their forms."""
        if self._likely is None:
            return []
        return [
            match.span()
            for match in self._likely.finditer(folded)
            if analysis.term(match[0][: analysis.LONGEST_WORD], self._lang) in self._terms
        ]

    def snippet(self, text: str, length: int = LENGTH) -> Parts:
        """Return about `length` characters of the text around most of the words, as `(piece, marked)`."""
        text = " ".join(analysis.normalize(text[:LONGEST_TEXT]).split())
        folded = analysis.fold(text)
        places = self.places(folded)
        start, end = _window(text, folded, places, length)
        before, after = (("…", False),) if start else (), (("…", False),) if end < len(text) else ()
        return (*before, *_pieces(text, places, start, end), *after)

    def mark(self, line: str) -> Parts:
        """Return a whole line, such as a title, as `(piece, marked)`."""
        line = analysis.normalize(line)
        return _pieces(line, self.places(analysis.fold(line)), 0, len(line))


def _pieces(text: str, places: Iterable[tuple[int, int]], start: int, end: int) -> Parts:
    pieces, at = [], start
    for begin, stop in places:
        if begin >= start and stop <= end:
            pieces += [(text[at:begin], False), (text[begin:stop], True)]
            at = stop
    return tuple(piece for piece in (*pieces, (text[at:end], False)) if piece[0])


def _window(text: str, folded: str, places: Sequence[tuple[int, int]], length: int) -> tuple[int, int]:
    """Return the stretch with the most different words of the query, from a word's beginning to a word's end."""
    if not places or len(text) <= length:
        return 0, _word_end(text, length)
    best, most = 0, 0
    for index, (begin, _) in enumerate(places):
        within = [span for span in places[index : index + 24] if span[1] <= begin + length - length // 4]
        worth = 3 * len({folded[a : a + 4] for a, _ in within}) + len(within)
        if worth > most:
            best, most = begin, worth
    start = max(0, min(best - length // 4, len(text) - length))
    if start:
        start = text.find(" ", start, best + 1) + 1 or best
    return start, _word_end(text, start + length)


def _word_end(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    space = text.rfind(" ", max(0, end - 40), end + 1)
    return space if space > 0 else end
