"""Stratified division: complete, disjoint, seeded, and fair to every class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wattlab.data.split import stratified_split
from wattlab.errors import DataError

counts = st.lists(st.integers(1, 40), min_size=1, max_size=8).filter(lambda found: max(found) > 1)
fractions = st.floats(0.01, 0.99)
seeds = st.integers(0, 2**32)


def shuffled(counts: list[int], seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))


@given(counts, fractions, seeds)
def test_parts_are_disjoint_complete_and_in_order(counts: list[int], fraction: float, seed: int) -> None:
    rest, aside = stratified_split(shuffled(counts, seed), fraction, seed)
    assert np.array_equal(np.sort(np.concatenate([rest, aside])), np.arange(sum(counts)))
    assert (np.diff(rest) > 0).all()
    assert (np.diff(aside) > 0).all()


@given(counts, fractions, seeds)
def test_every_class_keeps_its_share_within_rounding(counts: list[int], fraction: float, seed: int) -> None:
    strata = shuffled(counts, seed)
    _, aside = stratified_split(strata, fraction, seed)
    found = np.bincount(strata[aside], minlength=len(counts))
    for count, number in zip(counts, found, strict=True):
        if count > 1:
            assert abs(number - count * fraction) < 1 + 1e-9


@given(counts, fractions, seeds)
def test_every_class_of_two_is_in_both_parts_and_none_leaves_training(
    counts: list[int], fraction: float, seed: int
) -> None:
    strata = shuffled(counts, seed)
    rest, aside = stratified_split(strata, fraction, seed)
    assert set(strata[rest]) == set(range(len(counts)))
    assert set(strata[aside]) == {label for label, count in enumerate(counts) if count > 1}


@given(counts, fractions, seeds)
def test_total_is_the_nearest_that_the_classes_allow(counts: list[int], fraction: float, seed: int) -> None:
    # With enough samples of every class, nothing stands in the way of the nearest whole number.
    assume(all(count * fraction >= 1 and count * (1 - fraction) >= 1 for count in counts))
    _, aside = stratified_split(shuffled(counts, seed), fraction, seed)
    assert abs(aside.size - sum(counts) * fraction) <= 0.5 + 1e-9


@given(counts, fractions, seeds)
def test_same_seed_chooses_the_same(counts: list[int], fraction: float, seed: int) -> None:
    strata = shuffled(counts, seed)
    first, second = (stratified_split(strata, fraction, [seed, 1])[1] for _ in range(2))
    assert np.array_equal(first, second)


def test_another_seed_chooses_others() -> None:
    strata = np.zeros(1000, np.int64)
    chosen = {tuple(stratified_split(strata, 0.5, seed)[1]) for seed in range(5)}
    assert len(chosen) == 5


def test_within_a_class_every_sample_is_chosen_equally_often() -> None:
    strata = np.array([0] * 10 + [1] * 10)
    times = sum(np.bincount(stratified_split(strata, 0.3, seed)[1], minlength=20) for seed in range(2000))
    assert np.abs(times / 2000 - 0.3).max() < 0.06  # six standard deviations


def test_nothing_to_set_aside_is_an_error() -> None:
    with pytest.raises(DataError, match="of 3 samples none can be set aside"):
        stratified_split(np.array([0, 1, 2]), 0.5, 0)
