"""Initial weights: their spread, their stream, and features that are left out."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from wattlab.engines.initial import Inputs, initial_weights, layer_sizes
from wattlab.errors import RecipeError
from wattlab.recipe.network import Network


def network(initial: dict[str, Any], **fields: Any) -> Network:
    layers = [{"units": 300, "activation": "relu"}, {"activation": "softmax"}]
    return TypeAdapter(Network).validate_python({"initial_weights": initial, "layers": layers, **fields})


@pytest.mark.parametrize(
    ("initial", "variance", "bound"),
    [
        ({"kind": "sqrt-nodes", "factor": 2.0}, (2 / sqrt(200)) ** 2 / 3, 2 / sqrt(200)),
        ({"kind": "uniform", "low": -0.5, "high": 0.5}, 1 / 12, 0.5),
        ({"kind": "glorot-uniform"}, 2 / 500, sqrt(6 / 500)),
        ({"kind": "glorot-normal"}, 2 / 500, np.inf),
        ({"kind": "he-uniform"}, 2 / 200, sqrt(6 / 200)),
        ({"kind": "he-normal"}, 2 / 200, np.inf),
    ],
)
def test_spread_is_what_the_method_says(initial: dict[str, Any], variance: float, bound: float) -> None:
    weights = initial_weights(network(initial), Inputs(200), 10, seed=1)["layers.0.weights"]
    assert weights.shape == (200, 300)
    assert weights.var() == pytest.approx(variance, rel=0.02)
    assert np.abs(weights).max() <= bound
    assert abs(weights.mean()) < 4 * sqrt(variance / weights.size)


def test_the_same_seed_gives_the_same_weights_and_another_gives_others() -> None:
    spec = network({"kind": "he-normal"})
    first, again, other = (initial_weights(spec, Inputs(20), 3, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["layers.0.weights"], other["layers.0.weights"])


def test_left_out_features_leave_the_other_weights_as_they_were() -> None:
    spec = network({"kind": "glorot-uniform"}, initial_biases="as-weights")
    kept = np.array([0, 3, 4, 7])
    full, part = initial_weights(spec, Inputs(9), 3, 1), initial_weights(spec, Inputs(9, kept), 3, 1)
    np.testing.assert_array_equal(part["layers.0.weights"], full["layers.0.weights"][kept])
    for name in ("layers.0.biases", "layers.1.weights", "layers.1.biases"):
        np.testing.assert_array_equal(part[name], full[name])


def test_features_may_be_left_out_before_any_layer() -> None:
    layers = [
        {"kind": "batch-norm", "name": "first"},
        {"kind": "concatenate", "inputs": ["first", "input"]},
        {"activation": "softmax"},
    ]
    weights = initial_weights(
        network({"kind": "he-normal"}, layers=layers), Inputs(9, np.array([0, 3, 4])), 2, 1
    )
    shapes = {name: array.shape for name, array in weights.items()}
    assert (shapes["layers.0.scale"], shapes["layers.2.weights"]) == ((3,), (6, 2))


def test_a_layer_may_have_its_own_method_and_biases_are_zero_unless_asked_for() -> None:
    layers = [
        {"units": 50, "activation": "relu", "initial_weights": {"kind": "uniform", "low": 2.0, "high": 3.0}},
        {"activation": "softmax"},
    ]
    spec = network({"kind": "he-normal"}, layers=layers)
    weights = initial_weights(spec, Inputs(20), 3, 0)
    assert weights["layers.0.weights"].min() >= 2
    assert weights["layers.1.weights"].min() < 0
    assert not weights["layers.0.biases"].any()


def test_units_of_the_last_layer_must_be_those_of_the_data() -> None:
    spec = network({"kind": "he-normal"}, layers=[{"units": 4, "activation": "softmax"}])
    assert layer_sizes(spec, 7, 4) == [7, 4]
    with pytest.raises(RecipeError, match=r"layers\[0\].units is 4, but the data has 10"):
        layer_sizes(spec, 7, 10)
