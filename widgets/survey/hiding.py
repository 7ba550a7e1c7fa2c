"""Hide from the public the counts in which somebody could be recognised, and those that would give them away.

Source: Hundepool et al., Statistical Disclosure Control (2012), 4: primary and complementary suppression.
"""

from __future__ import annotations

from typing import Any

# A public cell with fewer people than this could be somebody whom a neighbour recognises.
SMALL_CELL = 5


def hide_small(view: dict[str, Any]) -> dict[str, Any]:
    """Return a question's view without the cells that could point at a person."""
    out = dict(view)
    tables = [view["lines"]] if "lines" in view else [row["lines"] for row in view.get("rows", [])]
    hidden = [_hidden(lines) for lines in tables]
    if view.get("kind") == "ranking":
        _both_ways(tables, hidden)
    if view["n"] < SMALL_CELL or any(hidden):
        # The mean of two people tells each what the other said, and one beside hidden counts gives these away.
        out.pop("mean_text", None), out.pop("mean", None)
    told = [_told(lines, keys) for lines, keys in zip(tables, hidden, strict=True)]
    if "lines" in view:
        [out["lines"]] = told
    if "rows" in view:
        out["rows"] = [{**row, "lines": lines} for row, lines in zip(view["rows"], told, strict=True)]
    return out


def _told(lines: list[dict[str, Any]], keys: set[str]) -> list[dict[str, Any]]:
    return [
        {"key": line["key"], "text": line["text"], "hidden": True} if line["key"] in keys else dict(line)
        for line in lines
    ]


def _hidden(lines: list[dict[str, Any]], more: frozenset[str] | set[str] = frozenset()) -> set[str]:
    """Return which lines of a table stay hidden: the small ones, those of `more`, and what these take with them.

    What is hidden is known in sum, from n and the lines that are shown. So it must be two lines at least, with people
    enough that none follows from the sum: of two lines with two people in all each has one.
    """
    keys = {line["key"] for line in lines if 0 < line["count"] < SMALL_CELL} | more
    if not keys:
        return keys
    if sum(line["count"] for line in lines) < SMALL_CELL:
        return {line["key"] for line in lines}
    for line in sorted((one for one in lines if one["count"] >= SMALL_CELL), key=lambda one: one["count"]):
        among = [one["count"] for one in lines if one["key"] in keys]
        if len(among) > 1 and sum(among) - len(among) >= SMALL_CELL - 1:
            break
        keys.add(line["key"])
    return keys


def _both_ways(tables: list[list[dict[str, Any]]], hidden: list[set[str]]) -> None:
    """Let no place of a ranking be told by the others: everybody gives a first place, so its sum is n, and so on."""
    moved = True
    while moved:
        moved = False
        for place in {line["key"] for lines in tables for line in lines}:
            under = [row for row, keys in enumerate(hidden) if place in keys]
            if len(under) != 1:
                continue
            others = sorted(
                (line["count"], row) for row, lines in enumerate(tables) for line in lines
                if line["key"] == place and row not in under and line["count"]
            )  # fmt: skip
            if others:
                row = others[0][1]
                hidden[row] = _hidden(tables[row], hidden[row] | {place})
                moved = True
