from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from wattlab.meter.quantity import measured, missing, modelled
from wattlab.meter.statistics import (
    LEVEL,
    Estimate,
    coverage,
    estimate,
    interval_rank,
    median_quantity,
)

SECONDS = st.floats(min_value=1e-6, max_value=1e6)


@given(st.integers(1, 200), st.data())
def test_coverage_is_that_of_the_binomial_distribution(n: int, data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, (n + 1) // 2))
    assert coverage(n, rank) == pytest.approx(1 - 2 * binom.cdf(rank - 1, n, 0.5), abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_coverage_of_the_range_by_counting(n: int) -> None:
    # Each value is below or above the median; the range misses it if all are on one side.
    sides = list(product([False, True], repeat=n))
    missed = sum(all(one) or not any(one) for one in sides)
    assert coverage(n, 1) == pytest.approx(1 - missed / len(sides))


@given(st.integers(1, 200))
def test_the_interval_is_the_narrowest_that_covers_enough(n: int) -> None:
    rank = interval_rank(n)
    if n < 5:
        assert (rank, coverage(n, rank) < LEVEL) == (1, True)
    else:
        assert coverage(n, rank) >= LEVEL
        assert rank == (n + 1) // 2 or coverage(n, rank + 1) < LEVEL


@pytest.mark.parametrize(("n", "rank", "level"), [(5, 1, 0.9375), (7, 1, 0.984375), (8, 2, 0.9296875)])
def test_by_hand(n: int, rank: int, level: float) -> None:
    found = estimate([float(value) for value in range(n, 0, -1)], "s")
    assert found is not None
    assert found == Estimate(
        median=(n + 1) / 2, low=float(rank), high=float(n + 1 - rank), unit="s", n=n, level=level
    )


@pytest.mark.parametrize(("n", "level"), [(1, 0.0), (2, 0.5), (3, 0.75), (4, 0.875)])
def test_a_few_give_their_range_and_say_what_it_is_worth(n: int, level: float) -> None:
    found = estimate([2.0] * (n - 1) + [4.0], "s")
    assert found is not None
    assert (found.high, found.level, found.n) == (4.0, level, n)


@given(st.lists(SECONDS, min_size=1, max_size=40))
def test_order_does_not_matter_and_the_median_lies_inside(values: list[float]) -> None:
    found = estimate(values, "s")
    assert found is not None
    assert found == estimate(values[::-1], "s")
    assert min(values) <= found.low <= found.median <= found.high <= max(values)


def test_what_is_no_number_is_left_out() -> None:
    found = estimate([None, float("nan"), 3.0], "")
    assert found is not None
    assert (found.median, found.n) == (3.0, 1)
    assert estimate([None, float("inf")], "") is None


def test_a_median_quantity_keeps_where_it_comes_from() -> None:
    found = median_quantity(
        [
            modelled(30.0, "J", "model:tdp", (10.0, 60.0), "a guess"),
            measured(20.0, "J", "rapl:package-0"),
            measured(10.0, "J", "rapl:package-0", (9.0, 11.0)),
        ],
        "J",
    )
    assert (found.value, found.provenance, found.interval) == (20.0, "modelled", (9.0, 60.0))
    assert (found.sensor, found.note) == ("model:tdp + rapl:package-0", "a guess")


def test_missing_quantities_are_counted_not_zero() -> None:
    found = median_quantity(
        [missing("J", "no sensor"), measured(8.0, "J", "x"), measured(4.0, "J", "x")], "J"
    )
    assert (found.value, found.provenance, found.interval) == (6.0, "measured", (4.0, 8.0))
    assert found.note == "missing in 1 of 3 trials"
    nothing = median_quantity([missing("J", "no sensor"), missing("J", "no sensor")], "J")
    assert nothing == missing("J", "no sensor")
    assert median_quantity([], "J").is_missing


def test_from_eight_on_the_extremes_are_left_out_of_a_quantity_as_well() -> None:
    seconds = [measured(float(value), "s", "clock:wall") for value in (1, 2, 3, 4, 5, 6, 7, 100)]
    assert median_quantity(seconds, "s").interval == (2.0, 7.0)
    assert median_quantity(seconds[:7], "s").interval == (1.0, 7.0)
    wide = [measured(float(value), "J", "x", (value - 1.0, value + 1.0)) for value in range(10, 18)]
    assert median_quantity(wide, "J").interval == (10.0, 17.0)


@given(st.lists(st.tuples(SECONDS, st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=30))
def test_a_median_lies_in_its_interval_whatever_the_bounds(values: list[tuple[float, float, float]]) -> None:
    parts = [measured(value, "J", "x", (value - below, value + above)) for value, below, above in values]
    assert median_quantity(parts, "J").interval is not None
