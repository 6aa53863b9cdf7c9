"""The data sets that are drawn or ship with scikit-learn, against their sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn import datasets
from sklearn.linear_model import LogisticRegression

from wattlab.data import load, synthetic
from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def test_digits_are_scikit_learn_s() -> None:
    features, labels = datasets.load_digits(return_X_y=True)
    raw = synthetic.digits()
    assert raw.train.features.dtype == np.float32
    assert np.array_equal(raw.train.features, features)
    assert np.array_equal(raw.train.labels, labels)


@pytest.mark.parametrize("content", [None, b"", b"not gzip", b"\x1f\x8b\x08\x00"])
def test_digits_come_from_scikit_learn_itself_where_its_file_is_not(
    content: bytes | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = synthetic.digits()
    folder = tmp_path / "datasets" / "data"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "digits.csv.gz").write_bytes(content)

    class Package:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(synthetic, "find_spec", lambda name: Package())
    assert synthetic._shipped_digits() is None
    assert np.array_equal(synthetic.digits().train.features, expected.train.features)
    assert np.array_equal(synthetic.digits().train.labels, expected.train.labels)


def test_digits_are_divided_with_every_class_keeping_its_share() -> None:
    dataset = load("digits")
    assert (dataset.train.n_samples, dataset.test.n_samples) == (1438, 359)
    shares = [np.bincount(part.labels) / part.n_samples for part in (dataset.train, dataset.test)]
    assert np.abs(shares[0] - shares[1]).max() < 0.004


def test_moons_are_scikit_learn_s() -> None:
    features, labels = datasets.make_moons(n_samples=70, noise=0.3, random_state=5)
    raw = synthetic.moons(samples=70, noise=0.3, seed=5)
    assert np.array_equal(raw.train.features, features)
    assert np.array_equal(raw.train.labels, labels)


@pytest.mark.parametrize(("samples", "share", "second"), [(71, 0.5, 36), (70, 0.1, 7), (10, 0.01, 1)])
def test_the_moons_can_be_imbalanced(samples: int, share: float, second: int) -> None:
    features, labels = datasets.make_moons((samples - second, second), noise=0.3, random_state=5)
    raw = synthetic.moons(samples=samples, noise=0.3, seed=5, share=share)
    assert np.array_equal(raw.train.features, features)
    assert np.array_equal(raw.train.labels, labels)
    assert raw.train.labels.sum() == second


def test_blobs_are_scikit_learn_s() -> None:
    features, labels = datasets.make_blobs(
        n_samples=70, n_features=3, centers=4, cluster_std=0.5, random_state=5
    )
    raw = synthetic.blobs(samples=70, classes=4, features=3, spread=0.5, seed=5)
    assert np.array_equal(raw.train.features, features)
    assert np.array_equal(raw.train.labels, labels)


def test_linear_regression_is_solved_by_the_source_s_coefficients() -> None:
    dataset = load("linear-regression")
    assert (dataset.train.n_samples, dataset.test.n_samples) == (50, 50)
    for part in (dataset.train, dataset.test):
        with_one = np.column_stack([part.features, np.ones(part.n_samples)])
        solution = np.linalg.lstsq(with_one, part.labels[:, 0])[0]
        assert np.allclose(solution, [4, -5, 3, 2], atol=1e-12)


def test_linear_regression_s_columns_have_their_distributions() -> None:
    features = load("linear-regression", samples=200_000).train.features
    assert np.allclose(features.mean(axis=0), [0, 0.5, 3], atol=0.03)
    assert np.allclose(features.var(axis=0), [1, 1 / 12, 6], atol=0.15)
    assert features[:, 1].min() >= 0
    assert features[:, 1].max() < 1
    assert features[:, 2].min() >= 0


def test_noise_is_a_standard_deviation() -> None:
    clean, noisy = (load("linear-regression", samples=100_000, noise=noise) for noise in (0.0, 0.01))
    assert np.array_equal(clean.train.features, noisy.train.features)
    assert (noisy.train.labels - clean.train.labels).std() == pytest.approx(0.01, rel=0.02)


def test_the_brightness_of_synthetic_images_tells_their_class() -> None:
    dataset = load("synthetic-images", rows=6, columns=7, channels=2, classes=3, samples=300)
    assert dataset.image_shape == (6, 7, 2)
    assert dataset.train.features.dtype == np.uint8
    assert dataset.source.startswith("synthetic: ")
    model = LogisticRegression(max_iter=1000).fit(dataset.train.features / 255, dataset.train.labels)
    assert model.score(dataset.test.features / 255, dataset.test.labels) > 0.8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": 0}, "option rows is 0; expected a number of at least 1"),
        ({"classes": 1}, "option classes is 1; expected a number of at least 2"),
        ({"test_samples": 5}, "option test_samples is 5; expected a number of at least 10"),
        (
            {"rows": 10**9, "columns": 10**6},
            r"'synthetic-images': .* of memory .* are needed, .*make fewer samples",
        ),
    ],
)
def test_synthetic_images_that_cannot_be(options: dict[str, int], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load("synthetic-images", **options)
