"""Data sets that need no file of their own: drawn by seed, or part of scikit-learn."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data.memory import check_memory
from wattlab.data.raw import RawData, Samples
from wattlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["blobs", "digits", "linear_regression", "moons", "synthetic_images"]


def digits() -> RawData:
    """Return 1797 handwritten digits of 8 × 8 pixels with values from 0 to 16, float32.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository,
    1998, https://doi.org/10.24432/C50P49; test part, as it ships with scikit-learn.
    """
    table = _shipped_digits()
    if table is None:
        from sklearn.datasets import load_digits

        table = np.column_stack(load_digits(return_X_y=True))
    samples = Samples(table[:, :64].astype(np.float32), table[:, 64].astype(np.int64))
    return RawData("digits", "UCI handwritten digits, inside scikit-learn", samples, image_shape=(8, 8, 1))


def _shipped_digits() -> NDArray[Any] | None:
    """Read the table inside scikit-learn without importing it, which takes seconds; None if it is missing."""
    package = find_spec("sklearn")
    for folder in (package and package.submodule_search_locations) or ():
        try:
            packed = (Path(folder) / "datasets" / "data" / "digits.csv.gz").read_bytes()
            rows = gzip.decompress(packed).decode().splitlines()
            table = np.loadtxt(rows, delimiter=",") if len(rows) == 1797 else np.empty(0)
        except (OSError, EOFError, ValueError):
            continue
        if table.shape == (1797, 65):
            return table
    return None


def moons(*, samples: int, noise: float, seed: int, share: float = 0.5) -> RawData:
    """Return two interleaving half circles in the plane, scikit-learn's make_moons.

    Parameters
    ----------
    samples : int
        Number of samples, both classes together.
    noise : float
        Standard deviation of the Gaussian noise added to each coordinate.
    seed : int
        Of the noise and the order.
    share : float
        Of the second class, the lower moon, among the samples, from 0.01 to 0.99; 0.5 is balanced.
    """
    _at_least("moons", samples=(samples, 10), noise=(noise, 0), seed=(seed, 0), share=(share, 0.01))
    if share > 0.99:
        raise DataError(f"data 'moons': option share is {share:g}; expected a number from 0.01 to 0.99")
    from sklearn.datasets import make_moons

    n_second = samples - samples // 2 if share == 0.5 else max(1, round(share * samples))
    features, labels = make_moons(n_samples=(samples - n_second, n_second), noise=noise, random_state=seed)
    return RawData(
        "moons", "synthetic: scikit-learn make_moons", Samples(features, labels), feature_names=("x", "y")
    )


def blobs(*, samples: int, classes: int, features: int, spread: float, seed: int) -> RawData:
    """Return isotropic Gaussian clouds, scikit-learn's make_blobs.

    Parameters
    ----------
    samples : int
        Number of samples, all classes together.
    classes : int
        Number of clouds.
    features : int
        Number of coordinates.
    spread : float
        Standard deviation of each cloud; the centres lie between -10 and 10.
    seed : int
        Of the centres, the samples and their order.
    """
    _at_least("blobs", classes=(classes, 2), features=(features, 1), spread=(spread, 0), seed=(seed, 0))
    _at_least("blobs", samples=(samples, 2 * classes))
    from sklearn.datasets import make_blobs

    points, labels = make_blobs(
        n_samples=samples, n_features=features, centers=classes, cluster_std=spread, random_state=seed
    )
    return RawData("blobs", "synthetic: scikit-learn make_blobs", Samples(points, labels))


def linear_regression(*, samples: int, test_samples: int, noise: float, seed: int) -> RawData:
    """Return y = 4 x₁ − 5 x₂ + 3 x₃ + 2 with x₁ normal, x₂ uniform in [0, 1) and x₃ chi-squared (3).

    All `samples` are for training, as in the source; the test part is drawn after them, by the same rule.

    Parameters
    ----------
    samples, test_samples : int
        Number of samples of each part.
    noise : float
        Standard deviation of the noise added to y; the source has 0.01 at hand and leaves it out.
    seed : int
        Of all draws.
    """
    _at_least("linear-regression", samples=(samples, 1), test_samples=(test_samples, 1), noise=(noise, 0))
    _at_least("linear-regression", seed=(seed, 0))
    draws = np.random.default_rng(seed)

    def draw(count: int) -> Samples:
        columns = (draws.normal(size=count), draws.uniform(size=count), draws.chisquare(3.0, size=count))
        features = np.column_stack(columns)
        labels = features @ np.array([4.0, -5.0, 3.0]) + 2.0 + noise * draws.normal(size=count)
        return Samples(features, labels)

    train, test = draw(samples), draw(test_samples)
    names = ("normal", "uniform", "chi_squared")
    return RawData("linear-regression", "synthetic: drawn by wattlab", train, test, feature_names=names)


def synthetic_images(
    *, rows: int, columns: int, channels: int, classes: int, samples: int, test_samples: int, seed: int
) -> RawData:
    """Return images of random pixels, uint8, whose mean brightness depends on the class: for timing steps.

    Parameters
    ----------
    rows, columns, channels : int
        Shape of an image.
    classes : int
        Number of classes; each has a mean of its own in every channel.
    samples, test_samples : int
        Number of images of each part, at least one a class.
    seed : int
        Of all draws.
    """
    _at_least(
        "synthetic-images", rows=(rows, 1), columns=(columns, 1), channels=(channels, 1), seed=(seed, 0)
    )
    _at_least("synthetic-images", classes=(classes, 2))
    _at_least("synthetic-images", samples=(samples, classes), test_samples=(test_samples, classes))
    shape = (rows, columns, channels)
    check_memory(
        "data 'synthetic-images'", (samples + test_samples) * rows * columns * channels, "make fewer samples"
    )
    draws = np.random.default_rng(seed)
    brightness = draws.permuted(np.tile(np.linspace(0, 63, classes, dtype=np.uint8), (channels, 1)), axis=1).T

    def draw(count: int) -> Samples:
        labels = draws.permutation(np.arange(count) % classes)
        pixels = draws.integers(0, 192, (count, rows * columns, channels), np.uint8)
        pixels += brightness[labels][:, None, :]
        return Samples(pixels.reshape(count, -1), labels)

    train, test = draw(samples), draw(test_samples)
    names = tuple(f"class {index}" for index in range(classes))
    source = "synthetic: random pixels around a mean of each class, drawn by wattlab"
    return RawData("synthetic-images", source, train, test, class_names=names, image_shape=shape)


def _at_least(dataset: str, **bounds: tuple[float, float]) -> None:
    """Refuse options below their bound, each given as ``name=(value, bound)``."""
    for name, (value, bound) in bounds.items():
        if not bound <= value < np.inf:
            raise DataError(
                f"data {dataset!r}: option {name} is {value}; expected a number of at least {bound:g}"
            )
