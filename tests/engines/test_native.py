"""The native trainer: batches, blocks, scores, state, and what the options change and do not change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data.batches import order
from wattlab.data.dataset import Dataset, Part
from wattlab.data.preparation import Prepared, PreparedPart, Transform, prepare
from wattlab.data.scaling import NoScaling
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.native import engine as engine_module
from wattlab.engines.native.arrays import NUMPY
from wattlab.engines.native.engine import NativeEngine
from wattlab.engines.native.loop import BatchLoop
from wattlab.errors import MissingExtraError, RecipeError, UnsupportedError, WeightsError
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.base import BatchLog
    from wattlab.engines.native.engine import NativeTrainer
    from wattlab.recipe import Recipe

    MakeRecipe = Callable[..., Recipe]
    MakeData = Callable[..., Prepared]
    MakeTrainer = Callable[[Recipe, Prepared], NativeTrainer]


def train(trainer: NativeTrainer, epochs: int = 3, rate: float = 0.1) -> BatchLog:
    """Train some epochs and return the log of the last one."""
    n_samples = len(trainer.samples.labels)
    size = trainer.recipe.training.batch_size
    n_batches = 1 if size == "all" else -(-n_samples // size)
    log = None
    for epoch in range(epochs):
        log = trainer.train(order(0, epoch, n_samples), StepValues(np.full(n_batches, rate)))
    assert log is not None
    return log


def test_a_long_batch_in_blocks_gives_the_gradient_of_the_whole(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trainer(recipe(training__batch_size="all"), data(50))
    monkeypatch.setattr(engine_module, "NUMPY", replace(NUMPY, block_rows=7))
    blocks = trainer(recipe(training__batch_size="all"), data(50))
    assert isinstance(blocks.loop, BatchLoop)
    assert isinstance(whole.loop, BatchLoop)
    assert (blocks.loop.block_rows, whole.loop.block_rows) == (7, 50)
    in_one, in_many = train(whole), train(blocks)
    np.testing.assert_allclose(blocks.parameters.flat, whole.parameters.flat, rtol=1e-12)
    np.testing.assert_allclose(in_many.cost, in_one.cost, rtol=1e-12)
    np.testing.assert_allclose(in_many.mean_abs_error, in_one.mean_abs_error, rtol=1e-12)
    assert in_many.n_correct == in_one.n_correct


def test_bytes_give_what_scaled_numbers_give(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    of_bytes = data(as_bytes=True)
    scaled = PreparedPart(of_bytes.train.features * (1 / 255), of_bytes.train.labels)
    numbers = type(of_bytes)(scaled, None, scaled, of_bytes.transform, None, 3, of_bytes.classes)
    from_bytes, from_numbers = trainer(recipe(), of_bytes), trainer(recipe(), numbers)
    train(from_bytes)
    train(from_numbers)
    np.testing.assert_allclose(from_bytes.parameters.flat, from_numbers.parameters.flat, rtol=1e-12)
    assert from_bytes.evaluate(of_bytes.test) == from_numbers.evaluate(numbers.test)


def test_a_mean_is_the_sum_over_the_batch_size(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    mean = trainer(recipe(), data())
    total = trainer(recipe(loss__reduction="sum"), data())
    mean_log, total_log = train(mean, rate=0.08), train(total, rate=0.01)
    np.testing.assert_allclose(mean.parameters.flat, total.parameters.flat, rtol=1e-12)
    np.testing.assert_allclose(mean_log.cost * 8, total_log.cost, rtol=1e-12)


def test_the_last_short_batch_is_kept_or_dropped(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    kept = trainer(recipe(), data(27))
    dropped = trainer(recipe(training__last_batch="drop"), data(27))
    assert train(kept).cost.shape == (4,)
    log = dropped.train(order(0, 0, 27), StepValues(np.full(3, 0.1)))
    assert log.cost.shape == (3,)
    assert dropped.update.steps == 3


def test_scores_are_those_counted_by_hand(recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer) -> None:
    samples = data(2500, 4)
    ours = trainer(recipe(training__batch_size=100), samples)
    train(ours, 2)
    outputs = ours.predict(samples.test.features)
    score = ours.evaluate(samples.test)
    assert score.score == (outputs.argmax(axis=1) == samples.test.labels).mean()
    expected = -np.log(outputs[np.arange(2500), samples.test.labels]).mean()
    assert score.loss == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(outputs.sum(axis=1), 1)


def test_accuracy_of_the_batches_counts_samples_as_they_pass(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    samples = data(24)
    still = trainer(recipe(), samples)
    log = still.train(order(0, 0, 24), StepValues(np.full(3, 1e-300)))
    assert log.n_correct == round(still.evaluate(samples.train).score * 24)
    uncounted = trainer(recipe(evaluation__train="none"), samples)
    assert train(uncounted).n_correct is None


def test_clipping_limits_the_step(recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer) -> None:
    clipped = trainer(recipe(training__clip_norm=0.01, training__batch_size="all"), data())
    before = clipped.parameters.flat.copy()
    train(clipped, 1, rate=0.5)
    assert np.linalg.norm(clipped.parameters.flat - before) == pytest.approx(0.005, rel=1e-9)
    loose = trainer(recipe(training__clip_norm=1e6, training__batch_size="all"), data())
    free = trainer(recipe(training__batch_size="all"), data())
    train(loose)
    train(free)
    np.testing.assert_array_equal(loose.parameters.flat, free.parameters.flat)


def test_biases_are_not_regularised(recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer) -> None:
    ours = trainer(recipe(regularisation__l2=0.5, network__initial_biases="as-weights"), data())
    weights = np.concatenate([one.ravel() for one in ours.parameters.weights])
    assert ours.evaluate(ours.data.test).regularisation == pytest.approx(
        0.25 * float(weights @ weights), rel=1e-12
    )
    assert np.abs(np.concatenate(ours.parameters.biases)).max() > 0


def test_sample_weights_are_as_good_as_repetitions(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    few = data(12)
    counts = np.random.default_rng(1).integers(1, 4, 12)
    rows, weights = np.repeat(np.arange(12), counts), counts / counts.mean()
    heavy = PreparedPart(few.train.features, few.train.labels, weights)
    often = PreparedPart(few.train.features[rows], few.train.labels[rows])
    chosen = recipe(training__batch_size="all", optimizer__kind="adam")
    one, other = (trainer(chosen, replace(few, train=part, test=part)) for part in (heavy, often))
    np.testing.assert_allclose(train(one).cost, train(other).cost, rtol=1e-12)
    np.testing.assert_allclose(one.parameters.flat, other.parameters.flat, rtol=1e-9, atol=1e-12)
    ours, theirs = one.evaluate(heavy), other.evaluate(often)
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-12)
    outputs = one.predict(few.train.features)
    assert ours.score == (outputs.argmax(axis=1) == few.train.labels).mean()


@pytest.mark.parametrize("kind", ["sgd", "momentum", "momentum-one-step", "adam", "rmsprop", "adagrad"])
def test_a_restored_state_goes_on_bit_for_bit(
    kind: str, recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    chosen = recipe(optimizer__kind=kind, engine__precision="float32")
    straight, stopped = trainer(chosen, data()), trainer(chosen, data())
    train(straight, 2)
    state = straight.state()
    train(straight, 2)
    stopped.restore(state)
    train(stopped, 2)
    np.testing.assert_array_equal(stopped.parameters.flat, straight.parameters.flat)


def test_a_state_of_another_optimizer_is_refused(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    state = trainer(recipe(optimizer__kind="adam"), data()).state()
    with pytest.raises(WeightsError, match="another network, optimizer"):
        trainer(recipe(), data()).restore(state)


def test_weights_go_out_and_in(recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer) -> None:
    taught, fresh = trainer(recipe(), data()), trainer(recipe(seed=5), data())
    train(taught)
    weights = taught.weights()
    fresh.load(weights)
    features = data().test.features
    np.testing.assert_array_equal(fresh.predict(features), taught.predict(features))
    weights["layers.0.weights"][:] = 0
    assert np.abs(taught.parameters.weights[0]).max() > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda weights: {**weights, "layers.0.weights": np.zeros((9, 5))},
            r"shape \(9, 5\).*needs \(4, 5\)",
        ),
        (lambda weights: {**weights, "layers.7.biases": np.zeros(3)}, "layers.7.biases, which this network"),
        (lambda weights: {name: weights[name] for name in list(weights)[:-1]}, "no 'layers.1.biases'"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    change: Callable[[Any], Any], message: str, recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    ours = trainer(recipe(), data())
    before = ours.parameters.flat.copy()
    with pytest.raises(WeightsError, match=message):
        ours.load(change(ours.weights()))
    np.testing.assert_array_equal(ours.parameters.flat, before)


def test_layer_times_are_recorded_when_asked_for(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    timed = train(trainer(recipe(engine__layer_times=True), data()))
    assert timed.forward_s.shape == timed.backward_s.shape == (2,)
    assert (timed.forward_s > 0).all()
    assert (timed.backward_s > 0).all()
    assert train(trainer(recipe(), data())).forward_s.size == 0


def test_a_loss_that_is_not_finite_ends_the_epoch(
    recipe: MakeRecipe, data: MakeData, trainer: MakeTrainer
) -> None:
    ours = trainer(recipe(), data())
    ours.parameters.flat[0] = np.nan
    log = train(ours, 1)
    assert np.isnan(log.cost).all()
    assert ours.update.steps == 0


def plane(n_samples: int = 1500) -> Prepared:
    """Return samples of y = x₁ + 2 x₂ − x₃ + ½."""
    features = np.random.default_rng(0).normal(size=(n_samples, 3))
    part = PreparedPart(features, features @ [[1.0], [2.0], [-1.0]] + 0.5)
    return Prepared(part, None, part, Transform(NoScaling(), None, NoScaling(), 3), None, 1, None)


@pytest.mark.parametrize("compiled", [False, True])
def test_regression_reports_r_squared(compiled: bool, recipe: MakeRecipe) -> None:
    if compiled:
        pytest.importorskip("numba", reason="needs the extra 'compiled'")
    samples = plane()
    chosen = recipe(
        network__layers=[{"activation": "identity"}], loss={"kind": "mse"}, engine__compiled=compiled
    )
    ours = NativeEngine().start(chosen, samples, initial_weights(chosen.network, Inputs(3), 1, 0))
    poor = ours.evaluate(samples.test).score
    train(ours, 20)
    part = samples.test
    squares = ((ours.predict(part.features) - part.labels) ** 2).sum()
    expected = 1 - squares / ((part.labels - part.labels.mean()) ** 2).sum()
    assert ours.evaluate(part).score == pytest.approx(expected, rel=1e-12)
    assert poor < 0.9
    assert ours.evaluate(part).score > 0.999


def test_a_loss_for_classes_is_refused_where_there_are_none(recipe: MakeRecipe) -> None:
    chosen = recipe(network__layers=[{"activation": "sigmoid"}], loss={"kind": "log-loss"})
    weights = initial_weights(chosen.network, Inputs(3), 1, 0)
    with pytest.raises(RecipeError, match=r"loss\.kind is 'log-loss', which needs classes"):
        NativeEngine().start(chosen, plane(10), weights)


@pytest.mark.parametrize(
    ("before", "after"), [("none", "standard"), ("bytes", "none"), ("none", "bytes"), ("none", "min-max")]
)
def test_dropping_constant_features_leaves_predictions_identical(
    before: str, after: str, recipe: MakeRecipe
) -> None:
    rng = np.random.default_rng(0)
    features = rng.integers(0, 256, (90, 9), np.uint8)
    features[:, [0, 4, 8]] = 0  # like the unused rim of a digit's picture
    part = Part(features, rng.integers(0, 3, 90))
    dataset = Dataset("rim", part, part, None, tuple("abcdefghi"), ("0", "1", "2"), "test")
    outputs = []
    for kind in ("none", "drop-constant"):
        preparation = {"before": before, "reduction": {"kind": kind}, "after": after}
        chosen = recipe(preparation=preparation, regularisation__l2=0.02, training__batch_size=9)
        prepared = prepare(dataset, chosen.preparation, np.float64)
        inputs = Inputs(dataset.n_features, prepared.transform.kept)
        weights = initial_weights(chosen.network, inputs, 3, chosen.seed)
        ours = NativeEngine().start(chosen, prepared, weights)
        train(ours, 5)
        outputs.append((ours.parameters.sizes[0], ours.predict(prepared.test.features)))
    (n_all, whole), (n_kept, reduced) = outputs
    assert (n_all, n_kept) == (9, 6)
    np.testing.assert_allclose(reduced, whole, rtol=1e-12)
    assert whole.std() > 0.01


def test_options_that_do_not_go_together_are_refused(recipe: MakeRecipe) -> None:
    with pytest.raises(UnsupportedError, match=r"engine\.compiled does not go with"):
        NativeEngine().check(recipe(engine__compiled=True, engine__layer_times=True))


def test_a_missing_numba_names_the_command(recipe: MakeRecipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wattlab\[compiled\]'"):
        NativeEngine().check(recipe(engine__compiled=True))
