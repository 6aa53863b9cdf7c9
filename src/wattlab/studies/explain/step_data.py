"""What the data of a recipe are like where a step gathers them: shapes, number format, how many."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.data.catalog import load, stand_in
from wattlab.data.preparation import prepare
from wattlab.recipe.architecture import Architecture
from wattlab.recipe.counting import NUMBER_BYTES, count_step
from wattlab.studies.explain.part_times import LayerWork, StepWork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.recipe import Recipe

__all__ = ["StepData", "step_data", "work_of"]

_STAND_IN_SAMPLES: Final = 512
_MOST_B: Final = 2**28
"""Rows are gathered from an array that is no larger: beyond the last cache, and little memory. Unit: B."""


@dataclass(frozen=True)
class StepData:
    """Samples as an engine gets them.

    Parameters
    ----------
    n_features, n_outputs, n_train : int
    image_shape : (rows, columns, channels) or None
    dtype : str
        Of the features as they are kept: "uint8" where bytes are scaled when they are gathered.
    bytes_given : bool
        Whether the features come as bytes, before they are prepared.
    synthetic : bool
        Whether made-up samples of the same shape stood in.
    """

    n_features: int
    image_shape: tuple[int, int, int] | None
    n_outputs: int
    n_train: int
    dtype: str
    bytes_given: bool
    synthetic: bool

    def architecture(self, recipe: Recipe) -> Architecture:
        """Return the network of a recipe for these data."""
        return Architecture.of(recipe.network, self.n_features, self.image_shape, self.n_outputs)

    def batch_size(self, recipe: Recipe) -> int:
        """Return the samples of a full batch."""
        size = recipe.training.batch_size
        return self.n_train if size == "all" else min(size, self.n_train)

    def features(self, dtype: str) -> NDArray[np.generic]:
        """Return an array of the same row length and format; floating-point numbers in `dtype`."""
        kept = np.dtype(self.dtype if self.dtype == "uint8" else dtype)
        rows = max(1, min(self.n_train, _MOST_B // (self.n_features * kept.itemsize)))
        return np.ones((rows, self.n_features), kept)

    def draws(self, available: int, batch_size: int) -> Iterator[NDArray[np.int64]]:
        """Return the rows of batch after batch, as an epoch draws them, over and over."""
        order = np.random.default_rng(0).permutation(available).astype(np.int64)
        if available < 2 * batch_size:
            order = np.resize(order, 2 * batch_size)
        starts = range(0, len(order) - batch_size + 1, batch_size)
        return cycle([order[start : start + batch_size] for start in starts])


def work_of(recipe: Recipe, data: StepData) -> StepWork:
    """Return a recipe's step in numbers."""
    size, precision = data.batch_size(recipe), recipe.engine.precision
    step = count_step(data.architecture(recipe), size, precision, recipe.optimizer)
    kept = data.dtype if data.dtype == "uint8" else recipe.engine.array_dtype
    return StepWork(
        batch_size=size,
        n_train=data.n_train,
        n_parameters=sum(layer.n_parameters for layer in step.layers),
        flop=step.flop,
        affine_flop=step.affine_flop,
        moved_B=step.bytes,
        layers=tuple(
            LayerWork(
                name=layer.node.name,
                kind=layer.node.spec.kind,
                shape=layer.shape,
                flop=size * layer.flop,
                moved_B=layer.step_bytes(size, NUMBER_BYTES[precision]),
                affine=layer.is_affine,
            )
            for layer in step.layers
        ),
        sample_B=data.n_features * np.dtype(kept).itemsize,
        bytes_kept=data.dtype == "uint8",
        bytes_given=data.bytes_given,
        synthetic=data.synthetic,
    )


def step_data(recipe: Recipe) -> StepData:
    """Load and prepare a recipe's data, or its stand-in, and return what they are like.

    Raises
    ------
    wattlab.errors.UserError
        As `wattlab.train`.
    """
    standing_in = stand_in(recipe.data, max(_STAND_IN_SAMPLES, recipe.preparation.least_samples))
    dataset = load(standing_in or recipe.data)
    data = prepare(dataset, recipe.preparation.with_least_work(), np.dtype(recipe.engine.array_dtype))
    features = data.train.features
    return StepData(
        n_features=features.shape[1],
        image_shape=data.image_shape,
        n_outputs=data.n_outputs,
        n_train=len(features),
        dtype=str(features.dtype),
        bytes_given=str(dataset.train.features.dtype) == "uint8",
        synthetic=standing_in is not None,
    )
