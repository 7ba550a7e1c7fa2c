"""Small cells of published tables, told together with others so that no sum and no difference gives one away.

Every table counts the same cases by another cut, so all of them have the same totals of states.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from app.cases.reporting.counting import STATES

# Cells of fewer people are not told: whoever knows of one case would learn about the others.
FEWEST = 5
# What the states of a class are called where some of them are too few; and those of both.
CLASSES = {"answered": ("in_time", "late"), "unanswered": ("waiting", "expired", "transferred", "closed")}
OTHER = "other"
Cell = tuple[str, str]
# label -> state -> how many
Groups = dict[str, Counter[str]]


def protected(groups: Groups, others: str) -> tuple[Groups, set[Cell]]:
    """Return the groups of a cut as they can be told, and which of their cells are told together."""
    groups = _pooled(groups, others)
    while True:
        counts = _counts(groups)
        found = _hidden(groups, counts)
        lone = next((cell for cell in sorted(found) if counts[cell] < FEWEST and not _in_a_ring(cell, found)), None)
        if lone is None:
            return groups, found
        # No told cell is left to hide it with: its group goes among the others.
        rest = {label: states for label, states in groups.items() if label != lone[0]}
        joined = others if others in rest else min(rest, key=lambda label: rest[label].total())
        groups = {**{label: rest[label] for label in rest if label != joined}, others: groups[lone[0]] + rest[joined]}


def _pooled(groups: Groups, others: str) -> Groups:
    """Return the groups, small ones as one: left out, the sums of another cut would tell how many they are."""
    kept, pool = dict(groups), Counter[str]()
    while any(states.total() < FEWEST for states in kept.values()) or 0 < pool.total() < FEWEST:
        if not kept:
            # So few in the whole quarter: nothing is told of it.
            return {}
        smallest = min(kept, key=lambda label: kept[label].total())
        pool += kept.pop(smallest)
    return kept | ({others: pool} if pool else {})


def with_few_states(groups: Groups) -> Groups:
    """Return the groups with states of so few cases in all that they can't be told as one, in every cut the same.

    Left to each cut, what one of them tells of a state would tell the total that another hides. Answered and unanswered
    ones are put together apart, since the times to answer tell how many each are; both as one where either is so few.
    """
    totals: Counter[str] = sum(groups.values(), Counter())
    sums = {one: sum(totals[state] for state in states) for one, states in CLASSES.items()}
    classes = CLASSES if all(not n or n >= FEWEST for n in sums.values()) else {OTHER: STATES}
    told = {}
    for name, states in classes.items():
        kept = _pooled({state: Counter({state: totals[state]}) for state in states if totals[state]}, name)
        told.update({state: state if state in kept else name for state in states})
    found: Groups = {}
    for label, counted in groups.items():
        found[label] = Counter()
        for state, count in counted.items():
            found[label][told[state]] += count
    return found


def _counts(groups: Groups) -> dict[Cell, int]:
    return {(label, state): count for label, states in groups.items() for state, count in states.items() if count}


def _hidden(groups: Groups, counts: dict[Cell, int]) -> set[Cell]:
    """Return the cells that are told together: the small ones, and as many more as keep those from being worked out.

    Each group's total is told, and another cut may tell that of a state: so of neither is one cell hidden alone, nor so
    few that their sum is small, nor such that sums of several groups and states leave one cell over.
    """
    found = {cell for cell, count in counts.items() if count < FEWEST}
    lines = [[cell for cell in counts if cell[0] == label] for label in groups]
    lines += [[cell for cell in counts if cell[1] == state] for state in {cell[1] for cell in counts}]
    while more := _lonely(lines, found, counts) or _left_over(found, counts):
        found |= more
    return found


def _lonely(lines: list[list[Cell]], found: set[Cell], counts: dict[Cell, int]) -> set[Cell]:
    """Return the smallest told cells of the lines in which one hidden cell, or a small sum of them, stands alone."""
    more = set()
    for line in lines:
        kept = [counts[cell] for cell in line if cell in found]
        told = [cell for cell in line if cell not in found]
        if kept and told and (len(kept) == 1 or sum(kept) < FEWEST):
            more.add(min(told, key=lambda cell: counts[cell]))
    return more


def _left_over(found: set[Cell], counts: dict[Cell, int]) -> set[Cell]:
    """Return a told cell on the way to closing a ring around a hidden one which sums alone would tell.

    Groups and states are the ends, hidden cells the ways between them: exactly the way without another way around it is
    what the totals of one side have more than those of the other.
    """
    for cell in sorted(found):
        if _in_a_ring(cell, found):
            continue
        here, there = (_reached(end, found - {cell}) for end in (cell[0], (cell[1], "")))
        told = sorted((one for one in counts if one not in found), key=lambda one: counts[one])
        ends = [(one, {one[0], (one[1], "")}) for one in told]
        ring = [one for one, both in ends if both & here and both & there]
        if ring := ring or [one for one, both in ends if both & (here | there) and both - (here | there)]:
            return {ring[0]}
    return set()


def _in_a_ring(cell: Cell, found: set[Cell]) -> bool:
    return (cell[1], "") in _reached(cell[0], found - {cell})


def _reached(start: str | Cell, ways: set[Cell]) -> set[str | Cell]:
    """Return the groups (by label) and states (as (state, "")) that hidden cells lead to from one of them."""
    next_to: dict[str | Cell, set[str | Cell]] = defaultdict(set)
    for label, state in ways:
        next_to[label].add((state, ""))
        next_to[(state, "")].add(label)
    seen = {start}
    todo = [start]
    while todo:
        for one in next_to[todo.pop()] - seen:
            seen.add(one)
            todo.append(one)
    return seen
