"""What a list shows of people: enough to tell two reports apart (Ley 1581 de 2012, art. 4 f to h)."""

from __future__ import annotations

from app.cases.masking import DOT, mask_text
from app.coach import personal

SHOWN = 140


def masked(text: str) -> str:
    """Return the beginning of a text, each place that seems to hold somebody's datum blotted out."""
    text = " ".join(text[:2_000].split())
    for _, start, end, _ in sorted(personal.remarks(text), key=lambda one: one[1], reverse=True):
        text = text[:start] + mask_text(text[start:end]) + text[end:]
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def mask_author(author: str) -> str:
    """Return "@v•••" of "@vecina.ej"."""
    start = 2 if author.startswith("@") else 1
    return f"{author[:start]}{DOT * 3}" if author else ""
