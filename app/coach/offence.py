"""Words that offend, as a mark for whoever reads: nothing is hidden, refused or blocked by it (S3-16, S3-20).

Insults and obscenities only. A hard opinion of the entity is no offence, nor is a citizen who tells of a thief.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# Letters as they are dressed up to pass by: one for one, so that every place stays.
_DISGUISES = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s", "!": "i"}
_ACCENTS = str.maketrans("áàäâãéèëêíìïîóòöôõúùüûç", "aaaaaeeeeiiiiooooouuuuc")
_DISGUISE = re.compile(r"(?<=[^\W\d_])[01345@$!](?=[^\W\d_])")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .*_-]){3,}\w(?!\w)")


@cache
def _pattern() -> re.Pattern[str]:
    lists: dict[str, list[str]] = json.loads(Path(__file__).with_name("offence.json").read_text(encoding="utf-8"))
    # "puuuta": a letter may be drawn out.
    letter = re.compile(r"(?<!\\)([a-zñ])(?![+*?\])])(?![^\[\]]*\])")
    words = [letter.sub(r"\1+", _fold(word)) for lang in lists for word in lists[lang]]
    drawn = "|".join(words).replace("]s?", "]+s*")
    return re.compile(rf"(?<!\w)(?:{drawn})(?!\w)")


def offences(text: str) -> list[tuple[int, int]]:
    """Return start and end, in code points, of what offends in a text; it may be spelt out or disguised."""
    folded = _fold(_undisguised(text))
    found = [match.span() for match in _pattern().finditer(folded)]
    for run in _SPACED.finditer(folded):
        if _pattern().search(re.sub(r"[ .*_-]", "", run[0])):
            found.append(run.span())
    return sorted(set(found))


def remarks(text: str) -> Iterator[tuple[str, int, int, dict[str, object]]]:
    """Yield what an official would better not say."""
    for start, end in offences(text):
        yield "offensive", start, end, {"text": text[start:end]}


def _fold(text: str) -> str:
    """Return the text in small letters without accents, of the same length; the ñ stays itself."""
    small = text.lower()
    # A few letters of other scripts become two when they are made small: then the places would move.
    return (small if len(small) == len(text) else text).translate(_ACCENTS)


def _undisguised(text: str) -> str:
    """Return the text with digits and signs between letters read as letters."""
    return _DISGUISE.sub(lambda found: _DISGUISES[found[0]], text)
