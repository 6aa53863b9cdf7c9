"""Scalers against scikit-learn's, on drawn and on hard numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler

from wattlab.data import scaling
from wattlab.data.scaling import fit_scaler, scaler_from_arrays
from wattlab.errors import DataError
from wattlab.recipe.preparation import Scaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORACLES = {"standard": StandardScaler, "min-max": MinMaxScaler, "normalise": Normalizer}
KINDS: tuple[Scaling, ...] = get_args(Scaling)


def matrices(
    dtype: type[np.generic], elements: st.SearchStrategy[Any] | None = None
) -> st.SearchStrategy[Any]:
    return hnp.arrays(dtype, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=elements)


# A feature is constant or its spread is far from rounding: in between, scikit-learn itself is inexact.
eighths = st.integers(-8000, 8000).map(lambda number: number / 8)
features = st.one_of(
    matrices(np.float64, eighths),
    matrices(np.float64, eighths.map(lambda number: number * 1e6)),
    matrices(np.float32, eighths),
    matrices(np.uint8),
    matrices(np.int16),
)


@pytest.mark.parametrize("kind", ORACLES)
@given(features, st.integers(0, 2**32))
def test_as_scikit_learn_does(kind: Scaling, train: NDArray[Any], seed: int) -> None:
    train_64 = train.astype(np.float64)
    later = np.random.default_rng(seed).normal(size=(5, train.shape[1]))
    oracle = ORACLES[kind]().fit(train_64)
    scaler = fit_scaler(kind, train)
    for samples in (train_64, later):
        expected = oracle.transform(samples)
        size = np.abs(expected).max(initial=1.0)
        assert np.allclose(scaler.apply(samples, np.float64), expected, rtol=1e-9, atol=1e-9 * size)


@pytest.mark.parametrize("kind", ORACLES)
@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_in_float32_to_its_precision(kind: Scaling, dtype: type[np.generic]) -> None:
    train = np.random.default_rng(0).integers(0, 256, (500, 20)).astype(dtype)
    expected = ORACLES[kind]().fit_transform(train.astype(np.float64))
    found = fit_scaler(kind, train).apply(train, np.float32)
    assert found.dtype == np.float32
    assert np.allclose(found, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("kind", ["standard", "min-max"])
def test_constant_features_get_scale_one(kind: Scaling) -> None:
    train = np.column_stack([np.full(1000, 0.1), np.full(1000, 1e9 + 0.1), np.arange(1000.0)])
    oracle = ORACLES[kind]().fit(train)
    found = fit_scaler(kind, train).apply(train + 1, np.float64)
    assert np.allclose(found, oracle.transform(train + 1), rtol=1e-4)  # its mean of 1e9 is less exact
    assert np.allclose(found[:, :2], 1, rtol=1e-6)


def test_variance_far_from_zero_is_not_lost_to_rounding() -> None:
    train = 1e8 + np.random.default_rng(0).normal(size=(10_000, 3))
    found = fit_scaler("standard", train).apply(train, np.float64)
    assert np.abs(found.mean(axis=0)).max() < 1e-7
    assert np.allclose(found.std(axis=0), 1, atol=1e-9)


def test_more_rows_than_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    train = np.random.default_rng(0).integers(0, 256, (97, 5)).astype(np.uint8)
    for kind in ORACLES:
        whole = fit_scaler(kind, train).apply(train, np.float64)  # type: ignore[arg-type]
        monkeypatch.setattr(scaling, "_BLOCK_BYTES", 8 * 5 * 10)
        in_blocks = fit_scaler(kind, train).apply(train, np.float64)  # type: ignore[arg-type]
        monkeypatch.undo()
        assert np.allclose(in_blocks, whole, rtol=1e-12, atol=1e-12)


def test_samples_of_zeros_stay_zeros() -> None:
    found = fit_scaler("normalise", np.zeros((2, 3))).apply(np.array([[0, 0, 0], [3, 0, 4]]), np.float64)
    assert np.allclose(found, [[0.0, 0.0, 0.0], [0.6, 0.0, 0.8]])


def test_bytes_are_divided_by_255() -> None:
    pixels = np.array([[0, 51, 255]], np.uint8)
    scaler = fit_scaler("bytes", pixels)
    assert np.allclose(scaler.apply(pixels, np.float64), [[0.0, 0.2, 1.0]])
    assert scaler.apply(pixels, np.float32).dtype == np.float32
    assert np.array_equal(scaler.apply(pixels.astype(float), np.float64), scaler.apply(pixels, np.float64))


def test_bytes_need_bytes() -> None:
    with pytest.raises(DataError, match=r"needs features that are bytes \(uint8\), but they are float64"):
        fit_scaler("bytes", np.zeros((2, 2)))
    scaler = fit_scaler("bytes", np.zeros((2, 2), np.uint8))
    for value in (-1.0, 256.0, np.nan):
        with pytest.raises(DataError, match="needs features from 0 to 255"):
            scaler.apply(np.array([[0.0, value]]), np.float32)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_kept_scales_the_same(kind: Scaling, dtype: type[np.generic]) -> None:
    train = np.random.default_rng(0).integers(0, 256, (50, 4)).astype(np.uint8)
    scaler = fit_scaler(kind, train)
    again = scaler_from_arrays(scaler.to_arrays())
    assert type(again) is type(scaler)
    assert np.array_equal(again.apply(train, dtype), scaler.apply(train, dtype))


@pytest.mark.parametrize("kind", KINDS)
def test_result_is_contiguous_of_the_dtype_and_the_input_is_left_alone(kind: Scaling) -> None:
    train = np.asfortranarray(np.random.default_rng(0).integers(0, 256, (50, 4)).astype(np.uint8))
    before = train.copy()
    found = fit_scaler(kind, train).apply(train, np.float32)
    assert found.flags.c_contiguous
    assert found.dtype == np.float32
    assert np.array_equal(train, before)
