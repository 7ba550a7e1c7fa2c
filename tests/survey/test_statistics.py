"""Golden values of the statistics, to two decimals and more, worked out by hand or taken from the named sources."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.survey import statistics
from widgets.survey.statistics import EmptyCell


@pytest.mark.parametrize(
    ("population", "margin", "confidence", "n"),
    [
        (1_000, 0.05, 0.95, 278),
        (10_000, 0.03, 0.95, 965),
        (0, 0.05, 0.95, 385),
        (0, 0.03, 0.95, 1068),
        (0, 0.05, 0.99, 664),
        (500, 0.05, 0.90, 176),
        (20, 0.05, 0.95, 20),
    ],
)
def test_the_sample_that_a_margin_needs(population: int, margin: float, confidence: float, n: int) -> None:
    assert statistics.sample_size(margin, population, confidence) == n


@pytest.mark.parametrize(
    ("n", "population", "points"), [(400, 0, 4.90), (1068, 0, 3.00), (278, 1_000, 5.00), (100, 101, 0.98), (50, 50, 0)]
)
def test_the_margin_that_a_sample_has(n: int, population: int, points: float) -> None:
    assert round(statistics.margin(n, population) * 100, 2) == points


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (12, 40, 18.07, 45.43),
        (0, 10, 0.0, 27.75),
        (10, 10, 72.25, 100.0),
        (81, 263, 25.53, 36.62),
        (1, 29, 0.61, 17.18),
    ],
)
def test_wilsons_interval(count: int, n: int, low: float, high: float) -> None:
    # 81 of 263 and 1 of 29: Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    found = statistics.wilson(count, n)

    assert (round(found.low * 100, 2), round(found.high * 100, 2)) == (low, high)


@pytest.mark.parametrize(
    ("confidence", "points", "low", "high"),
    [(0.90, 4.11, 19.66, 42.87), (0.95, 4.90, 18.07, 45.43), (0.99, 6.44, 15.33, 50.36)],
)
def test_more_confidence_asks_for_a_wider_margin_and_interval(
    confidence: float, points: float, low: float, high: float
) -> None:
    # norm.ppf and binomtest(12, 40).proportion_ci(method="wilson") of scipy 1.17.1; the margin is of n = 400.
    found = statistics.wilson(12, 40, confidence)

    assert round(100 * statistics.margin(400, confidence=confidence), 2) == points
    assert (round(found.low * 100, 2), round(found.high * 100, 2)) == (low, high)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_stays_inside(case: tuple[int, int]) -> None:
    count, n = case

    found = statistics.wilson(count, n)

    assert 0 <= found.low <= count / n + 1e-12
    assert count / n - 1e-12 <= found.high <= 1


def test_unequal_weights_are_worth_fewer_answers() -> None:
    weights = [1.0] * 50 + [3.0] * 50

    assert statistics.effective_n(weights) == pytest.approx(80)
    assert statistics.design_effect(weights) == pytest.approx(1.25)
    assert statistics.effective_n([2.0] * 30) == pytest.approx(30)


def _people(**cells: int) -> list[dict[str, str | None]]:
    return [{"sex": cell[0], "zone": cell[1]} for cell, count in cells.items() for _ in range(count)]


def test_raking_meets_both_margins() -> None:
    people = _people(fu=40, fr=10, mu=30, mr=20)
    targets = {"sex": {"f": 52.0, "m": 48.0}, "zone": {"u": 60.0, "r": 40.0}}

    raked = statistics.rake(people, targets)

    women = sum(w for w, p in zip(raked.weights, people, strict=True) if p["sex"] == "f") / sum(raked.weights)
    rural = sum(w for w, p in zip(raked.weights, people, strict=True) if p["zone"] == "r") / sum(raked.weights)
    assert (round(women, 4), round(rural, 4), raked.converged) == (0.52, 0.40, True)
    assert sum(raked.weights) == pytest.approx(100)
    assert raked.effective_n < 100


def test_one_margin_gives_the_weights_of_post_stratification() -> None:
    raked = statistics.rake(_people(fu=75, mu=25), {"sex": {"f": 50, "m": 50}})

    assert sorted({round(weight, 4) for weight in raked.weights}) == [0.6667, 2.0]
    assert round(raked.effective_n, 2) == 75.0


def test_weights_are_trimmed_and_the_distance_is_said() -> None:
    raked = statistics.rake(_people(fu=99, mu=1), {"sex": {"f": 50, "m": 50}}, trim=5)

    assert max(raked.weights) / (sum(raked.weights) / len(raked.weights)) <= 5 + 1e-6
    assert raked.trimmed > 0
    assert not raked.converged


def test_a_target_for_a_group_without_answers_is_said_and_not_divided() -> None:
    with pytest.raises(EmptyCell) as said:
        statistics.rake(_people(fu=10), {"sex": {"f": 50, "m": 50}})

    assert (said.value.variable, said.value.group) == ("sex", "m")


def test_who_says_nothing_keeps_their_weight() -> None:
    people = [*_people(fu=30, mu=10), {"sex": None, "zone": "u"}]

    raked = statistics.rake(people, {"sex": {"f": 50, "m": 50}})

    assert raked.weights[-1] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("table", "statistic", "p"),
    # scipy.stats.chi2_contingency, as it is called without more.
    [([[20, 30], [30, 20]], 3.24, 0.0719), ([[3, 9], [11, 4]], 4.4524, 0.0349), ([[5, 5], [5, 6]], 0.0, 1.0)],
)
def test_a_table_of_two_by_two_is_corrected_for_continuity(
    table: list[list[int]], statistic: float, p: float
) -> None:
    found = statistics.yates(table)

    assert found is not None and round(found, 4) == statistic
    assert round(statistics.chi_square_tail(found, 1), 4) == p
    assert statistics.yates([[1, 2, 3], [4, 5, 6]]) is None and statistics.yates([[0, 0], [3, 4]]) is None


def test_a_cross_table_is_tested() -> None:
    found = statistics.chi_square([[20, 30], [30, 20]])

    assert found is not None
    assert (round(found.statistic, 2), found.freedom, round(found.p, 4)) == (4.0, 1, 0.0455)
    assert (round(found.cramers_v, 2), found.shaky) == (0.2, False)


@pytest.mark.parametrize(
    ("statistic", "freedom", "p"),
    [(3.841, 1, 0.05), (9.488, 4, 0.05), (23.209, 10, 0.01), (124.342, 100, 0.05), (0, 3, 1)],
)
def test_the_tail_of_chi_square_is_that_of_the_tables(statistic: float, freedom: int, p: float) -> None:
    assert statistics.chi_square_tail(statistic, freedom) == pytest.approx(p, abs=2e-5)


def test_small_tables_are_called_shaky_and_empty_ones_nothing() -> None:
    small = statistics.chi_square([[1, 2], [2, 1]])

    assert small is not None and small.shaky
    assert statistics.chi_square([[5, 0], [7, 0]]) is None
    assert statistics.chi_square([]) is None


@pytest.mark.parametrize(
    ("table", "p"),
    [([[1, 9], [11, 3]], 0.0028), ([[3, 1], [1, 3]], 0.4857), ([[8, 2], [1, 5]], 0.0350), ([[0, 5], [0, 7]], 1.0)],
)
def test_small_tables_have_an_exact_probability(table: list[list[int]], p: float) -> None:
    # Fisher's tea tasting and the textbook's diet table; the third as scipy 1.17 has it.
    found = statistics.fisher(table)

    assert found is not None and round(found, 4) == p
    assert statistics.fisher([[1, 2, 3], [4, 5, 6]]) is None


def test_a_mean_has_its_margin() -> None:
    found = statistics.moments({1.0: 10, 2.0: 20, 3.0: 40, 4.0: 20, 5.0: 10})

    assert (found.n, found.mean, round(found.deviation, 4), round(found.margin, 4)) == (100, 3.0, 1.1010, 0.2158)
    assert statistics.moments({}).margin == math.inf
