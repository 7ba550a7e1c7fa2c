"""What a contribution seems to be: a petition, or one that holds somebody's data. Marks for people, never verdicts."""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.coach import personal
from widgets.forum import weighing

DATA = Path(__file__).parent / "data"


# Eight threads at once would each make them.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class _Patterns:
    asks: tuple[re.Pattern[str], ...]
    not_asking: re.Pattern[str]
    insults: re.Pattern[str]


def _patterns() -> _Patterns:
    with _ONE_AT_A_TIME:
        return _compiled()


def warm() -> None:
    """Make the patterns before the first contribution waits for them; in a thread of a worker that begins."""
    _patterns()
    _spellings()
    weighing.weights()


@cache
def _compiled() -> _Patterns:
    lists = json.loads((DATA / "reading.json").read_text("utf-8"))

    def whole(line: str) -> str:
        for name, part in lists["parts"].items():
            line = line.replace(name, f"(?:{part})")
        return line

    def joined(lines: list[str], flags: int = 0) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{whole(line)})" for line in lines), flags)

    # What is read for asking is in small letters already: to look for either letter takes three times as long. Each
    # line is a pattern of its own: joined to one they took 229 ms and 8 MB to make instead of 84 ms and 0.2 MB.
    return _Patterns(
        asks=tuple(re.compile(whole(line)) for line in lists["asks"]),
        not_asking=joined(lists["not_asking"]),
        insults=joined(lists["insults"], re.IGNORECASE),
    )


@cache
def _spellings() -> tuple[tuple[re.Pattern[str], str], ...]:
    lists = json.loads((DATA / "reading.json").read_text("utf-8"))
    return tuple((re.compile(written), meant) for written, meant in lists["spellings"])


def _plain(text: str) -> str:
    """Return a text in small letters without accents, which people leave out as they like; ñ stays a letter."""
    parts = unicodedata.normalize("NFD", text.lower().replace("ñ", "\0"))
    return "".join(one for one in parts if not unicodedata.combining(one)).replace("\0", "ñ")


def as_read(text: str) -> str:
    """Return what somebody says themselves, line by line, as the phrases of the list are written.

    Blanks and empty lines are one: a phrase that may begin with several would be looked for from each of them.
    """
    lines = (" ".join(line.split()) for line in text.splitlines() if not line.lstrip().startswith(">"))
    return _plain("\n".join(filter(None, lines)))


def spelt(text: str) -> str:
    """Return what somebody says themselves, with the commonest misspellings mended."""
    return _mended(as_read(text))


def _mended(own: str) -> str:
    for written, meant in _spellings():
        own = written.sub(meant, own)
    return own


def asks(text: str, more: tuple[str, ...] = ()) -> bool:
    """Return whether the text reads as a petition: it asks the entity for something, in words of the list.

    `more` are words that a site added. A quoted line is somebody else's voice and counts for nothing; a question to
    the neighbours is none. Source: S2-5 (object and grounds); Ley 1437 de 2011, art. 13: no form makes a petition.
    """
    own = as_read(text)
    if any(re.search(rf"\b{re.escape(_plain(word))}\b", own) for word in more):
        return True
    own = _mended(own)
    weight = weighing.weigh(own)
    if not weighing.TALK < weight <= weighing.SOUNDS:
        return weight > weighing.SOUNDS
    patterns = _patterns()

    def found(said: str) -> bool:
        return any(pattern.search(said) for pattern in patterns.asks)

    # Most say nothing that could be asking: they need not be read for what takes it back.
    return found(own) and found(patterns.not_asking.sub(" ", own))


def holds_personal(text: str) -> list[str]:
    """Return the kinds of personal data that the text seems to hold, by the coach's patterns."""
    return sorted({code for code, _, _, _ in personal.remarks(text)})


def flagged_words(text: str, words: tuple[str, ...] = ()) -> bool:
    """Return whether the text holds a word of the default list or of the site's."""
    if any(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in words):
        return True
    return bool(_patterns().insults.search(text))
