"""How much a result can be trusted, in plain functions without a store: sizes, margins, intervals, weights, tests."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

MAX_ROUNDS = 200
TOLERANCE = 1e-9


class EmptyCell(ValueError):
    """A target is set for a group in which nobody answered: no weight can stand for them."""

    def __init__(self, variable: str, group: str) -> None:
        super().__init__(f"{variable}: {group}")
        self.variable, self.group = variable, group


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


def z_of(confidence: float) -> float:
    """Return the normal quantile of a two-sided confidence: 0.95 gives 1.96."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def sample_size(margin: float, population: int = 0, confidence: float = 0.95, share: float = 0.5) -> int:
    """Return how many answers a random sample needs for a margin (0.05 is five points); 0 people: no limit known.

    Source: Cochran, Sampling Techniques (1977), 4.2 and 4.4, with the finite population correction.
    """
    needed = z_of(confidence) ** 2 * share * (1 - share) / margin**2
    if population:
        needed = needed / (1 + (needed - 1) / population)
    return math.ceil(needed - TOLERANCE)


def margin(n: float, population: int = 0, confidence: float = 0.95, share: float = 0.5) -> float:
    """Return the margin of error of a share in a simple random sample of n, finite population correction included.

    Source: Cochran, Sampling Techniques (1977), 3.2. `n` may be an effective size.
    """
    if n <= 0:
        return math.inf
    if population and n >= population:
        return 0.0
    correction = math.sqrt((population - n) / (population - 1)) if population > 1 else 1.0
    return z_of(confidence) * math.sqrt(share * (1 - share) / n) * correction


def wilson(count: float, n: float, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval of count in n, which stays inside 0 and 1 and holds for small n too.

    Source: Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.
    """
    if n <= 0:
        return Interval(0.0, 1.0)
    z, share = z_of(confidence), count / n
    base = 1 + z * z / n
    middle = (share + z * z / (2 * n)) / base
    half = z / base * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def effective_n(weights: Sequence[float]) -> float:
    """Return how many equally weighted answers these weighted ones are worth. Source: Kish, Survey Sampling (1965)."""
    total = sum(weights)
    squares = sum(weight * weight for weight in weights)
    return total * total / squares if squares else 0.0


def design_effect(weights: Sequence[float]) -> float:
    """Return by how much unequal weights widen the variance: n over the effective n, 1 where all are equal."""
    worth = effective_n(weights)
    return len(weights) / worth if worth else 1.0


@dataclass(frozen=True)
class Raked:
    """Weights with mean 1, in the order of the answers, and how well they met the targets."""

    weights: list[float]
    rounds: int
    converged: bool
    # How many answers stand at a limit of the trimming.
    trimmed: int
    # The largest distance, in points of share, between a target and what the weights reach.
    distance: float
    effective_n: float
    design_effect: float


def rake(
    answers: Sequence[Mapping[str, str | None]],
    targets: Mapping[str, Mapping[str, float]],
    trim: float = 5.0,
    counts: Sequence[int] | None = None,
) -> Raked:
    """Return weights that bring the answers to the targets of each variable in turn, until none moves.

    `targets` maps a variable to the size or share of each group. An answer that says nothing of a variable, or names a
    group without a target, keeps its weight there. Weights are held between 1/trim and trim times their mean.
    `counts` tells how many people each of `answers` stands for: who is alike in every variable is weighted alike, and
    20,000 answers of 200 kinds are then 200.
    Raises EmptyCell for a group with a target and no answer: it is said, never divided by.
    Sources: Deming and Stephan (1940); trimming as in Izrael, Battaglia and Frankel (2009).
    """
    people = [1] * len(answers) if counts is None else list(counts)
    shares = {variable: _shares(groups) for variable, groups in targets.items()}
    members = {variable: _members(answers, variable, groups) for variable, groups in shares.items()}
    weights = [1.0] * len(answers)
    rounds = trimmed = 0
    while rounds < MAX_ROUNDS:
        rounds += 1
        before = list(weights)
        for variable, groups in shares.items():
            _pull(weights, people, members[variable], groups)
        trimmed = _trim(weights, people, trim)
        if max((abs(new - old) for new, old in zip(weights, before, strict=True)), default=0.0) < TOLERANCE:
            break
    distance = _distance(weights, people, members, shares)
    each = [(weight, count) for weight, count in zip(weights, people, strict=True)]
    total, squares = sum(w * n for w, n in each), sum(w * w * n for w, n in each)
    worth = total * total / squares if squares else 0.0
    return Raked(weights, rounds, distance < 0.0005, trimmed, distance, worth, sum(people) / worth if worth else 1.0)


def _shares(groups: Mapping[str, float]) -> dict[str, float]:
    total = sum(groups.values())
    return {group: size / total for group, size in groups.items() if size > 0}


def _members(
    answers: Sequence[Mapping[str, str | None]], variable: str, groups: Mapping[str, float]
) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {group: [] for group in groups}
    for place, answer in enumerate(answers):
        group = answer.get(variable)
        if group in found:
            found[str(group)].append(place)
    for group, places in found.items():
        if not places:
            raise EmptyCell(variable, group)
    return found


def _sum(weights: Sequence[float], people: Sequence[int], places: Iterable[int]) -> float:
    return sum(weights[place] * people[place] for place in places)


def _pull(
    weights: list[float], people: Sequence[int], members: Mapping[str, list[int]], groups: Mapping[str, float]
) -> None:
    sums = {group: _sum(weights, people, places) for group, places in members.items()}
    total = sum(sums.values())
    for group, places in members.items():
        factor = groups[group] * total / sums[group]
        for place in places:
            weights[place] *= factor


def _trim(weights: list[float], people: Sequence[int], trim: float) -> int:
    """Hold the weights between 1/trim and trim with mean 1, and return how many answers stand at a limit.

    Capping moves the mean and with it the limits, so the two are done in turn until neither moves.
    """
    n = sum(people)
    if not n:
        return 0
    for _ in range(MAX_ROUNDS):
        mean = _sum(weights, people, range(len(weights))) / n
        weights[:] = [min(max(weight / mean, 1 / trim), trim) for weight in weights]
        if abs(_sum(weights, people, range(len(weights))) / n - 1) < TOLERANCE:
            break
    return sum(count for weight, count in zip(weights, people, strict=True) if weight in (1 / trim, trim))


def _distance(
    weights: Sequence[float], people: Sequence[int], members: Mapping[str, dict[str, list[int]]],
    shares: Mapping[str, Mapping[str, float]],
) -> float:  # fmt: skip
    worst = 0.0
    for variable, groups in shares.items():
        sums = {group: _sum(weights, people, places) for group, places in members[variable].items()}
        total = sum(sums.values())
        worst = max([worst, *(abs(sums[group] / total - share) for group, share in groups.items())])
    return worst


@dataclass(frozen=True)
class ChiSquare:
    """Pearson's test of independence of a cross table; `shaky` where too many expected counts are small."""

    statistic: float
    freedom: int
    p: float
    cramers_v: float
    shaky: bool


def chi_square(table: Sequence[Sequence[float]]) -> ChiSquare | None:
    """Return the test of a table of counts, empty rows and columns left out; None where fewer than 2 x 2 remain.

    `shaky` follows Cochran (1954): over a fifth of the expected counts under 5, or any under 1.
    """
    rows = [row for row in table if sum(row)]
    columns = [place for place in range(len(rows[0]) if rows else 0) if sum(row[place] for row in rows)]
    rows = [[row[place] for place in columns] for row in rows]
    if len(rows) < 2 or len(columns) < 2:
        return None
    total = sum(map(sum, rows))
    by_column = [sum(row[place] for row in rows) for place in range(len(columns))]
    expected = [[sum(row) * column / total for column in by_column] for row in rows]
    statistic = sum(
        (seen - wanted) ** 2 / wanted
        for row, wanted_row in zip(rows, expected, strict=True)
        for seen, wanted in zip(row, wanted_row, strict=True)
    )
    freedom = (len(rows) - 1) * (len(columns) - 1)
    cells = [wanted for row in expected for wanted in row]
    shaky = min(cells) < 1 or sum(wanted < 5 for wanted in cells) > len(cells) / 5
    v = math.sqrt(statistic / (total * (min(len(rows), len(columns)) - 1)))
    return ChiSquare(statistic, freedom, chi_square_tail(statistic, freedom), v, shaky)


def yates(table: Sequence[Sequence[float]]) -> float | None:
    """Return chi-square with Yates' correction of 2 x 2 counts; None for any other shape, or an empty margin.

    Source: Yates (1934), Suppl. J. R. Stat. Soc. 1, 217-235; a difference under a half is corrected to nothing.
    """
    if [len(row) for row in table] != [2, 2]:
        return None
    (a, b), (c, d) = table
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if not margins:
        return None
    total = a + b + c + d
    return total * max(0.0, abs(a * d - b * c) - total / 2) ** 2 / margins


def chi_square_tail(statistic: float, freedom: int) -> float:
    """Return the probability of a chi-square at least this large.

    Source: regularised incomplete gamma by series and continued fraction, Numerical Recipes (2007), 6.2.
    """
    a, x = freedom / 2, statistic / 2
    if x <= 0:
        return 1.0
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        step = a
        while abs(term) > abs(total) * 1e-15:
            step += 1
            term *= x / step
            total += term
        return max(0.0, 1 - total * front)
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    fraction = d
    for turn in range(1, 10_000):
        an = -turn * (turn - a)
        b += 2
        d = 1 / (an * d + b or tiny)
        c = b + an / c or tiny
        fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * fraction


def fisher(table: Sequence[Sequence[int]]) -> float | None:
    """Return Fisher's exact probability, two-sided, of a table of 2 x 2 counts; None for any other shape.

    It holds where chi-square is shaky. Two-sided as the sum of all tables no likelier than this one. Sources: Fisher,
    Statistical Methods for Research Workers (1934), 21.02; Agresti, Categorical Data Analysis (2002), 3.5.1.
    """
    if [len(row) for row in table] != [2, 2]:
        return None
    (a, b), (c, d) = table
    row, column, total = a + b, a + c, a + b + c + d
    if not total:
        return None
    ways = math.comb(total, column)
    likely = [
        math.comb(row, one) * math.comb(total - row, column - one) / ways
        for one in range(max(0, column - (total - row)), min(row, column) + 1)
    ]
    seen = math.comb(row, a) * math.comb(total - row, c) / ways
    # Ties of floating point belong to the sum.
    return min(1.0, sum(one for one in likely if one <= seen * (1 + 1e-7)))


@dataclass(frozen=True)
class Moments:
    """Mean and its margin for answers that are numbers."""

    n: int
    mean: float
    deviation: float
    margin: float


def moments(counts: Mapping[float, float], population: int = 0, confidence: float = 0.95) -> Moments:
    """Return mean, standard deviation and margin of the mean from a count of each value."""
    n = sum(counts.values())
    if not n:
        return Moments(0, 0.0, 0.0, math.inf)
    mean = sum(value * count for value, count in counts.items()) / n
    spread = sum(count * (value - mean) ** 2 for value, count in counts.items())
    deviation = math.sqrt(spread / (n - 1)) if n > 1 else 0.0
    correction = math.sqrt((population - n) / (population - 1)) if population > n else float(population == 0)
    half = z_of(confidence) * deviation / math.sqrt(n) * correction if n > 1 else math.inf
    return Moments(int(n), mean, deviation, half)
