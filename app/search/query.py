"""Reads what people type into a tree of our own, so that no engine's syntax is ever in a stranger's hands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.search import analysis

LONGEST_TEXT = 400
"""Characters that are read; the rest of a pasted page adds nothing to what is found."""
MOST_WORDS = 16

# Quotes of keyboards and of word processors; an apostrophe is no quote, it stands in names.
_QUOTES = str.maketrans(dict.fromkeys("“”„«»″＂", '"'))
_PART = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"|(?P<bare>[^\s"]+))')


@dataclass(frozen=True)
class Word:
    """One word, in lower case with the accents it was typed with."""

    text: str


@dataclass(frozen=True)
class Phrase:
    """Words that must follow one another."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """Everything wanted, and everything unwanted. Nothing wanted finds nothing. `typed` is every word as it came."""

    wanted: tuple[Word | Phrase, ...]
    unwanted: tuple[Word | Phrase, ...] = ()
    typed: tuple[str, ...] = field(default=(), compare=False)

    def words(self) -> tuple[str, ...]:
        """Return the wanted words in the order typed, those of phrases too."""
        parts = (part.words if isinstance(part, Phrase) else (part.text,) for part in self.wanted)
        return tuple(word for words in parts for word in words)


def parse(text: str, lang: str = "es") -> Query:
    """Return the query of any text whatsoever: words, "phrases in quotes" and -words to leave out.

    Words such as `de` are left out of the wanted ones unless nothing else was typed. Never raises.
    """
    wanted: list[Word | Phrase] = []
    unwanted: list[Word | Phrase] = []
    typed: list[str] = []
    left = MOST_WORDS
    for match in _PART.finditer(analysis.normalize(text[:LONGEST_TEXT]).translate(_QUOTES)):
        found = analysis.words(match["phrase"] if match["phrase"] is not None else match["bare"])[:left]
        left -= len(found)
        parts: list[Word | Phrase] = [Word(word) for word in found]
        if match["phrase"] is not None and len(found) > 1:
            parts = [Phrase(tuple(found))]
        (unwanted if match["minus"] else wanted).extend(parts)
        typed.extend(found)
    telling = [part for part in wanted if isinstance(part, Phrase) or not analysis.is_stop(part.text, lang)]
    return Query(tuple(dict.fromkeys(telling or wanted)), tuple(dict.fromkeys(unwanted)), tuple(typed))


def key_of(text: str, lang: str = "es") -> str:
    """Return one key for all the forms and orders of a query, under which the console promotes results."""
    return " ".join(sorted({analysis.term(word, lang) for word in parse(text, lang).words()}))
