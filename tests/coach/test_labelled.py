"""The coach on sentences as officials of Colombia write them: how often its remarks are right, what it misses.

The sentences "kept apart" were never used to mend a pattern, so their figures are the honest ones.
"""

from collections import Counter
from pathlib import Path

import pytest

from app.coach import Advice, Context, advise

FOLDER = Path(__file__).parent
TONE = {"tuteo", "capitals", "exclamation", "symbols", "long-sentence", "long-block"}
Labelled = tuple[str, set[str]]


def sentences(file: str, part: str) -> list[Labelled]:
    """Return the sentences of a part, each with the codes that a careful reader gave it."""
    found: list[Labelled] = []
    current = ""
    for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = line.strip("[]")
        elif " | " in line and not line.startswith("#") and current == part:
            labels, text = line.split(" | ", 1)
            found.append((text, set() if labels == "-" else set(labels.split(","))))
    return found


def said_of(text: str, kind: str) -> set[str]:
    if kind == "personal":
        return {code(advice) for advice in advise(text, context=Context(channel="public")) if code(advice) not in TONE}
    return {advice.code for advice in advise(text, context=Context(channel="text")) if advice.code in TONE}


def code(advice: Advice) -> str:
    return advice.code.removeprefix("personal-")


def measure(kind: str, part: str) -> tuple[float, float]:
    """Return precision and recall over labels, and print them with every mistake."""
    counts: Counter[str] = Counter()
    for text, labels in sentences(f"{kind}.txt", part):
        said = said_of(text, kind)
        counts.update(right=len(said & labels), wrong=len(said - labels), missed=len(labels - said))
        if said != labels:
            print(f"  {kind}/{part}: said {sorted(said)}, labelled {sorted(labels)}: {text}")
    precision = counts["right"] / (counts["right"] + counts["wrong"])
    recall = counts["right"] / (counts["right"] + counts["missed"])
    print(f"{kind}/{part}: precision {precision:.3f}, recall {recall:.3f}, {dict(counts)}")
    return precision, recall


@pytest.mark.parametrize("kind", ["personal", "tone"])
def test_there_are_sentences_enough_to_measure(kind: str) -> None:
    assert len(sentences(f"{kind}.txt", "tuned")) >= 60
    assert len(sentences(f"{kind}.txt", "kept apart")) >= 40


@pytest.mark.parametrize(
    ("kind", "part", "least_precision", "least_recall"),
    [
        ("personal", "tuned", 0.99, 0.99),
        ("personal", "second", 0.99, 0.99),
        ("personal", "hard", 0.99, 0.99),
        ("personal", "third", 0.99, 0.96),
        ("personal", "fourth", 0.99, 0.99),
        ("personal", "kept apart", 0.95, 0.80),
        ("tone", "tuned", 0.99, 0.99),
        ("tone", "second", 0.99, 0.95),
        ("tone", "hard", 0.95, 0.95),
        ("tone", "fourth", 0.95, 0.95),
        ("tone", "kept apart", 0.90, 0.80),
    ],
)
def test_the_coach_is_right_and_misses_little(
    kind: str, part: str, least_precision: float, least_recall: float
) -> None:
    precision, recall = measure(kind, part)

    assert precision >= least_precision
    assert recall >= least_recall
