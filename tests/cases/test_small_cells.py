"""Open data of petitions: no small cell follows from all that is told, worked out by solving every table together."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable

import pytest

from app.cases.reporting.counting import STATES
from app.cases.reporting.small_cells import FEWEST, Groups, protected, with_few_states

PRIME = (1 << 61) - 1
SPANS = {"time": 5, "mark": 5}
ANSWERED = ("in_time", "late")
Sums = dict[object, int]


def a_quarter(rng: random.Random) -> dict[str, Groups]:
    """Return some petitions by five cuts, few or many, of groups and states some of which are rare."""
    sizes = {"kind": rng.randint(1, 10), "office": rng.randint(1, 12), "channel": rng.randint(1, 6)} | SPANS
    weights = {cut: [rng.random() ** 3 + 0.01 for _ in range(size)] for cut, size in sizes.items()}
    often = [rng.random() ** 2 + 0.005 for _ in STATES]
    cuts: dict[str, Groups] = {cut: {} for cut in sizes}
    for _ in range(rng.choice([5, 8, 12, 20, 40, 80, 200, 600])):
        state = rng.choices(STATES, often)[0]
        for cut, groups in cuts.items():
            group = str(rng.choices(range(sizes[cut]), weights[cut])[0])
            if cut in ("time", "mark") and state not in ANSWERED:
                group = "none"
            groups.setdefault(group, Counter())[state] += 1
    return cuts


def solved(sums: Iterable[Sums]) -> dict[object, Sums]:
    """Return the sums brought to where each stands for one unknown, by Gauss and Jordan over a large prime."""
    done: dict[object, Sums] = {}
    for one in sums:
        left = dict(one)
        while known := next((name for name in left if name in done), None):
            _take(left, done[known], left[known])
        if not left:
            continue
        name, factor = next(iter(left)), pow(next(iter(left.values())), PRIME - 2, PRIME)
        left = {other: value * factor % PRIME for other, value in left.items()}
        for other in done.values():
            if name in other:
                _take(other, left, other[name])
        done[name] = left
    return done


def _take(target: Sums, what: Sums, times: int) -> None:
    for name, value in what.items():
        target[name] = (target.get(name, 0) - times * value) % PRIME
        if not target[name]:
            del target[name]


def given_away(cuts: dict[str, Groups]) -> list[object]:
    """Return the small counts that follow from the tables as they are told: their rows' sums, and one total a state."""
    counts: dict[object, int] = {}
    sums: list[Sums] = []
    for cut, counted in cuts.items():
        groups, together = protected(with_few_states(counted), "others")
        states = {state for cells in groups.values() for state in cells}
        for label, cells in groups.items():
            counts |= {(cut, label, state): cells[state] for state in states if (label, state) in together}
            sums.append({(cut, label, state): 1 for state in states if (label, state) in together})
        for state in states:
            total: Sums = {(cut, label, state): 1 for label in groups if (label, state) in together}
            sums.append(total | {("total", state): PRIME - 1})
            counts["total", state] = sum(cells[state] for cells in groups.values())
    done = solved(sums)
    return [name for name, count in counts.items() if 0 < count < FEWEST and len(done.get(name, ())) == 1]


@pytest.mark.parametrize("rounds", [40, pytest.param(2_000, marks=pytest.mark.full)])
def test_no_small_cell_follows_from_all_that_is_told(rounds: int) -> None:
    rng = random.Random(6)  # noqa: S311 - no secret

    assert [found for _ in range(rounds) if (found := given_away(a_quarter(rng)))] == []


def test_what_another_cut_would_tell_is_not_told_by_this_one() -> None:
    """Three late ones: beside twelve in time by kind, they would be what the channels' total of both has more."""
    cuts = {
        "kind": {"queja": Counter(in_time=12, late=3)},
        "channel": {"web": Counter(in_time=7, late=2), "chat": Counter(in_time=5, late=1)},
    }

    told = {cut: protected(with_few_states(groups), "others") for cut, groups in cuts.items()}

    assert told["kind"] == ({"queja": Counter(answered=15)}, set())
    assert told["channel"] == ({"web": Counter(answered=9), "chat": Counter(answered=6)}, set())


def test_groups_of_too_few_are_one_and_too_few_of_all_are_nothing() -> None:
    few = {"queja": Counter(in_time=2), "reclamo": Counter(in_time=1)}

    assert protected(few, "others") == ({}, set())
    assert protected({**few, "consulta": Counter(in_time=9)}, "others") == ({"others": Counter(in_time=12)}, set())
