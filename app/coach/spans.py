"""Parts of a text that several rules need: sentences, paragraphs, and what is not prose at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

Remark = tuple[str, int, int, dict[str, object]]

# Every repetition below is bounded, or begins where a word does: an answer of 100,000 letters takes linear time.
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.[A-Za-z]{2,}")
URL = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.(?:gov|com|edu|org)\.co(?:/\S*)?",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"«[^»\n]{1,300}»|“[^”\n]{1,300}”|\"[^\"\n]{1,300}\"")


@cache
def vocabulary(name: str) -> list[str]:
    """Return a list of Spanish words that the rules need, from the file beside this one."""
    lists = json.loads(Path(__file__).with_name("vocabulary.json").read_text(encoding="utf-8"))
    return " ".join(lists[name]).split()


# A point that ends no sentence: after these words, between digits, or after a single letter (S. A. S., p. m.).
_ABBREVIATIONS = frozenset(vocabulary("abbreviations"))
_END = re.compile(r"[.!?…]+[\"»”')\]]*(?=\s|$)|\n+")
_WORD = re.compile(r"\w[\w'’-]*")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each sentence; a line end closes one too, since lists have no points."""
    start = 0
    for end in _END.finditer(text):
        if not end[0].startswith("\n") and _is_abbreviation(text, end.start()):
            continue
        yield from _trimmed(text, start, end.end())
        start = end.end()
    yield from _trimmed(text, start, len(text))


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each block between line ends."""
    for block in re.finditer(r"[^\n]+", text):
        yield from _trimmed(text, block.start(), block.end())


def words(text: str) -> int:
    """Return how many words a reader meets; an address of the web is one."""
    return len(_WORD.findall(URL.sub("x", EMAIL.sub("x", text))))


def prose(text: str) -> str:
    """Return the text with addresses and quotations blanked out, every place kept: those are others' words."""
    for pattern in (EMAIL, URL, _QUOTED):
        text = pattern.sub(lambda found: " " * len(found[0]), text)
    return text


def _is_abbreviation(text: str, point: int) -> bool:
    if text[point : point + 1] != ".":
        return False
    before = re.search(r"(\w+)$", text[max(0, point - 12) : point])
    if before is None:
        return False
    word = before[1].lower()
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if piece.strip():
        start += len(piece) - len(piece.lstrip())
        yield start, start + len(piece.strip())
