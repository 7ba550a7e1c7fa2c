"""Bars for a printed document: names at their left, numbers at their right, a dark part where one is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_STEP, _BAR, _LABEL, _WIDE = 24, 15, 240, 1000
_NAME = 34


@dataclass(frozen=True)
class Bar:
    """One bar; `length` and `part` are shares of the longest that can be, `figure` is what stands at its end."""

    name: str
    length: float
    figure: str
    part: float = 0.0


def bars(drawn: Sequence[Bar]) -> str:
    """Return the bars as SVG, which app.documents.Chart takes with the words that say the same."""
    room = _WIDE - _LABEL - 60
    parts = []
    for place, one in enumerate(drawn):
        top, wide = place * _STEP, room * one.length
        name = one.name if len(one.name) <= _NAME else one.name[: _NAME - 1] + "…"
        parts.append(
            f'<text x="{_LABEL - 8}" y="{top + 13}" font-size="12" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{_LABEL}" y="{top}" width="{wide:.1f}" height="{_BAR}" fill="#2f6fb0"/>'
            f'<rect x="{_LABEL}" y="{top}" width="{room * one.part:.1f}" height="{_BAR}" fill="#b54708"/>'
            f'<text x="{_LABEL + wide + 6:.1f}" y="{top + 13}" font-size="12">{escape(one.figure)}</text>'
        )
    height = _STEP * max(len(drawn), 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {height}" font-family="Libertinus Serif">'
        f"{''.join(parts)}</svg>"
    )
