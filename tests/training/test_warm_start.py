"""Warm starts: what a network computes before and after its weights were carried over, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattlab.data.dataset import Dataset, Part
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, architecture_of, initial_weights
from wattlab.errors import RunError, WeightsError
from wattlab.meter import measured
from wattlab.recipe import Recipe
from wattlab.records.card import card_text
from wattlab.records.cost_lines import value_text
from wattlab.records.store import RunStore
from wattlab.training import resume, train
from wattlab.training.observer import Observer
from wattlab.training.start import TrainingInterrupted
from wattlab.training.warm_start import Target, check_chain
from wattlab.training.warm_start.carry import Source, carry
from wattlab.training.warm_start.resolution import spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattlab.training.observer import EpochReport

ROWS = COLUMNS = 4
DENSE = """
name = "dense"
data = { dataset = "images" }
network = { layers = [{ units = 7, activation = "tanh" }, { activation = "softmax" }] }
loss = { kind = "cross-entropy" }
optimizer = { kind = "sgd", learning_rate = 0.1 }
training = { batch_size = 8 }
"""
FULL = {"preparation.reduction.kind": "none"}
POOL = {"preparation.reduction.kind": "pool"}
VARYING = {"preparation.reduction.kind": "drop-constant"}


def pca(count: int, *, whiten: bool = False) -> dict[str, Any]:
    return {"preparation.reduction": {"kind": "pca", "n_components": count, "whiten": whiten}}


def scaled(before: str, after: str) -> dict[str, Any]:
    return {"preparation.before": before, "preparation.after": after}


def images(seed: int = 0, *, as_bytes: bool = False) -> Dataset:
    """Return images of 4 × 4 pixels in three classes, of which the corners are always 3."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 255, (40, ROWS * COLUMNS)).astype(np.uint8 if as_bytes else np.float64)
    pixels[:, [0, 3, 12, 15]] = 3
    labels = np.arange(40) % 3
    parts = [Part(pixels[part], labels[part]) for part in (slice(0, 30), slice(30, 40))]
    names = [f"pixel {place}" for place in range(ROWS * COLUMNS)]
    return Dataset("images", parts[0], parts[1], None, names, ("a", "b", "c"), "drawn", (ROWS, COLUMNS, 1))


def target_of(recipe: Recipe, dataset: Dataset) -> Target:
    return Target(recipe, dataset, prepare(dataset, recipe.preparation, np.dtype(recipe.engine.array_dtype)))


def source_of(target: Target, seed: int = 5) -> Source:
    """Return a network with weights and biases that nobody trained."""
    recipe, prepared = target.recipe, target.prepared
    network = recipe.network.model_copy(update={"initial_biases": "as-weights"})
    weights = initial_weights(network, Inputs.of(prepared), prepared.n_outputs, seed)
    return Source("old", recipe, weights, prepared.transform, prepared.classes, prepared.image_shape)


def outputs(target: Target, weights: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return what a dense network gives for the test part, computed here in float64 but for its inputs."""
    prepared = target.prepared
    values = prepared.test.features.astype(np.float64) * (prepared.byte_scale or 1.0)
    hidden = np.tanh(values @ weights["layers.0.weights"] + weights["layers.0.biases"])
    z = hidden @ weights["layers.1.weights"] + weights["layers.1.biases"]
    shares: NDArray[np.float64] = np.exp(z - z.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def dense(changes: Mapping[str, Any], precision: str = "float64") -> Recipe:
    return Recipe.from_toml(DENSE).with_changes({**changes, "engine.precision": precision})


# The same function of the features


SCALES = st.sampled_from(["none", "standard", "min-max"])


@settings(max_examples=25, deadline=None)
@given(
    reduction=st.sampled_from([POOL, VARYING, pca(5), pca(9, whiten=True), FULL, "random"]),
    scales=st.tuples(SCALES, SCALES, SCALES, SCALES),
    onto=st.sampled_from([FULL, VARYING]),
    precision=st.sampled_from(["float64", "float32"]),
    seed=st.integers(0, 99),
)
def test_a_folded_network_computes_the_same(
    reduction: Any, scales: tuple[str, ...], onto: dict[str, Any], precision: str, seed: int
) -> None:
    if reduction == "random":
        reduction = {"preparation.reduction": {"kind": "random-projection", "n_components": 6, "seed": seed}}
    dataset = images(seed)
    old = target_of(dense(reduction | scaled(*scales[:2]), precision), dataset)
    new = target_of(dense(onto | scaled(*scales[2:]), precision), dataset)
    source = source_of(old, seed)
    weights, _ = carry(source, new)
    tolerance = 1e-10 if precision == "float64" else 2e-5 if "pca" in str(reduction) else 1e-6
    np.testing.assert_allclose(outputs(new, weights), outputs(old, source.weights), atol=tolerance)


def test_how_it_was_done_is_told() -> None:
    dataset = images()
    full, half = target_of(dense(FULL), dataset), target_of(dense(POOL), dataset)
    standard = target_of(dense(scaled("none", "standard")), dataset)
    assert carry(source_of(half), full)[1] == "folded from 4 inputs to 16, of 16 features"
    assert carry(source_of(full), full)[1] == "as they are"
    assert "16 inputs that are prepared in another way" in carry(source_of(full), standard)[1]


def test_components_fold_into_more_components() -> None:
    dataset = images()
    old, new = target_of(dense(pca(4)), dataset), target_of(dense(pca(9)), dataset)
    source = source_of(old)
    weights, _ = carry(source, new)
    np.testing.assert_allclose(outputs(new, weights), outputs(old, source.weights), atol=1e-10)


def test_bytes_that_stay_bytes_fold_but_for_their_rounding() -> None:
    dataset = images(as_bytes=True)
    changes = {**scaled("none", "bytes"), **POOL}
    old, new = target_of(dense(changes), dataset), target_of(dense(scaled("none", "bytes")), dataset)
    assert old.prepared.train.features.dtype == np.uint8
    source = source_of(old)
    weights, _ = carry(source, new)
    np.testing.assert_allclose(outputs(new, weights), outputs(old, source.weights), atol=0.5 / 255 * 4)


# What cannot be carried over


CLUSTERS = {"preparation.reduction": {"kind": "clusters", "n_clusters": 4}}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (FULL, pca(4), r"cannot be told from the 4 inputs .* would be lost; go from fewer features to more"),
        (CLUSTERS, FULL, "distances to clusters are not linear"),
        (FULL, CLUSTERS, "distances to clusters are not linear"),
        (scaled("normalise", "none"), FULL, "'normalise' divides each sample by its own norm"),
        (
            FULL,
            {"network.layers[0].units": 9},
            r"layers.0.weights has shape \(16, 7\), but this network needs \(16, 9\)",
        ),
        (
            POOL,
            {"network.layers[0].units": 9},
            r"layers.0.weights has shape \(16, 7\), but this network needs \(16, 9\)",
        ),
        (FULL, {"network.layers": [{"activation": "softmax"}]}, r"layers.0.weights has shape"),
    ],
)
def test_what_cannot_be_carried_over_is_refused(
    before: dict[str, Any], after: dict[str, Any], message: str
) -> None:
    dataset = images()
    with pytest.raises(WeightsError, match=message):
        carry(source_of(target_of(dense(before), dataset)), target_of(dense(after), dataset))


def test_other_classes_and_features_are_refused() -> None:
    dataset = images()
    target, source = target_of(dense(FULL), dataset), source_of(target_of(dense(POOL), dataset))
    with pytest.raises(
        WeightsError, match=r"learned classes \(x, y, z\), but this data has classes \(a, b, c\)"
    ):
        carry(replace(source, classes=("x", "y", "z")), target)
    fewer = replace(source.transform, n_features_in=9)
    with pytest.raises(WeightsError, match="learned from data of 9 features, but this data has 16"):
        carry(replace(source, transform=fewer), target)


# Images


CONVOLUTIONS = [
    {"kind": "conv2d", "filters": 3, "kernel": 3, "padding": "same", "activation": "relu"},
    {"kind": "batch-norm"},
]


def convolutional(end: str, changes: Mapping[str, Any]) -> Recipe:
    layers = [*CONVOLUTIONS, {"kind": end}, {"kind": "dropout", "rate": 0.1}, {"activation": "softmax"}]
    return dense({"network.layers": layers, "engine.name": "torch", **changes})


def test_convolutions_are_taken_as_they_are() -> None:
    dataset = images()
    old, new = (target_of(convolutional("global-average-pool", one), dataset) for one in (POOL, FULL))
    source = source_of(old)
    weights, how = carry(source, new)
    assert how == "as they are, from 2 × 2 to 4 × 4 pixels"
    assert weights.keys() == architecture_of(new.recipe, new.prepared).arrays.keys()
    assert all(array is source.weights[name] for name, array in weights.items())


def test_a_dense_layer_after_flatten_is_spread() -> None:
    dataset = images()
    old, new = (target_of(convolutional("flatten", one), dataset) for one in (POOL, FULL))
    source = source_of(old)
    weights, how = carry(source, new)
    assert how == "as they are, from 2 × 2 to 4 × 4 pixels; layers.4 spread over the pixels that are new"
    maps = np.random.default_rng(0).normal(size=(4, 4, 3))
    means = maps.reshape(2, 2, 2, 2, 3).mean(axis=(1, 3))
    expected = means.ravel() @ source.weights["layers.4.weights"]
    np.testing.assert_allclose(maps.ravel() @ weights["layers.4.weights"], expected)
    with pytest.raises(WeightsError, match="end the convolutions with a 'global-average-pool'"):
        carry(source_of(new), old)
    with pytest.raises(WeightsError, match="scaled its images in another way"):
        carry(source, target_of(convolutional("flatten", scaled("none", "standard")), dataset))


def test_spreading_one_pixel_over_all_is_their_mean() -> None:
    weights = np.arange(6.0).reshape(3, 2)
    np.testing.assert_allclose(
        spread(weights, (1, 1, 3), (2, 3, 3)).reshape(6, 3, 2), np.array([weights / 6] * 6)
    )


# Whole trainings


STILL = {"optimizer.learning_rate": 1e-30, "training.epochs": 1}
DIGITS = Recipe.named("digits").with_changes({"training.epochs": 2, "checkpoint.every": 1})
SMALL = DIGITS.with_changes(POOL)


class InterruptAfter(Observer):
    def __init__(self, epochs: int) -> None:
        self._epochs = epochs

    def epoch(self, report: EpochReport) -> None:
        if report.epoch == self._epochs:
            raise KeyboardInterrupt


def test_a_chain_of_runs_tells_what_all_of_them_cost() -> None:
    first = train(SMALL, name="half").record
    second = train(DIGITS.with_changes(STILL), name="whole", start_from="half").record
    third = train(DIGITS, name="again", start_from="whole").record
    assert second.test_score == first.test_score
    assert second.start is not None
    assert second.start.how == "folded from 16 inputs to 64, of 64 features"
    assert (second.start.runs, second.start.epochs, second.start.finished) == (("half",), 2, True)
    assert second.start.wall == first.cost.total.wall
    assert third.start is not None
    assert third.start.runs == ("half", "whole")
    divided = train(DIGITS.with_changes({"data.split_seed": 1, **STILL}), start_from="half").record
    assert divided.start is not None
    assert divided.start.how.endswith("be it only divided in another way: some may be tested now")
    both = first.cost.total.energy + second.cost.total.energy
    assert third.start.energy.value == pytest.approx(both.value)
    card = card_text(third)
    assert "warm start     whole, epoch 1  (as they are)" in card
    assert "(half, whole)" in card
    together = third.start.wall + third.cost.total.wall
    assert f"  with them    {value_text(together)}, energy " in card


def test_a_training_begins_with_the_checkpoint_of_another() -> None:
    recipe = SMALL.with_changes({"training.epochs": 3, "schedule.kind": "constant"})
    with pytest.raises(TrainingInterrupted):
        train(recipe, name="half", observer=InterruptAfter(2))
    run = train(DIGITS.with_changes(STILL), name="whole", start_from="half").record
    assert run.start is not None
    assert run.start.how == "from a checkpoint after epoch 2, folded from 16 inputs to 64, of 64 features"
    assert not run.start.finished
    straight = train(recipe.with_changes({"training.epochs": 2}), name="straight").record
    assert run.test_score == pytest.approx(straight.test_score, abs=1e-3)
    other = train(recipe.with_changes(STILL), name="other", start_from="half.partial").record
    assert other.start is not None
    assert other.start.how == "from a checkpoint after epoch 2, as they are"
    resume("half")
    with pytest.raises(TrainingInterrupted):
        train(recipe, name="later", start_from="half", observer=InterruptAfter(1))
    resumed = resume("later").record
    assert resumed.start is not None
    assert (resumed.start.run, resumed.start.epochs) == ("half", 3)


def test_runs_that_give_no_weights_are_refused(tiny_recipe: Recipe) -> None:
    RunStore("wattlab-runs").create(tiny_recipe, "empty").close()
    with pytest.raises(RunError, match="has no checkpoint: nothing was finished"):
        train(tiny_recipe, start_from="empty")
    with pytest.raises(RunError, match="there is no run 'nowhere'"):
        train(tiny_recipe, start_from="nowhere")


def test_what_an_older_run_began_with_is_missing(tiny_recipe: Recipe) -> None:
    first = train(tiny_recipe, name="first")
    older = first.record.model_copy(
        update={"start_from": "gone", "machine": {"id": "other", "line": "a Cray"}}
    )
    (first.path / "record.json").write_text(older.to_json())
    start = train(tiny_recipe, start_from="first").record.start
    assert start is not None
    assert start.runs == ("gone", "first")
    assert "does not tell what those cost" in start.wall.note
    card = card_text(RunStore("wattlab-runs").find("last").record)
    assert (
        "earlier      missing, energy missing  (gone, first; run 'first' began with the weights of 'gone'"
        in card
    )
    (first.path / "record.json").write_text(older.model_copy(update={"start_from": None}).to_json())
    start = train(tiny_recipe, start_from="first").record.start
    assert start is not None
    assert start.wall == measured(
        first.record.cost.total.wall.value or 0.0,
        "s",
        first.record.cost.total.wall.sensor,
        first.record.cost.total.wall.interval,
        "run 'first' on another machine: a Cray",
    )


def test_a_chain_is_checked_without_training() -> None:
    check_chain([("half", SMALL), ("whole", DIGITS)])
    with pytest.raises(WeightsError, match="run 'whole' learned from 64 inputs cannot be told"):
        check_chain([("whole", DIGITS), ("half", SMALL)])
