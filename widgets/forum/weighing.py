"""How much a text sounds like a petition: words weighed by the labelled sentences they stood in (naive Bayes).

The rules of `reading` know how people ask. Many report what is wrong and leave the asking to be understood: of fresh
sentences of that kind the rules found nine of twenty, with the weights fifteen, and offered less to talk.
`tools/weigh_petitions.py` makes the weights.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

WEIGHTS = Path(__file__).parent / "data" / "weights.json"
# From here a text is offered though no rule found asking; below the other, though one did, it is talk.
SOUNDS, TALK = 18.0, 0.0
# What taught it is as long as this or shorter: of what is longer each sentence is weighed by itself.
PIECE = 40
_WORDS, _ENDS = re.compile(r"\w+|[?!¿]"), re.compile(r"(?<=[.!?;\n])\s+|\n")


def pieces(text: str) -> Iterator[list[str]]:
    whole = _WORDS.findall(text)
    if len(whole) <= PIECE:
        yield whole
        return
    for sentence in _ENDS.split(text):
        words = _WORDS.findall(sentence)
        for begin in range(0, max(1, len(words)), PIECE):
            yield words[begin : begin + PIECE]


def features(words: list[str]) -> set[str]:
    """Return the words of a piece, each two that stand together, and four letters at a time, for what is misspelt."""
    found = {*words, *(f"{one} {two}" for one, two in zip(["<", *words], words, strict=False))}
    for word in words:
        whole = f"^{word}$"
        found.update(f"#{whole[at : at + 4]}" for at in range(len(whole) - 3))
    return found


@cache
def weights() -> dict[str, float]:
    read: dict[str, float] = json.loads(WEIGHTS.read_text("utf-8"))
    return read


def weigh(text: str) -> float:
    """Return the weight of the piece of a text that sounds most like a petition."""
    known = weights()
    return max(sum(known.get(one, 0.0) for one in features(words)) for words in pieces(text))
