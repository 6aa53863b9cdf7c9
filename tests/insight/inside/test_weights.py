"""Weights by unit: where they came from, and that unfolded ones compute the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from wattlab import Recipe, train
from wattlab.errors import ParameterError, RecipeError, RunError
from wattlab.insight.inside.weights import layer_weights
from wattlab.insight.subject import open_subject

if TYPE_CHECKING:
    from wattlab.records.run import Run

DIGITS = Recipe.named("digits").with_changes({"training.epochs": 1, "preparation.after": "none"})
CONVOLUTIONS = """
name = "kernels"
[data]
dataset = "digits"
[[network.layers]]
kind = "conv2d"
name = "first"
filters = 3
kernel = [3, 2]
[[network.layers]]
kind = "conv2d"
filters = 5
kernel = 2
[[network.layers]]
kind = "max-pool"
[[network.layers]]
kind = "flatten"
[[network.layers]]
activation = "softmax"
[loss]
kind = "cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.01
[training]
batch_size = 500
epochs = 1
[engine]
name = "torch"
"""


def digits(**preparation: object) -> Run:
    return train(DIGITS.with_changes({f"preparation.{name}": value for name, value in preparation.items()}))


def test_a_dense_layer_on_images_has_an_image_for_each_unit() -> None:
    run = digits()
    found = layer_weights(run, count=7)
    learned = run.model.weights()["layers.0.weights"]
    assert found.image_shape == (8, 8, 1)
    np.testing.assert_array_equal(found.values, learned.T[:7])
    np.testing.assert_allclose(found.norms, np.linalg.norm(learned, axis=0)[:7], rtol=1e-6)
    assert (found.n_units, found.units.tolist()) == (64, list(range(7)))
    strongest = layer_weights(run, count=7, by_norm=True)
    assert strongest.units.tolist() == np.argsort(-np.linalg.norm(learned, axis=0))[:7].tolist()


def test_pixels_that_were_left_out_are_blank_in_their_places() -> None:
    run = digits(reduction={"kind": "drop-constant"})
    kept = run.model.transform.kept
    assert kept is not None
    found = layer_weights(run)
    blank = np.isnan(found.values).all(axis=0)
    np.testing.assert_array_equal(np.flatnonzero(~blank), kept)
    assert not np.isnan(found.values[:, kept]).any()
    assert found.image_shape == (8, 8, 1)
    assert f"{64 - len(kept)} of 64 features were left out" in found.notes[0]


@pytest.mark.parametrize("after", ["none", "standard"])
def test_weights_on_components_are_unfolded_to_pixels_that_compute_the_same(after: str) -> None:
    run = digits(reduction={"kind": "pca", "n_components": 12}, after=after)
    found = layer_weights(run)
    features = open_subject(run).part("test").features.astype(np.float64)
    reduced = run.model.transform.apply(features, np.float64)
    expected = reduced @ run.model.weights()["layers.0.weights"][:, found.units]
    # Offsets of the reduction go into the biases, so only differences between samples compare.
    np.testing.assert_allclose(
        np.diff(features @ found.values.T, axis=0), np.diff(expected, axis=0), atol=1e-3
    )
    assert (found.image_shape, found.values.shape) == ((8, 8, 1), (36, 64))


def test_pooled_images_stay_images_and_distances_to_clusters_are_none() -> None:
    assert layer_weights(digits(reduction={"kind": "pool", "factor": 2})).image_shape == (4, 4, 1)
    found = layer_weights(digits(reduction={"kind": "clusters", "n_clusters": 5}))
    assert found.image_shape is None
    assert found.input_names == tuple(f"distance {number}" for number in range(5))
    assert "not linear in the features" in found.notes[0]


def test_kernels_read_channels_side_by_side() -> None:
    run = train(Recipe.from_toml(CONVOLUTIONS))
    arrays = run.model.weights()
    first, second, last = (layer_weights(run, name) for name in ("first", "layers.1", "layers.4"))
    assert (first.image_shape, second.image_shape) == ((3, 2, 1), (2, 2, 3))
    np.testing.assert_array_equal(second.values[4].reshape(2, 2, 3), arrays["layers.1.weights"][..., 4])
    # What a flattened image feeds is an image again, and torch says of which shape.
    image = torch.zeros(1, 1, 8, 8)
    shape = torch.nn.MaxPool2d(2)(torch.nn.Conv2d(3, 5, 2)(torch.nn.Conv2d(1, 3, (3, 2))(image))).shape
    assert last.image_shape == (shape[2], shape[3], shape[1])
    with pytest.raises(
        RecipeError, match=r"'layers.2' is of kind 'max-pool', which has no weights; .* first,"
    ):
        layer_weights(run, "layers.2")
    with pytest.raises(RecipeError, match=r"no layer 'fist'.* did you mean 'first'"):
        layer_weights(run, "fist")


def test_features_have_their_names_and_deeper_inputs_their_layers(tiny_recipe: Recipe) -> None:
    run = train(tiny_recipe)
    first, second = layer_weights(run), layer_weights(run, "layers.1")
    assert first.input_names == tuple(open_subject(run).dataset.feature_names)
    assert second.input_names == tuple(f"layers.0 {unit}" for unit in range(5))
    with pytest.raises(ParameterError, match="count is 0"):
        layer_weights(run, count=0)
    (run.path / "weights.safetensors").unlink()
    with pytest.raises(RunError, match="has no weights"):
        layer_weights(run)
