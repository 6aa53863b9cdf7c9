"""Preparation: fitted on the training part only, applied to all, and to later samples alike."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from sklearn.preprocessing import Normalizer, StandardScaler

from wattlab.data.dataset import Dataset, Part
from wattlab.data.preparation import Prepared, Transform, prepare
from wattlab.data.reduction.kept import varying_features
from wattlab.errors import DataError
from wattlab.recipe.preparation import DropConstant, NoReduction, Preparation, Scaling

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from wattlab.recipe.preparation import Reduction

CONSTANT = (0, 3)


def pixels(seed: int, count: int, *, constant: bool) -> NDArray[np.uint8]:
    found = np.random.default_rng(seed).integers(0, 256, (count, 6), dtype=np.uint8)
    if constant:
        found[:, CONSTANT] = 9
    return found


def dataset(dtype: DTypeLike = np.uint8, *, classes: tuple[str, ...] | None = ("a", "b")) -> Dataset:
    """Features 0 and 3 are constant in training, but not elsewhere."""

    def part(seed: int, count: int, *, constant: bool) -> Part:
        labels: NDArray[Any] = np.arange(count) % 2
        labels = labels if classes else labels[:, None].astype(np.float64)
        return Part(pixels(seed, count, constant=constant).astype(dtype), labels)

    return Dataset(
        name="pixels",
        train=part(0, 30, constant=True),
        test=part(1, 10, constant=False),
        validation=part(2, 12, constant=False),
        feature_names=tuple("abcdef"),
        classes=classes,
        source="test",
    )


def test_fitted_on_the_training_part_only() -> None:
    found = prepare(dataset(np.float64), Preparation(after="standard"), np.float64)
    oracle = StandardScaler().fit(dataset(np.float64).train.features)
    assert np.allclose(found.train.features, oracle.transform(dataset(np.float64).train.features))
    assert np.allclose(found.test.features, oracle.transform(dataset(np.float64).test.features))
    assert found.validation is not None
    assert np.allclose(found.validation.features, oracle.transform(dataset(np.float64).validation.features))  # type: ignore[union-attr]


def test_scaling_then_reduction_then_scaling() -> None:
    preparation = Preparation(before="normalise", reduction=DropConstant(), after="standard")
    found = prepare(dataset(), preparation, np.float64)
    normal = Normalizer().transform(dataset().train.features.astype(float))
    assert found.transform.kept is not None
    assert found.transform.kept.tolist() == list(
        range(6)
    )  # a constant pixel over a norm that varies does vary
    assert np.allclose(found.train.features, StandardScaler().fit_transform(normal))


def test_constant_features_are_dropped_everywhere() -> None:
    found = prepare(dataset(), Preparation(reduction=DropConstant()), np.float32)
    kept = [1, 2, 4, 5]
    assert found.transform.kept is not None
    assert found.transform.kept.tolist() == kept
    assert np.array_equal(found.train.features, dataset().train.features[:, kept])
    assert np.array_equal(found.test.features, dataset().test.features[:, kept])
    assert found.transform.n_features_out == 4


@pytest.mark.parametrize("scalings", [("bytes", "none"), ("none", "bytes")])
@pytest.mark.parametrize("reduction", [NoReduction(), DropConstant()])
def test_bytes_stay_bytes_where_nothing_else_scales(
    scalings: tuple[Scaling, Scaling], reduction: Reduction
) -> None:
    preparation = Preparation(before=scalings[0], reduction=reduction, after=scalings[1])
    found = prepare(dataset(), preparation, np.float64)
    assert found.byte_scale == 1 / 255
    assert found.train.features.dtype == np.uint8
    assert found.train.features.flags.c_contiguous
    later = found.transform.apply(dataset().test.features, np.float64)
    assert np.allclose(found.test.features * found.byte_scale, later, rtol=1e-15)


@pytest.mark.parametrize(
    "scalings", [("bytes", "standard"), ("bytes", "normalise"), ("none", "min-max"), ("none", "none")]
)
def test_other_features_are_of_the_recipe_s_precision(scalings: tuple[Scaling, Scaling]) -> None:
    for dtype in (np.float32, np.float64):
        found = prepare(dataset(), Preparation(before=scalings[0], after=scalings[1]), dtype)
        assert found.byte_scale is None
        assert found.train.features.dtype == dtype


ALL = list(
    product(get_args(Scaling), (NoReduction(), DropConstant()), ("none", "standard", "min-max", "normalise"))
)


@pytest.mark.parametrize(("before", "reduction", "after"), ALL)
def test_later_samples_are_treated_the_same_also_after_storage(
    before: Scaling, reduction: Reduction, after: Scaling
) -> None:
    found = prepare(dataset(), Preparation(before=before, reduction=reduction, after=after), np.float64)
    again = Transform.from_arrays(found.transform.to_arrays())
    later = again.apply(dataset().test.features, np.float64)
    scale = found.byte_scale or 1.0
    assert np.allclose(later, found.test.features * scale, rtol=1e-15)
    assert later.shape == (10, again.n_features_out)
    assert again.n_features_in == 6


def test_one_sample_alone_is_treated_as_among_others() -> None:
    transform = prepare(dataset(), Preparation(before="normalise", after="min-max"), np.float64).transform
    features = dataset().test.features
    together = transform.apply(features, np.float64)
    alone = np.concatenate([transform.apply(features[row : row + 1], np.float64) for row in range(10)])
    assert np.allclose(alone, together, rtol=1e-14)


def test_another_number_of_features_names_both_numbers() -> None:
    transform = prepare(dataset(), Preparation(reduction=DropConstant()), np.float32).transform
    with pytest.raises(DataError, match="the samples have 4 features, but the model was trained on 6"):
        transform.apply(np.zeros((2, 4)))
    with pytest.raises(DataError, match=r"the samples have shape \(6,\)"):
        transform.apply(np.zeros(6))


@pytest.mark.parametrize("scalings", [("bytes", "bytes"), ("standard", "bytes")])
def test_bytes_after_something_else_are_no_bytes(scalings: tuple[Scaling, Scaling]) -> None:
    with pytest.raises(DataError, match="needs features that are bytes"):
        prepare(dataset(), Preparation(before=scalings[0], after=scalings[1]), np.float32)


def test_bytes_of_floats() -> None:
    with pytest.raises(DataError, match="but they are float32"):
        prepare(dataset(np.float32), Preparation(after="bytes"), np.float32)


def test_nothing_left() -> None:
    with pytest.raises(DataError, match="'drop-constant' leaves no features"):
        varying_features(np.ones((5, 3)))


def test_labels() -> None:
    classes = prepare(dataset(), Preparation(), np.float32)
    assert classes.train.labels.dtype == np.int64
    assert (classes.n_outputs, classes.classes) == (2, ("a", "b"))
    numbers = prepare(dataset(classes=None), Preparation(), np.float32)
    assert numbers.train.labels.dtype == np.float32
    assert numbers.train.labels.shape == (30, 1)
    assert (numbers.n_outputs, numbers.classes) == (1, None)


def test_arrays_are_read_only() -> None:
    found = prepare(dataset(), Preparation(after="standard"), np.float32)
    with pytest.raises(ValueError, match="read-only"):
        found.train.features[0, 0] = 1


def test_no_validation_part() -> None:
    whole = dataset()
    without = Dataset("n", whole.train, whole.test, None, whole.feature_names, whole.classes, "test")
    assert prepare(without, Preparation(), np.float32).validation is None


def test_empty_has_the_right_shapes() -> None:
    transform = prepare(dataset(), Preparation(reduction=DropConstant()), np.float32).transform
    assert Prepared.empty(transform, 2, ("a", "b")).train.features.shape == (0, 4)
    assert Prepared.empty(transform, 3, None).train.labels.shape == (0, 3)


def test_an_image_is_whole_until_a_reduction_takes_pixels_away() -> None:
    whole = replace(dataset(), image_shape=(2, 3, 1))
    assert prepare(whole, Preparation(), np.float32).image_shape == (2, 3, 1)
    assert prepare(whole, Preparation(reduction=DropConstant()), np.float32).image_shape is None
    assert prepare(dataset(), Preparation(), np.float32).image_shape is None
