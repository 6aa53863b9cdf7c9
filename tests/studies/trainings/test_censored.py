"""Censored statistics, held against SciPy, order statistics and cases worked by hand."""

from __future__ import annotations

from itertools import product
from math import ceil, inf, log
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from wattlab.meter.statistics import LEVEL
from wattlab.studies.trainings.censored import (
    CensoredMedian,
    censored_median,
    censored_ratio,
    success_rate,
    survival,
)
from wattlab.studies.trainings.survival import survival_band

COSTS = st.lists(st.none() | st.floats(0.01, 1e6), min_size=1, max_size=12)
PAIRS = st.lists(
    st.tuples(st.none() | st.floats(0.01, 1e4), st.none() | st.floats(0.01, 1e4)), min_size=2, max_size=8
)


@pytest.mark.parametrize(("reached", "n"), [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (57, 200)])
def test_the_success_rate_has_wilsons_interval(reached: int, n: int) -> None:
    found = success_rate(reached, n)
    low, high = stats.binomtest(reached, n).proportion_ci(LEVEL, method="wilson")
    assert (found.n_reached, found.n, found.level) == (reached, n, LEVEL)
    assert found.low == pytest.approx(low, abs=1e-12)
    assert found.high == pytest.approx(high, abs=1e-12)
    assert found.share == reached / n


@given(COSTS)
@settings(max_examples=60, deadline=None)
def test_survival_is_that_of_kaplan_and_meier(costs: list[float | None]) -> None:
    steps = survival(costs)
    assert steps[0] == (0.0, 1.0)
    reached = [one for one in costs if one is not None]
    missed = [2e6] * (len(costs) - len(reached))  # lost from sight after all others have arrived
    if reached:
        theirs = stats.ecdf(stats.CensoredData(uncensored=reached, right=missed)).sf
        shares = dict(zip(theirs.quantiles, theirs.probabilities, strict=True))
        assert [one for one, _ in steps[1:]] == sorted(set(reached))
        assert [share for _, share in steps[1:]] == pytest.approx([shares[one] for one, _ in steps[1:]])
    else:
        assert steps == ((0.0, 1.0),)


def test_the_band_of_a_survival_is_wilsons_at_every_step() -> None:
    steps = survival_band([3.0, 1.0, None, 1.0, 7.0])
    assert [(one.value, one.share) for one in steps] == [(0.0, 1.0), (1.0, 0.6), (3.0, 0.4), (7.0, 0.2)]
    for step, left in zip(steps, (5, 3, 2, 1), strict=True):
        low, high = stats.binomtest(left, 5).proportion_ci(LEVEL, method="wilson")
        assert [step.low, step.high] == pytest.approx([low, high])


@given(COSTS)
@settings(max_examples=50, deadline=None)
def test_a_median_counts_every_miss_as_infinite(costs: list[float | None]) -> None:
    found = censored_median(costs, "s")
    known = sorted(inf if one is None else one for one in costs)
    middle = median(known)
    assert found.median == (None if middle == inf else middle)
    low, high = (inf if one is None else one for one in (found.low, found.high))
    assert known[0] <= low <= middle <= high <= known[-1]
    assert found.n_reached == len(costs) - costs.count(None)
    assert (found.n, found.unit) == (len(costs), "s")
    # Infinite ends survive the way through a file.
    assert CensoredMedian.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    "costs", [[4.0, 1.0, 3.0, None, 2.0], [1.0, 2.0, 3.0, None, None], [1.0] * 4 + [9.0]]
)
def test_the_bootstrap_is_that_of_all_possible_draws(costs: list[float | None]) -> None:
    known = [inf if one is None else one for one in costs]
    every = sorted(median(draw) for draw in product(known, repeat=5))
    ends = [every[ceil(len(every) * share) - 1] for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2)]
    found = censored_median(costs, "J")
    assert [found.low, found.high] == [None if one == inf else one for one in ends]
    assert found.level == LEVEL


def test_few_trainings_have_their_range_and_the_level_that_it_deserves() -> None:
    levels = {n: censored_median([float(one) for one in range(n)], "s").level for n in range(1, 5)}
    # The true median lies outside n values if all lie on one side of it.
    assert levels == {n: pytest.approx(1 - 2 * 0.5**n) for n in range(1, 5)}
    three = censored_median([5.0, None, 2.0], "s")
    assert (three.low, three.median, three.high) == (2.0, 5.0, None)


def test_nobody_who_reached_it_leaves_nothing_but_infinity() -> None:
    found = censored_median([None] * 7, "J")
    assert (found.median, found.low, found.high, found.n_reached) == (None, None, None, 0)
    assert survival([None] * 7) == ((0.0, 1.0),)
    rate = success_rate(0, 7)
    assert [rate.low, rate.high] == pytest.approx([0.0, 0.2788], abs=1e-4)


def test_a_median_with_half_of_all_missed_is_infinite() -> None:
    assert censored_median([1.0, 1.0, None, None], "s").median is None
    assert censored_median([1.0, 1.0, 1.0, None], "s").median == 1.0


@given(PAIRS, st.sampled_from([0.25, 4.0]))
@settings(max_examples=40, deadline=None)
def test_a_ratio_scales_and_turns_round(
    pairs: list[tuple[float | None, float | None]], factor: float
) -> None:
    own, other = zip(*pairs, strict=True)
    found, back = censored_ratio(own, other), censored_ratio(other, own)
    scaled = censored_ratio([None if one is None else one * factor for one in own], other)
    if found.ratio is not None:
        assert scaled.ratio == pytest.approx(found.ratio * factor)
    if found.low is not None:
        assert scaled.low == pytest.approx(found.low * factor)
    if found.ratio and back.ratio:
        assert found.ratio * back.ratio == pytest.approx(1)
    turned = {"better": "worse", "worse": "better", "no difference": "no difference"}
    if found.verdict != "no difference":
        assert back.verdict in {turned[found.verdict], "no difference"}
    low, high = (inf if one is None else one for one in (found.low, found.high))
    assert low <= high
    expected = "better" if high < 1 else "worse" if low > 1 else "no difference"
    assert found.verdict == expected


@pytest.mark.parametrize(
    ("own", "other", "verdict"),
    [
        ([1.0] * 5, [None] * 5, "better"),
        ([None] * 5, [1.0] * 5, "worse"),
        ([None] * 5, [None] * 5, "no difference"),
        ([1.0, 1.2, 0.9, 1.1, 1.0], [1.1, 1.0, 1.0, 0.9, 1.2], "no difference"),
        ([1.0, 1.2, 0.9, 1.1, None], [3.0, 2.9, 3.1, 3.0, 3.2], "no difference"),
        ([1.0, 1.2, 0.9, 1.1, 0.9, 1.0, None], [3.0, 2.9, 3.1, 3.0, 3.2, 3.0, 2.8], "better"),
        ([1.0, 1.2, None, None, None], [3.0, 2.9, 3.1, 3.0, 3.2], "no difference"),
        ([1.0], [9.0], "no difference"),
        ([1.0, 1.0, 1.0], [9.0, None, 9.0], "no difference"),
    ],
)
def test_verdicts(own: list[float | None], other: list[float | None], verdict: str) -> None:
    assert censored_ratio(own, other).verdict == verdict


def test_few_seeds_have_students_interval_of_the_logarithms() -> None:
    own, other = [1.0, 1.1, 0.9], [2.0, 2.5, 1.9]
    pairs = [log(a) - log(b) for a, b in zip(own, other, strict=True)]
    low, high = stats.t.interval(LEVEL, 2, np.mean(pairs), stats.sem(pairs))
    found = censored_ratio(own, other)
    assert found.low is not None
    assert found.high is not None
    assert [found.low, found.high] == pytest.approx(np.exp([low, high]).tolist(), rel=1e-3)
    assert found.verdict == "better"


def test_verdicts_without_a_difference_are_wrong_one_time_in_ten() -> None:
    random = np.random.default_rng(3)
    verdicts = [censored_ratio(*np.exp(random.normal(0, 0.4, (2, 6)))).verdict for _ in range(150)]
    wrong = sum(one != "no difference" for one in verdicts)
    assert stats.binomtest(wrong, 150, 1 - LEVEL, "greater").pvalue > 0.001
