"""A small network for images, its data, and how the tests of the torch engine train it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from wattlab.data.preparation import Prepared, PreparedPart, Transform
from wattlab.data.scaling import NoScaling
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.torch.engine import TorchEngine
from wattlab.engines.torch.trainer import TorchTrainer
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.recipe import Recipe

CPU = torch.device("cpu")
IMAGE = (9, 8, 3)
RELU = {"kind": "activation", "activation": "relu"}
CONV = {"kind": "conv2d", "filters": 8, "kernel": 3, "padding": "same"}
LAYERS: list[dict[str, Any]] = [
    {**CONV, "stride": 2, "activation": "relu"},
    {"kind": "batch-norm"},
    {"kind": "max-pool", "size": 3, "stride": 2, "padding": "same"},
    {"kind": "residual", "layers": [{"kind": "batch-norm"}, RELU, CONV], "activation": "relu"},
    {"kind": "conv2d-transpose", "filters": 8, "kernel": 3, "stride": 2, "padding": "same"},
    {"kind": "average-pool", "size": 2, "padding": "same"},
    {"kind": "global-average-pool"},
    {"activation": "softmax"},
]
NOISY: list[dict[str, Any]] = [*LAYERS[:-1], {"kind": "dropout", "rate": 0.5}, LAYERS[-1]]
SAME: list[dict[str, Any]] = [{**CONV, "filters": 3, "activation": "sigmoid"}]
Begin = Any
CHANGED = {"augmentation__flip": True, "augmentation__shift": 2, "augmentation__cutout": 3}


def make_data(n_samples: int = 20, features: Any = None, *, reconstructs: bool = False) -> Prepared:
    rng, n_features = np.random.default_rng(0), int(np.prod(IMAGE))
    if features is None:
        features = rng.integers(0, 256, (n_samples, n_features), np.uint8)
    part = PreparedPart(features, np.random.default_rng(1).integers(0, 3, len(features)))
    transform = Transform(NoScaling(), None, NoScaling(), n_features)
    scale = 1 / 255 if features.dtype == np.uint8 else None
    n_outputs, classes = (n_features, None) if reconstructs else (3, ("a", "b", "c"))
    return Prepared(part, None, part, transform, scale, n_outputs, classes, IMAGE, reconstructs)


def starter(recipe: Callable[..., Recipe]) -> Begin:
    """Return a function that starts the training of a small network for images."""

    def make(data: Prepared | None = None, **changes: Any) -> TorchTrainer:
        data = data or make_data()
        one = recipe(
            engine__name="torch",
            **{"network__layers": LAYERS, "evaluation__train": "none", **changes},
        )
        weights = initial_weights(one.network, Inputs.of(data), data.n_outputs, one.seed)
        trainer = TorchEngine().start(one, data, weights)
        assert isinstance(trainer, TorchTrainer)
        return trainer

    return make


def reconstruction(**changes: Any) -> dict[str, Any]:
    return {"network__layers": SAME, "loss__kind": "log-loss", "data__task": "reconstruction", **changes}


def epoch(trainer: TorchTrainer, number: int = 0, rate: float = 0.05) -> Any:
    """Train two full batches of 8 and one of 4."""
    order = np.random.default_rng(number).permutation(20)
    return trainer.train(order, StepValues(np.full(3, rate)), epoch=number).cost


def low(precision: str) -> dict[str, Any]:
    return {"engine__precision": precision, "engine__emulated": True}
