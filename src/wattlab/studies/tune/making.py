"""A recipe for a data set that nobody wrote one for: where a search begins."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.recipe import Recipe
from wattlab.recipe.text import validate
from wattlab.studies.folders import slug

if TYPE_CHECKING:
    from wattlab.data.dataset import Dataset

__all__ = ["make_recipe"]

_SMALL: Final = 40 * 40
"""Pixels up to which grey images go to a dense network: on a processor that is the cheaper way to most of what a
convolutional one reaches."""
_WIDE: Final = 32
_STEPS: Final = 20
"""Updates that an epoch should have at least."""
_CONVOLVED: Final = 8
_BLOCKS: Final = 4


def make_recipe(dataset: Dataset, source: str) -> Recipe:
    """Return a recipe that suits a data set: dense layers for flat data and small grey images, else convolutions.

    One-cycle with Nesterov momentum over a few epochs, as super-convergence has it; the search goes on from there.

    Parameters
    ----------
    dataset : Dataset
        As it was read.
    source : str
        Its name or path, as `wattlab.data.load` takes it.

    Examples
    --------
    >>> from wattlab.data import load
    >>> recipe = make_recipe(load("blobs"), "blobs")
    >>> [layer.units for layer in recipe.network.layers], recipe.training.batch_size
    ([32, 16, None], 32)
    """
    batch_size = _batch_size(dataset.train.n_samples)
    convolves = _convolves(dataset)
    tables: dict[str, Any] = {
        "name": slug(f"{dataset.name}-tuned").lower(),
        "description": f"Made for {dataset.name} as the start of a search",
        "data": {"dataset": source},
        "preparation": {"after": "bytes" if dataset.train.features.dtype == np.uint8 else "standard"},
        "network": {
            "initial_weights": {"kind": "he-uniform"},
            "layers": [*(_convolutions(dataset) if convolves else _dense(dataset)), _output(dataset)],
        },
        "loss": {"kind": "mse" if dataset.task == "regression" else "cross-entropy"},
        "optimizer": {"kind": "nesterov", "learning_rate": 0.02 if dataset.task == "regression" else 0.1},
        "schedule": {"kind": "one-cycle", "warm_up": 0.3, "momentum": (0.85, 0.95)},
        "training": {
            "batch_size": batch_size,
            "epochs": 8,
            "last_batch": "drop" if dataset.train.n_samples >= 2 * batch_size else "keep",
        },
        "evaluation": {"train": "none"},
        **({"engine": {"name": "torch"}} if convolves else {}),
    }
    return validate(Recipe, tables, str(tables["name"]))


def _batch_size(n_train: int) -> int:
    """Return 128, or the largest power of two that leaves an epoch its updates; at least 8."""
    return max(8, min(128, 1 << int(log2(max(8, n_train / _STEPS)))))


def _convolves(dataset: Dataset) -> bool:
    shape = dataset.image_shape
    if shape is None or dataset.task == "reconstruction":
        return False
    rows, columns, channels = shape
    return channels > 1 or rows * columns > _SMALL


def _dense(dataset: Dataset) -> list[dict[str, Any]]:
    first = 64 if dataset.n_features >= _WIDE else 32
    return [{"units": units, "activation": "leaky-relu"} for units in (first, first // 2)]


def _convolutions(dataset: Dataset) -> list[dict[str, Any]]:
    """Return blocks of convolution, pooling and normalisation, each of half the resolution."""
    shape = dataset.image_shape
    assert shape is not None
    layers: list[dict[str, Any]] = []
    side, filters = min(shape[:2]), 32
    for _ in range(_BLOCKS):
        if side < _CONVOLVED:
            break
        layers += [
            {"kind": "conv2d", "filters": filters, "kernel": 3, "padding": "same", "bias": False},
            {"kind": "max-pool"},
            {"kind": "batch-norm", "momentum": 0.9},
            {"kind": "activation", "activation": "relu"},
        ]
        side, filters = side // 2, 2 * filters
    return [*layers, {"kind": "global-average-pool" if side > _CONVOLVED else "flatten"}]


def _output(dataset: Dataset) -> dict[str, Any]:
    return {"activation": "identity" if dataset.task == "regression" else "softmax"}
