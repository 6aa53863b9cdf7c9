from __future__ import annotations

import pytest

from wattlab.meter.statistics import estimate
from wattlab.studies.statistics import judge, ratios


def test_ratios_pair_what_ran_in_the_same_round() -> None:
    assert ratios({2: 1.0, 0: 3.0, 7: 5.0}, {0: 2.0, 1: 9.0, 2: 4.0}) == [1.5, 0.25]
    assert ratios({0: 1.0}, {0: 0.0}) == []


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.9, 0.8, 0.85, 0.99, 0.7], "better"),
        ([1.1, 1.01, 2.0, 3.0, 1.2], "worse"),
        ([0.9, 0.8, 0.85, 1.01, 0.7], "unknown"),
        ([0.9, 0.8, 0.85, 1.0, 0.7], "unknown"),
        ([0.1, 0.1, 0.1, 0.1], "unknown"),
        ([0.9, 0.8, 0.85, 1.01, 0.7, 0.7, 0.7, 0.7], "better"),  # eight leave the extremes out
        ([], "unknown"),
    ],
)
def test_the_verdict_needs_the_whole_interval_and_enough_rounds(values: list[float], verdict: str) -> None:
    assert judge(estimate(values, "")) == verdict
