"""The words of a title as an address has them."""

from __future__ import annotations

import re

from app.search.analysis import fold, normalize

LONGEST = 70


def slug_of(title: str) -> str:
    """Return "abierta-la-vacunacion" of "¡Abierta la vacunación!"; "p" of a title without letters."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(normalize(title))).strip("-")
    if len(words) > LONGEST:
        words = words[:LONGEST].rpartition("-")[0] or words[:LONGEST]
    return words or "p"
