"""Loss landscapes of runs: against scikit-learn's loss, and what directions must keep."""

from __future__ import annotations

from shutil import copytree
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss
from tests.conftest import TINY

import wattlab
from wattlab.errors import DataError, ParameterError, RunError
from wattlab.insight.subject import open_subject
from wattlab.insight.theory import landscape
from wattlab.insight.theory.directions import moved, random_direction
from wattlab.recipe import Recipe
from wattlab.recipe.architecture import Architecture

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.engines.base import Weights
    from wattlab.records.run import Run

IMAGES = """
name = "images"
[data]
dataset = "synthetic-images"
options = { rows = 6, columns = 6, channels = 1, classes = 2, samples = 40, test_samples = 10 }
[preparation]
after = "bytes"
[network]
layers = [
  { kind = "conv2d", filters = 3, kernel = 3 },
  { kind = "batch-norm" },
  { kind = "activation", activation = "relu" },
  { kind = "flatten" },
  { activation = "softmax" },
]
[loss]
kind = "cross-entropy"
[optimizer]
kind = "sgd"
learning_rate = 0.01
[training]
epochs = 1
batch_size = 20
[engine]
name = "torch"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return wattlab.train(Recipe.from_toml(TINY), runs=tmp_path_factory.mktemp("runs"), keep_weights=1)


def test_the_middle_is_the_run_itself(run: Run) -> None:
    found = landscape(run, points=5, samples=10_000)
    part = open_subject(run).part("training")
    outputs = run.model.outputs(part.features)
    assert found.loss == pytest.approx(log_loss(part.labels, outputs), rel=1e-5)
    assert found.score == pytest.approx(accuracy_score(part.labels, outputs.argmax(axis=1)))
    assert found.losses[2, 2] == found.loss
    assert found.losses.shape == found.scores.shape == (5, 5)


def test_directions_by_seed(run: Run) -> None:
    first, again, other = (landscape(run, points=3, seed=seed).losses for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_the_line_begins_with_the_initial_weights_and_ends_with_the_last(run: Run) -> None:
    found = landscape(run, "line", points=5, part="test")
    part = open_subject(run).part("test")
    assert found.x.tolist() == [-0.5, 0.0, 0.5, 1.0, 1.5]
    assert found.losses[1] == pytest.approx(
        log_loss(part.labels, run.model_at(0).outputs(part.features)), rel=1e-5
    )
    assert found.losses[3] == pytest.approx(found.loss, rel=1e-6)


def test_initial_weights_that_were_not_kept_are_drawn_again(
    tiny_recipe: Recipe, tmp_path: Path, run: Run
) -> None:
    plain = wattlab.train(tiny_recipe, runs=tmp_path)
    drawn, kept = (landscape(one, "line", points=3).losses for one in (plain, run))
    np.testing.assert_allclose(drawn, kept, rtol=1e-5)
    warm = wattlab.train(tiny_recipe, runs=tmp_path, start_from=plain.id)
    with pytest.raises(RunError, match="--keep-weights"):
        landscape(warm, "line", points=3)
    with pytest.raises(RunError, match="a trajectory needs three"):
        landscape(plain, "trajectory", points=3)


def test_the_trajectory_lies_in_its_plane(run: Run) -> None:
    found = landscape(run, "trajectory", points=5)
    assert found.trajectory is not None
    assert found.trajectory_epochs == (0, 1, 2, 3, 4)
    np.testing.assert_allclose(found.trajectory[-1], 0.0, atol=1e-6)
    first, last = (run.weights_by_epoch[epoch] for epoch in (0, 4))
    away = np.sqrt(sum(np.square(first[name] - last[name]).sum() for name in last))
    # Seen from the last weights: what of the first distance lies in the plane.
    assert 0.9 * away < np.linalg.norm(found.trajectory[0]) <= away * (1 + 1e-6)
    assert 0.9 < sum(found.shares) <= 1 + 1e-12
    assert found.x[0] < found.trajectory[:, 0].min() < found.trajectory[:, 0].max() < found.x[-1]


def test_filters_of_a_direction_are_as_long_as_those_of_the_network() -> None:
    recipe = Recipe.from_toml(IMAGES)
    architecture = Architecture.of(recipe.network, 36, (6, 6, 1), 2)
    rng = np.random.default_rng(0)
    weights: Weights = {name: rng.normal(size=shape) for name, shape in architecture.arrays.items()}
    drawn = random_direction(weights, architecture, rng)
    assert set(drawn) == {name for name in weights if name.endswith(".weights")}
    for name, direction in drawn.items():
        axes = tuple(range(direction.ndim - 1))
        np.testing.assert_allclose(
            np.linalg.norm(direction.reshape(-1, direction.shape[-1]), axis=0),
            np.sqrt(np.square(weights[name]).sum(axes)),
        )
    there = moved(weights, (2.0, drawn))
    assert there["layers.1.mean"] is weights["layers.1.mean"]
    np.testing.assert_allclose(
        there["layers.0.weights"], weights["layers.0.weights"] + 2 * drawn["layers.0.weights"]
    )


def test_images_are_evaluated_by_torch(tmp_path: Path) -> None:
    run = wattlab.train(Recipe.from_toml(IMAGES), runs=tmp_path)
    part = open_subject(run).part("training")
    found = landscape(run, points=3)
    assert found.loss == pytest.approx(log_loss(part.labels, run.model.outputs(part.features)), rel=1e-4)
    assert found.losses[1, 1] == pytest.approx(found.loss, rel=1e-6)


def test_numbers_out_of_range(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="did you mean 'random'"):
        landscape(run, "randon")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="expected 3 to 1001"):
        landscape(run, points=2)
    with pytest.raises(ParameterError, match="which only random directions have"):
        landscape(run, "line", reach=2.0)
    with pytest.raises(ParameterError, match="the reach is 0"):
        landscape(run, reach=0)
    with pytest.raises(ParameterError, match="0 samples"):
        landscape(run, samples=0)
    with pytest.raises(DataError, match="no validation part"):
        landscape(run, part="validation")
    bare = tmp_path / "bare"
    copytree(run.path, bare, ignore=lambda *_: ["weights.safetensors"])
    with pytest.raises(RunError, match="has no weights"):
        landscape(bare)
