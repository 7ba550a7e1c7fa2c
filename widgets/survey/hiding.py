"""Hide from the public the counts in which somebody could be recognised, and those that would give them away.

Lines are shown or hidden by fixed groups of neighbours. Whether a group is hidden depends on its sum and on whether it
has a small line, and neither changes if its lines change places: whoever knows this rule and all that is shown can't
tell which line has which count, on one day or over many. A line chosen by its size would say how big it is.

Source: Hundepool et al., Statistical Disclosure Control (2012), 4: primary and complementary suppression.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# A public cell with fewer people than this could be somebody whom a neighbour recognises.
SMALL_CELL = 5


def hide_small(view: dict[str, Any], live: bool = False) -> dict[str, Any]:
    """Return a question's view without the cells that could point at a person.

    While answers still come in (`live`) a line that nobody chose is small too. Else a pair would be shown up to its
    first answer and hidden after it, and who looks twice would know that one.
    """
    out = dict(view)
    tables = [view["lines"]] if "lines" in view else [row["lines"] for row in view.get("rows", [])]
    hidden = [_hidden(lines, live) for lines in tables]
    if view.get("kind") == "ranking":
        hidden = _whole_rows(tables, hidden)
    if view["n"] < SMALL_CELL or any(hidden):
        # The mean of two people tells each what the other said, and one beside hidden counts gives these away.
        for name in ("mean", "mean_text"):
            out.pop(name, None)
    told = [_told(lines, places) for lines, places in zip(tables, hidden, strict=True)]
    if "lines" in view:
        [out["lines"]] = told
    if "rows" in view:
        out["rows"] = [{**row, "lines": lines} for row, lines in zip(view["rows"], told, strict=True)]
    return out


def _told(lines: list[dict[str, Any]], places: set[int]) -> list[dict[str, Any]]:
    return [
        {"key": line["key"], "text": line["text"], "hidden": True} if place in places else dict(line)
        for place, line in enumerate(lines)
    ]


def _groups(many: int) -> list[range]:
    """Return the places of so many lines by twos, the last three together where one would be left."""
    starts = list(range(0, many - 1, 2)) or [0]
    return [range(start, end) for start, end in zip(starts, [*starts[1:], many], strict=True)]


def _hidden(lines: Sequence[dict[str, Any]], live: bool) -> set[int]:
    """Return the places of a table that stay hidden: groups with a small line, and so many that five people hide."""
    counts = [int(line["count"]) for line in lines]
    if sum(counts) < SMALL_CELL:
        # Of four people nothing is told, not even which answer nobody gave.
        return set(range(len(counts))) if any(counts) or live else set()
    groups = sorted(_groups(len(counts)), key=lambda group: sum(counts[place] for place in group))
    least = 0 if live else 1
    hidden = [group for group in groups if any(least <= counts[place] < SMALL_CELL for place in group)]
    # What is hidden is known in sum: two people who said one of two things are a small cell as well.
    for group in groups:
        if not 0 < sum(counts[place] for one in hidden for place in one) < SMALL_CELL:
            break
        if group not in hidden:
            hidden.append(group)
    return {place for group in hidden for place in group}


def _whole_rows(tables: list[list[dict[str, Any]]], hidden: list[set[int]]) -> list[set[int]]:
    """Return the places of a ranking that stay hidden: all of each option of a group that has a small one.

    Everybody gives a first place, so its sum is n too, and a hidden count would follow from the other options.
    """
    out = list(hidden)
    for group in _groups(len(tables)):
        if any(hidden[row] for row in group):
            for row in group:
                out[row] = set(range(len(tables[row])))
    return out
