"""Pickers on curves of which the answer is known by hand."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.studies.lr_range.pickers import minimum, slide, steep, valley

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATES = np.geomspace(1e-7, 10.0, 101)
"""fastai's own spacing: 0.08 decades."""


def test_minimum_is_a_tenth_of_the_lowest() -> None:
    losses = (np.log10(RATES) - np.log10(RATES[60])) ** 2
    assert minimum(RATES, losses) == pytest.approx(RATES[60] / 10)


def test_steep_differentiates_by_the_logarithm() -> None:
    # Steepest against log(rate) at 1e-3. Against the rate itself, the first, slight step would look steeper.
    losses = 1 / (1 + np.exp(np.log10(RATES / 1e-3) / 0.3))
    losses[0] += 0.01
    assert np.log10(steep(RATES, losses)) == pytest.approx(-3, abs=0.081)
    assert int((np.diff(losses) / np.diff(RATES)).argmin()) == 0


@pytest.mark.parametrize(("length", "expected"), [(9, 11), (30, 23), (1, 0)])
def test_valley_is_half_way_through_the_middle_third(length: int, expected: int) -> None:
    # Constant, then `length` values that fall, then constant and high again. Of 9 with what lies before: 10 in the
    # longest falling row, so from its third down (10 - 10 = 0 places before) 3 + 1 places on.
    losses = np.full(101, 5.0)
    losses[8 : 8 + length] = 4.0 - 0.1 * np.arange(length) if length > 1 else 5.0
    third = (length + 1) / 3
    begin = 8 + length - 1 - (length + 1)
    place = begin + int(third) + int(third / 2) if length > 1 else 0
    assert valley(RATES, losses) == RATES[place]
    assert length > 1 or expected == place


def test_valley_is_the_longest_falling_row_even_with_gaps() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        losses = rng.normal(size=9)
        longest = max(
            (row for size in range(1, 10) for row in combinations(range(9), size) if falls(losses, row)),
            key=len,
        )
        n = len(longest)
        ends = [row[-1] for row in combinations(range(9), n) if falls(losses, row)]
        third = n / 3
        places = {min(ends) - n + int(third) + int(third / 2)} if n > 1 else {0}
        assert int(np.flatnonzero(RATES[:9] == valley(RATES[:9], losses))[0]) in {one % 9 for one in places}


def falls(losses: NDArray[np.float64], row: tuple[int, ...]) -> bool:
    return bool((np.diff(losses[list(row)]) < 0).all())


def test_slide_stops_where_slopes_a_window_apart_are_alike() -> None:
    # Constant up to place 40, then falling by 0.02 a step: slopes 15 places apart differ by 0.02 > 0.005 while the
    # window lies over the bend, and by nothing once both ends fall, which is so at the right end at once.
    place = np.arange(101)
    falling = np.where(place > 40, -0.02 * (place - 40.0), 0.0)
    assert slide(RATES, falling) == RATES[101 - 16]
    # Rising over the last 8 places: the window slides until its right end has left the rise. By central differences
    # place 92 still has half of it, and place 91 none.
    rising = falling + np.where(place > 92, 0.5 * (place - 92.0), 0.0)
    assert slide(RATES, rising) == RATES[92 - 15]


def test_slide_means_the_same_with_twice_as_many_steps() -> None:
    def loss(
        rates: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        decades = np.log10(rates)
        falling: NDArray[np.float64] = 1 / (1 + np.exp((decades + 3) / 0.3))
        found: NDArray[np.float64] = falling + np.maximum(0.0, decades) ** 2
        return found

    fine = np.geomspace(1e-7, 10.0, 201)
    assert np.log10(slide(fine, loss(fine)) / slide(RATES, loss(RATES))) == pytest.approx(0, abs=0.13)
