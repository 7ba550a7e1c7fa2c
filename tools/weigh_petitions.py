"""Weigh the words of the labelled sentences (tests/forum) and write widgets/forum/data/weights.json.

The sentences that the tests keep apart teach nothing: `python tools/weigh_petitions.py`.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from widgets.forum import reading, weighing  # noqa: E402 - found from the folder above

TAUGHT_BY = ("forty", "improved_with", "later", "hard")
# What stood in one sentence alone says nothing; and what never stood on one side is not impossible there.
SEEN, UNSEEN = 2, 0.7


def sentences() -> tuple[list[str], list[str]]:
    """Return the petitions and the talk that teach."""
    tests = ROOT / "tests" / "forum"
    talk = json.loads((tests / "forum_talk.json").read_text("utf-8"))
    sets = [json.loads((tests / "petitions.json").read_text("utf-8")), *(talk[name] for name in TAUGHT_BY)]
    return [text for one in sets for text in one["asking"]], [text for one in sets for text in one["talking"]]


def made() -> dict[str, float]:
    """Return how much each word and part of one says for a petition: the logarithm of its odds."""
    asking, talking = sentences()
    counts = []
    for texts in (asking, talking):
        counted: Counter[str] = Counter()
        for text in texts:
            counted.update(one for words in weighing.pieces(reading.spelt(text)) for one in weighing.features(words))
        counts.append((counted, len(texts)))
    (yes, n), (no, m) = counts
    return {
        one: round(
            math.log((yes[one] + UNSEEN) / (n + 2 * UNSEEN)) - math.log((no[one] + UNSEEN) / (m + 2 * UNSEEN)), 2
        )
        for one in sorted(yes.keys() | no.keys())
        if yes[one] + no[one] >= SEEN
    }


if __name__ == "__main__":
    weighing.WEIGHTS.write_text(json.dumps(made(), ensure_ascii=False, indent=0) + "\n", "utf-8")
