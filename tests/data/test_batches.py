"""Orders are permutations by seed; bounds cover what they should."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattlab.data.batches import batch_bounds, order
from wattlab.errors import DataError


@given(st.integers(0, 2**63), st.integers(0, 1000), st.integers(1, 200), st.booleans())
def test_order_is_a_permutation_and_pure(seed: int, epoch: int, n_samples: int, shuffle: bool) -> None:
    rows = order(seed, epoch, n_samples, shuffle=shuffle)
    assert rows.dtype == np.int64
    assert np.array_equal(np.sort(rows), np.arange(n_samples))
    assert np.array_equal(rows, order(seed, epoch, n_samples, shuffle=shuffle))


def test_order_differs_by_epoch_and_by_seed() -> None:
    orders = {tuple(order(seed, epoch, 50)) for seed in range(3) for epoch in range(3)}
    assert len(orders) == 9


def test_order_without_shuffling_is_as_the_samples_lie() -> None:
    assert order(7, 3, 5, shuffle=False).tolist() == [0, 1, 2, 3, 4]


def test_order_stays_what_it_was_when_runs_were_recorded() -> None:
    assert order(0, 0, 6).tolist() == np.random.default_rng([0, 0]).permutation(6).tolist()


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(["keep", "drop"]))
def test_bounds_are_full_batches_side_by_side(
    n_samples: int, batch_size: int, last: Literal["keep", "drop"]
) -> None:
    if n_samples < batch_size:
        with pytest.raises(DataError, match=f"has {n_samples} samples, fewer than one batch of {batch_size}"):
            batch_bounds(n_samples, batch_size, last)
        return
    bounds = batch_bounds(n_samples, batch_size, last)
    sizes = [stop - start for start, stop in bounds]
    assert [start for start, _ in bounds] == [0, *(stop for _, stop in bounds[:-1])]
    assert set(sizes[:-1]) <= {batch_size}
    left_over = n_samples % batch_size
    assert sum(sizes) == (n_samples if last == "keep" else n_samples - left_over)
    assert sizes[-1] == (left_over if last == "keep" and left_over else batch_size)


def test_all_is_one_batch() -> None:
    assert batch_bounds(7, "all", "drop") == [(0, 7)]


def test_no_samples_are_an_error() -> None:
    with pytest.raises(DataError, match="0 samples"):
        batch_bounds(0, "all")
