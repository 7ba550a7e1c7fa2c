"""What a contribution seems to be: a petition, or one that holds somebody's data. Marks for people, never verdicts."""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from functools import cache
from pathlib import Path

from app.coach import personal

DATA = Path(__file__).parent / "data"


# Made by the first who needs them: a sixth of a second, which eight threads at once would take eight times.
_ONE_AT_A_TIME = threading.Lock()


def _patterns() -> dict[str, re.Pattern[str]]:
    with _ONE_AT_A_TIME:
        return _compiled()


@cache
def _compiled() -> dict[str, re.Pattern[str]]:
    lists: dict[str, list[str]] = json.loads((DATA / "reading.json").read_text("utf-8"))
    acts = f"(?:{lists.pop('acts')})"
    return {
        name: re.compile("|".join(f"(?:{one.replace('ACT', acts)})" for one in lines), re.IGNORECASE)
        for name, lines in lists.items()
    }


def _plain(text: str) -> str:
    """Return a text in small letters without accents, which people leave out as they like; ñ stays a letter."""
    parts = unicodedata.normalize("NFD", text.lower().replace("ñ", "\0"))
    return "".join(one for one in parts if not unicodedata.combining(one)).replace("\0", "ñ")


def asks(text: str, more: tuple[str, ...] = ()) -> bool:
    """Return whether the text reads as a petition: it asks the entity for something, in words of the list.

    `more` are words that a site added. A quoted line is somebody else's voice and counts for nothing; a question to
    the neighbours is none. Source: S2-5 (object and grounds); Ley 1437 de 2011, art. 13: no form makes a petition.
    """
    own = _plain("\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">")))
    patterns = _patterns()
    if any(re.search(rf"\b{re.escape(_plain(word))}\b", own) for word in more):
        return True
    return bool(patterns["asks"].search(patterns["not_asking"].sub(" ", own)))


def holds_personal(text: str) -> list[str]:
    """Return the kinds of personal data that the text seems to hold, by the coach's patterns."""
    return sorted({code for code, _, _, _ in personal.remarks(text)})


def flagged_words(text: str, words: tuple[str, ...] = ()) -> bool:
    """Return whether the text holds a word of the default list or of the site's."""
    if any(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in words):
        return True
    return bool(_patterns()["insults"].search(text))
