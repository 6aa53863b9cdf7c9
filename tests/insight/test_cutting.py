"""Tests of networks cut in two: both halves together are the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data.preparation import Prepared, Transform
from wattlab.data.scaling import NoScaling, Standard
from wattlab.engines.initial import Inputs, architecture_of, initial_weights
from wattlab.errors import DataError, RecipeError
from wattlab.insight.cutting import layer_kind, layer_names, layer_shape, onward, up_to
from wattlab.recipe import Recipe
from wattlab.records.model import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray

N = 5


def _recipe(layers: str, task: str) -> Recipe:
    engine = 'name = "torch"' if task == "reconstruction" else 'name = "native"'
    return Recipe.from_toml(f"""
name = "cut"
[data]
dataset = "digits"
task = "{task}"
[network]
layers = [{layers}]
[loss]
kind = "mse"
[optimizer]
kind = "adam"
learning_rate = 0.01
[engine]
{engine}
precision = "float64"
""")


def _model(
    layers: str, n_features: int, image: tuple[int, int, int] | None = None, task: str = "reconstruction"
) -> Model:
    """Return a network with drawn weights, its statistics too, and features that are standardised."""
    recipe, rng = _recipe(layers, task), np.random.default_rng(0)
    standard = Standard(rng.normal(size=n_features), rng.uniform(1, 2, n_features))
    transform = Transform(NoScaling(), None, standard, n_features)
    n_outputs = n_features if task == "reconstruction" else 3
    data = Prepared.empty(transform, n_outputs, None, image, reconstructs=task == "reconstruction")
    weights = initial_weights(recipe.network, Inputs.of(data), n_outputs, 0)
    shapes = architecture_of(recipe, data).arrays
    drawn = {name: rng.uniform(0.5, 1, shape) for name, shape in shapes.items() if "weights" not in name}
    return Model(recipe, transform, {**weights, **drawn}, None, image)


def _features(model: Model) -> NDArray[Any]:
    return np.random.default_rng(1).normal(size=(N, model.transform.n_features_in))


DENSE = '{ units = 6, activation = "tanh" }, { name = "latent", units = 2 }, { units = 5, activation = "relu" }, {}'
CONVOLUTIONS = """
{ kind = "conv2d", filters = 3, kernel = 3, stride = 2, padding = "same", activation = "relu" },
{ kind = "batch-norm" }, { kind = "flatten" }, { units = 4 }, { name = "latent", kind = "sampling" },
{ units = 27 }, { kind = "reshape", shape = [3, 3, 3] }, { kind = "dropout", rate = 0.5 },
{ kind = "conv2d-transpose", filters = 2, kernel = 3, stride = 2, padding = "same" },
{ kind = "batch-norm" }, { kind = "activation", activation = "sigmoid" }
"""
GRAPH = """
{ name = "wide", units = 4, activation = "relu" }, { name = "a", units = 3, inputs = ["wide"] },
{ name = "b", units = 3, inputs = ["wide"], activation = "tanh" }, { name = "sum", kind = "add", inputs = ["a", "b"] },
{ kind = "flatten" },
{ kind = "residual", repeat = 2, activation = "relu", layers = [{ units = 3, activation = "tanh" }, { units = 3 }] }, {}
"""


@pytest.mark.parametrize(
    ("layers", "n_features", "image", "task"),
    [
        (DENSE, 8, None, "reconstruction"),
        (DENSE, 8, None, "regression"),
        (CONVOLUTIONS, 72, (6, 6, 2), "reconstruction"),
    ],
)
def test_both_halves_are_the_whole_at_every_layer(
    layers: str, n_features: int, image: tuple[int, int, int] | None, task: str
) -> None:
    model = _model(layers, n_features, image, task)
    x = _features(model)
    for layer in layer_names(model):
        codes = up_to(model, layer)(x)
        assert codes.shape == (N, np.prod(layer_shape(model, layer))), layer
        np.testing.assert_allclose(onward(model, layer)(codes), model.outputs(x), rtol=1e-12, err_msg=layer)


def test_the_first_half_is_the_formula() -> None:
    model = _model(DENSE, 8)
    x, weights = _features(model), model.weights()
    inside = np.tanh(
        model.transform.apply(x, np.float64) @ weights["layers.0.weights"] + weights["layers.0.biases"]
    )
    np.testing.assert_allclose(up_to(model, "layers.0")(x), inside, rtol=1e-12)
    code = inside @ weights["layers.1.weights"] + weights["layers.1.biases"]
    np.testing.assert_allclose(up_to(model, "latent")(x), code, rtol=1e-12)
    np.testing.assert_array_equal(up_to(model, "layers.1")(x), up_to(model, "latent")(x))


def test_the_code_of_a_variational_autoencoder_is_the_mean() -> None:
    model = _model(CONVOLUTIONS, 72, (6, 6, 2))
    x = _features(model)
    np.testing.assert_array_equal(up_to(model, "latent")(x), up_to(model, "layers.3")(x)[:, :2])
    assert [layer_kind(model, layer) for layer in ("layers.3", "latent")] == ["dense", "sampling"]


def test_a_graph_is_cut_where_all_goes_through() -> None:
    model = _model(GRAPH, 4, task="regression")
    x = _features(model)
    for layer in ("wide", "sum", "layers.4", "layers.5", "layers.6"):
        np.testing.assert_allclose(onward(model, layer)(up_to(model, layer)(x)), model.outputs(x), rtol=1e-12)
    a, b = up_to(model, "a")(x), up_to(model, "b")(x)
    np.testing.assert_allclose(up_to(model, "sum")(x), a + b, rtol=1e-12)


def test_a_skip_past_the_cut_is_named() -> None:
    with pytest.raises(
        RecipeError, match=r"'sum' behind it takes 'b' as well.*: wide, sum, layers.4, layers.5, layers.6"
    ):
        onward(_model(GRAPH, 4, task="regression"), "a")
    skip = '{ name = "a", units = 4 }, { kind = "add", inputs = ["a", "input"] }'
    with pytest.raises(RecipeError, match="takes the network's input as well"):
        onward(_model(skip, 4), "a")


def test_unknown_layers_and_other_codes_are_refused() -> None:
    model = _model(DENSE, 8)
    with pytest.raises(RecipeError, match=r"no layer 'lantent'.*latent"):
        up_to(model, "lantent")
    with pytest.raises(RecipeError, match=r"there are layers.0, latent, layers.2, layers.3"):
        onward(model, "9")
    with pytest.raises(DataError, match=r"\(n_samples, 2\)"):
        onward(model, "latent")(np.zeros((N, 3)))
