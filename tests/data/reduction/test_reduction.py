"""Reductions: held against scikit-learn, Pillow and torch, fitted on the training part only, stored and read back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection
from threadpoolctl import ThreadpoolController, threadpool_info

from wattlab.data.dataset import Dataset, Part
from wattlab.data.preparation import Prepared, Transform, prepare
from wattlab.data.reduction.clusters import Distances
from wattlab.errors import DataError
from wattlab.recipe.preparation import (
    Clusters,
    DropConstant,
    MeanPool,
    NoReduction,
    Preparation,
    PrincipalComponents,
    RandomProjection,
)

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from wattlab.recipe.preparation import Reduction

SHAPE = (4, 6, 2)
KINDS: tuple[Reduction, ...] = (
    NoReduction(),
    DropConstant(),
    Clusters(n_clusters=5, batch_size=16, seed=3),
    PrincipalComponents(n_components=7),
    PrincipalComponents(n_components=0.6, whiten=True),
    MeanPool(factor=2),
    RandomProjection(n_components=9, seed=1),
    RandomProjection(n_components=9, matrix="sparse", seed=1),
)


def dataset(dtype: DTypeLike = np.uint8, *, test_seed: int = 1) -> Dataset:
    """Images of 4 × 6 pixels in two channels, of which the first pixel never changes in training."""

    def part(seed: int, count: int) -> Part:
        features = np.random.default_rng(seed).integers(0, 256, (count, 48), dtype=np.uint8)
        features[:, 0] = 9
        return Part(features.astype(dtype), np.arange(count) % 2)

    names = tuple(f"pixel {index}" for index in range(48))
    return Dataset("pixels", part(0, 60), part(test_seed, 20), None, names, ("a", "b"), "test", SHAPE)


def prepared(reduction: Reduction, dtype: DTypeLike = np.float64, **scalings: Any) -> Prepared:
    return prepare(dataset(), Preparation(reduction=reduction, **scalings), dtype)


ORACLES: dict[Reduction, Any] = {
    KINDS[2]: MiniBatchKMeans(5, batch_size=16, n_init=3, random_state=3),
    KINDS[3]: PCA(7),
    KINDS[4]: PCA(0.6, whiten=True),
    KINDS[6]: GaussianRandomProjection(9, random_state=1),
    KINDS[7]: SparseRandomProjection(9, random_state=1, dense_output=True),
}


@pytest.mark.parametrize("reduction", ORACLES)
def test_the_same_as_scikit_learn(reduction: Reduction) -> None:
    train, test = (part.features.astype(float) for part in (dataset().train, dataset().test))
    found = prepared(reduction)
    oracle = ORACLES[reduction].fit(train)
    assert np.allclose(found.test.features, oracle.transform(test), rtol=1e-9)
    assert np.allclose(found.train.features, oracle.transform(train), rtol=1e-9)
    assert found.image_shape is None


def test_pooled_bytes_are_pillow_s() -> None:
    found = prepared(MeanPool(factor=2), after="bytes")
    assert found.byte_scale == 1 / 255
    assert found.train.features.dtype == np.uint8
    images = dataset().train.features.reshape(-1, *SHAPE)
    reduced = [
        np.asarray(Image.fromarray(one[:, :, channel]).reduce(2))
        for one in images
        for channel in range(SHAPE[2])
    ]
    mine = found.train.features.reshape(-1, 2, 3, 2).transpose(0, 3, 1, 2).reshape(-1, 2, 3)
    assert np.array_equal(mine, reduced)


def test_pooled_numbers_are_torch_s() -> None:
    torch = pytest.importorskip("torch")
    found = prepared(MeanPool(factor=2), before="min-max")
    scaled = prepared(NoReduction(), before="min-max").test.features.reshape(-1, *SHAPE)
    oracle = torch.nn.functional.avg_pool2d(torch.tensor(scaled).permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    assert np.allclose(found.test.features, oracle.reshape(20, -1).numpy(), rtol=1e-14)
    assert found.image_shape == (2, 3, 2)
    assert found.train.features.dtype == np.float64


@pytest.mark.parametrize("reduction", KINDS)
@pytest.mark.parametrize("scalings", [("none", "none"), ("bytes", "standard"), ("normalise", "min-max")])
def test_later_samples_are_treated_the_same_also_after_storage(
    reduction: Reduction, scalings: tuple[Any, Any]
) -> None:
    found = prepared(reduction, np.float32, before=scalings[0], after=scalings[1])
    again = Transform.from_arrays(found.transform.to_arrays())
    later = again.apply(dataset().test.features)
    assert np.array_equal(later, found.test.features)
    assert later.dtype == np.float32
    assert later.shape == (20, again.n_features_out)
    assert again.image_shape(SHAPE) == found.image_shape
    one = again.apply(dataset().test.features[:1])
    assert np.allclose(one, later[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("reduction", [one for one in KINDS if one.kind not in {"none", "clusters"}])
def test_matrix_and_offset_of_what_is_linear(reduction: Reduction) -> None:
    found = prepared(reduction)
    assert found.transform.reducer is not None
    matrix, offset = found.transform.reducer.affine() or (None, None)
    assert matrix is not None
    assert matrix.shape == (48, found.transform.n_features_out)
    assert np.allclose(dataset().test.features @ matrix + offset, found.test.features, rtol=1e-9)


def test_distances_are_not_linear() -> None:
    reducer = prepared(Clusters(n_clusters=5)).transform.reducer
    assert reducer is not None
    assert reducer.affine() is None


@pytest.mark.parametrize("reduction", KINDS)
def test_the_test_part_teaches_nothing(reduction: Reduction) -> None:
    preparation = Preparation(reduction=reduction, after="standard")
    one, other = (prepare(dataset(test_seed=seed), preparation, np.float32) for seed in (1, 2))
    assert np.array_equal(one.train.features, other.train.features)
    assert one.notes == ()


def test_the_blog_s_stacking_learns_from_both_parts_and_says_so() -> None:
    stacked = Clusters(n_clusters=5, batch_size=16, seed=3, fit_on="train-and-test")
    found = prepared(stacked)
    train, test = (part.features.astype(float) for part in (dataset().train, dataset().test))
    oracle = MiniBatchKMeans(5, batch_size=16, n_init=3, random_state=3).fit(np.concatenate([train, test]))
    assert np.allclose(found.test.features, oracle.transform(test))
    (note,) = found.notes
    assert "fit_on" in note
    assert "optimistic" in note


def test_how_wattlab_wrote_it_before_there_were_other_reductions() -> None:
    arrays = prepared(DropConstant()).transform.to_arrays()
    before = {name: array for name, array in arrays.items() if not name.startswith("reducer.")}
    columns = np.arange(1, 48)
    old = Transform.from_arrays({**before, "kept": columns})
    assert np.array_equal(old.apply(dataset().test.features), dataset().test.features[:, 1:])
    assert old.kept is not None
    assert old.kept.tolist() == columns.tolist()


def test_mini_batches_that_do_not_improve_may_go_on() -> None:
    short, long = (
        prepared(Clusters(n_clusters=5, batch_size=8, n_init=1, max_no_improvement=patience))
        for patience in (1, 0)
    )
    assert long.train.features.min(axis=1).sum() < short.train.features.min(axis=1).sum()


@pytest.mark.parametrize(
    ("reduction", "message"),
    [
        (Clusters(n_clusters=61), r"n_clusters is 61, but there are only 60 samples.*set it to 60 or less"),
        (PrincipalComponents(n_components=49), r"n_components is 49.*at most 48 of 48 features"),
        (RandomProjection(n_components=50), r"n_components is 50.*at most 48 of 48 features"),
        (MeanPool(factor=3), r"factor is 3, which does not divide images of 4 × 6 pixels; set it to 2"),
        (MeanPool(factor=12), r"factor is 12, which does not divide"),
    ],
)
def test_what_does_not_fit_the_data_names_field_value_and_what_is_right(
    reduction: Reduction, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        prepared(reduction)


def test_few_samples_leave_few_components() -> None:
    few = dataset()
    few = replace(few, train=Part(few.train.features[:6], few.train.labels[:6]))
    with pytest.raises(DataError, match="at most 6 of 48 features, found from 6 samples"):
        prepare(few, Preparation(reduction=PrincipalComponents(n_components=7)), np.float32)


@pytest.mark.parametrize(
    ("preparation", "message"),
    [
        (
            Preparation(reduction=Clusters(n_clusters=5)),
            "scaled to float32 for reduction 'clusters': 11.2 KiB",
        ),
        (Preparation(reduction=PrincipalComponents(n_components=2)), "for reduction 'pca': 11.2 KiB"),
        (Preparation(reduction=MeanPool(), after="bytes"), "reduced: 960 B"),
        (Preparation(reduction=MeanPool(), after="standard"), "scaled to float32: 3.75 KiB"),
    ],
)
def test_what_does_not_fit_into_memory(
    preparation: Preparation, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattlab.data.memory.free_memory_B", lambda: 500)
    with pytest.raises(DataError, match=message):
        prepare(dataset(), preparation, np.float32)


def test_libraries_that_came_later_have_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def fit(*_: object) -> Distances:
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return Distances(np.zeros((5, 48)))

    monkeypatch.setattr("wattlab.data.reduction.fitting.fit_clusters", fit)
    # A limit that was set when NumPy's library alone was there.
    numpy_s = ThreadpoolController().select(
        filepath=[pool["filepath"] for pool in threadpool_info() if "numpy" in pool["filepath"]]
    )
    with numpy_s.limit(limits=1):
        prepared(Clusters(n_clusters=5))
    assert set(seen) == {1}


def test_pooling_needs_images() -> None:
    with pytest.raises(DataError, match="needs images, but the data has none; take 'pca'"):
        prepare(replace(dataset(), image_shape=None), Preparation(reduction=MeanPool()), np.float32)


def test_images_that_no_factor_divides() -> None:
    with pytest.raises(DataError, match="no factor divides both; take 'pca'"):
        prepare(replace(dataset(), image_shape=(1, 48, 1)), Preparation(reduction=MeanPool()), np.float32)


def test_bytes_after_what_leaves_no_pixels() -> None:
    with pytest.raises(ValueError, match="'clusters' leaves no pixels: set before = 'bytes'"):
        Preparation(reduction=Clusters(n_clusters=5), after="bytes")


def test_the_least_work_leaves_as_many_features() -> None:
    slow = Preparation(reduction=Clusters(n_clusters=5, n_init=500, max_iter=1000))
    quick = prepare(dataset(), slow.with_least_work(), np.float32)
    assert quick.train.features.shape == (60, 5)
    assert (slow.least_samples, Preparation().least_samples) == (5, 1)
