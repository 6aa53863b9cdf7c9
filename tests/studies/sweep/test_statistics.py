from __future__ import annotations

import numpy as np
import pytest

from wattlab.meter.statistics import LEVEL, estimate
from wattlab.studies.student import student
from wattlab.studies.sweep.statistics import mean_of, ratio_of, step_of

scipy_stats = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize("freedom", [1, 2, 3, 5, 9, 11, 14, 25, 100])
def test_students_quantiles_are_those_of_scipy_or_a_little_wider(freedom: int) -> None:
    exact = scipy_stats.t.ppf(0.95, freedom)
    assert exact - 0.001 <= student(freedom) <= exact + 0.05


def test_five_rounds_need_no_more_than_their_order() -> None:
    rounds = [[1.0, 1.1, 0.9], [2.0], [3.0], [4.0], [5.0]]
    assert step_of(rounds) == estimate([1.0, 2.0, 3.0, 4.0, 5.0], "s")
    ratio = ratio_of([(one, [2.0]) for one in rounds])
    assert ratio == estimate([0.5, 1.0, 1.5, 2.0, 2.5], "")


def test_nothing_gives_nothing_and_one_round_no_certainty() -> None:
    assert step_of([]) is None
    assert ratio_of([]) is None
    one = step_of([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]])
    assert one is not None
    assert (one.median, one.n, one.level) == (4.0, 1, 0.0)
    assert 1.0 <= one.low < 4.0 < one.high <= 7.0


def test_the_same_numbers_give_the_same_interval() -> None:
    rounds = [([1.0, 1.2, 1.1], [2.0, 2.1]), ([1.1, 1.3], [2.0, 2.2])]
    assert ratio_of(rounds) == ratio_of(rounds)


def test_the_interval_of_few_rounds_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        # Processes differ by 2 %, blocks by 5 %, and both cells are the same.
        rounds = [
            tuple(list((1 + 0.02 * rng.normal()) * (1 + 0.05 * rng.normal(size=12))) for _ in range(2))
            for _ in range(3)
        ]
        found = ratio_of(rounds)  # type: ignore[arg-type]
        assert found is not None
        assert found.level == LEVEL
        held += found.low <= 1 <= found.high
    assert held >= 0.88 * 200


def test_means_have_students_interval() -> None:
    values = [0.91, 0.93, 0.92, 0.95]
    found = mean_of(values)
    low, high = scipy_stats.t.interval(0.9, 3, np.mean(values), scipy_stats.sem(values))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)
    assert mean_of([]) is None
    alone = mean_of([0.5])
    assert alone is not None
    assert (alone.mean, alone.low, alone.level) == (0.5, 0.5, 0.0)
