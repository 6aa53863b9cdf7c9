"""What the contract of networks leaves to Keras, on the backend of WATTLAB_TEST_ENGINE; `test_keras_contract` runs it.

Few trainers: each is compiled anew.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data.augmentation import augmented, draw
from wattlab.data.preparation import Prepared, PreparedPart, Transform
from wattlab.data.scaling import NoScaling
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.keras.backend import load_keras
from wattlab.engines.keras.engine import KerasEngine
from wattlab.engines.phases import PhaseClock
from wattlab.errors import RecipeError, UnsupportedError
from wattlab.recipe import Recipe
from wattlab.recipe.augmentation import Augmentation
from wattlab.recipe.engine import KerasChoice
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from pathlib import Path

NAME, _, BACKEND = os.environ.get("WATTLAB_TEST_ENGINE", "").partition(":")
pytestmark = pytest.mark.skipif(NAME != "keras", reason="needs a process with one backend of Keras")

SHAPE = (7, 5, 2)
WIDTH, ROWS = 70, 20
VALUES = StepValues(np.full(3, 0.05))
ORDER = np.random.default_rng(3).permutation(ROWS)
RECIPE = """
name = "probe"
data = { dataset = "moons" }
loss = { kind = "cross-entropy" }
optimizer = { kind = "momentum", learning_rate = 0.05 }
training = { batch_size = 8 }
regularisation = { l2 = 0.1 }
engine = { precision = "float64" }
[network]
layers = [
    { kind = "conv2d", filters = 2, kernel = 1, regularised = false },
    { kind = "batch-norm", momentum = 0.8 },
    { kind = "conv2d", filters = 4, kernel = 3, padding = "same", activation = "relu" },
    { kind = "dropout", rate = 0.3 },
    { kind = "flatten" },
    { activation = "softmax" },
]
"""


def recipe(**changes: Any) -> Recipe:
    fields = {name.replace("__", "."): value for name, value in changes.items()}
    return Recipe.from_toml(RECIPE).with_changes(
        {"engine.name": "keras", "engine.backend": BACKEND, **fields}
    )


def pictures(shape: tuple[int, int, int] = SHAPE, *, reconstructs: bool = False) -> Prepared:
    """Return pictures as bytes, of three classes or to be reconstructed."""
    rng, width = np.random.default_rng(2), int(np.prod(shape))

    def part(count: int) -> PreparedPart:
        return PreparedPart(rng.integers(0, 256, (count, width), np.uint8), rng.integers(0, 3, count))

    return Prepared(
        part(ROWS), None, part(11), Transform(NoScaling(), None, NoScaling(), width), 1 / 255,
        width if reconstructs else 3, None if reconstructs else ("a", "b", "c"), shape, reconstructs,
    )  # fmt: skip


def begin(one: Recipe, data: Prepared | None = None) -> Any:
    data = data or pictures()
    return KerasEngine().start(one, data, initial_weights(one.network, Inputs.of(data), data.n_outputs, 7))


# ---- noise, statistics, state


def test_an_epoch_is_the_same_whatever_came_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warm-up, the parts of a step timed, other epochs undone: none leaves a trace in dropout or in statistics."""
    trainer = begin(recipe())
    monkeypatch.setattr("wattlab.engines.keras.phases._SAMPLES", 2)
    trainer.train(ORDER, VALUES, epoch=0)
    saved = trainer.state()
    expected, after = trainer.train(ORDER, VALUES, epoch=1).cost, trainer.state()
    trainer.restore(saved)
    assert (trainer.train(ORDER, VALUES, epoch=2).cost != expected).all()
    trainer.restore(saved)
    trainer.warm_up()
    trainer.phase_times(PhaseClock(), 60.0)
    for name, array in trainer.state().items():
        np.testing.assert_array_equal(array, saved[name], err_msg=name)
    np.testing.assert_array_equal(trainer.train(ORDER, VALUES, epoch=1).cost, expected)
    for name, array in trainer.state().items():
        np.testing.assert_array_equal(array, after[name], err_msg=name)


def test_kernels_are_regularised_where_they_are_to_be() -> None:
    trainer = begin(recipe())
    weights = trainer.weights()
    counted = [weights[f"layers.{index}.weights"] for index in (2, 5)]
    term = 0.05 * sum(float((array**2).sum()) for array in counted)
    assert trainer.evaluate(pictures().test).regularisation == pytest.approx(term, rel=1e-12)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_in_half_formats_statistics_and_outputs_stay_whole(precision: str) -> None:
    """The first kernel has one pixel, so that mean and variance of its outputs are known."""
    low = recipe(engine__precision=precision, engine__emulated=True, training__batch_size="all")
    data, trainer = pictures(), begin(low)
    start = trainer.weights()
    trainer.train(np.arange(ROWS), StepValues(np.array([0.05])))
    x = data.train.features.reshape(-1, 2) / 255
    given = x @ start["layers.0.weights"][0, 0] + start["layers.0.biases"]
    found = trainer.weights()
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}
    np.testing.assert_allclose(found["layers.1.mean"], 0.2 * given.mean(0), rtol=4e-3)
    np.testing.assert_allclose(found["layers.1.variance"], 0.8 + 0.2 * given.var(0), rtol=1e-3)
    assert trainer.predict(data.test.features).dtype == np.float32


# ---- autoencoders


def decoder(noise: float) -> list[dict[str, Any]]:
    return [
        {"kind": "flatten"},
        {"units": 6},
        {"kind": "sampling", "kl_weight": 0.5, "noise": noise},
        {"units": 24, "activation": "tanh"},
        {"kind": "reshape", "shape": [4, 3, 2]},
        {"kind": "conv2d-transpose", "filters": 2, "kernel": 1, "stride": 2, "activation": "sigmoid"},
    ]


def test_a_variational_autoencoder_of_bytes_by_its_definition() -> None:
    data = pictures((8, 6, 2), reconstructs=True)
    fields: dict[str, Any] = {
        "loss.kind": "log-loss", "training.batch_size": "all", "regularisation.l2": 0.0
    }  # fmt: skip
    still, noisy = (begin(recipe(network__layers=decoder(noise), **fields), data) for noise in (0.0, 1.0))
    weights, y = still.weights(), data.train.features / 255
    mean, log_variance = np.split(y @ weights["layers.1.weights"] + weights["layers.1.biases"], 2, axis=1)
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(1)
    a = still.predict(data.train.features)
    losses = -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(1) + 0.5 * divergence
    score = still.evaluate(data.train)
    assert score.loss == pytest.approx(losses.mean(), rel=1e-9)
    assert score.score == pytest.approx(1 - ((y - a) ** 2).sum() / ((y - y.mean(0)) ** 2).sum(), rel=1e-9)
    assert noisy.evaluate(data.train) == score
    logs = [one.train(np.arange(ROWS), StepValues(np.array([0.05]))) for one in (still, noisy)]
    assert logs[0].cost[0] == pytest.approx(losses.mean(), rel=1e-9)
    assert logs[0].mean_abs_error[0] == pytest.approx(np.abs(a - y).mean(), rel=1e-9)
    assert abs(logs[1].cost[0] - logs[0].cost[0]) > 1e-6


def test_a_score_is_the_same_in_blocks_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    from wattlab.engines.keras import scoring

    data = pictures((8, 6, 2), reconstructs=True)
    trainer = begin(recipe(network__layers=decoder(1.0), loss__kind="log-loss"), data)
    expected = trainer.evaluate(data.test)
    monkeypatch.setattr(scoring, "BLOCK_B", 8 * 192 * 3)
    trainer.scorer = scoring.Scorer(trainer.network, "mean")
    assert trainer.scorer.rows == 3
    found = trainer.evaluate(data.test)
    assert found.score == pytest.approx(expected.score, rel=1e-12)
    assert found.loss == pytest.approx(expected.loss, rel=1e-12)


# ---- how samples get there


def feeds(arrays: list[Any], changes: Any) -> list[Any]:
    """Return the feed of data that fit into memory, and that of data that do not."""
    from wattlab.engines.keras.feeding import ResidentFeed, TensorFlowFeed
    from wattlab.engines.keras.streaming import StreamedFeed

    own = (
        TensorFlowFeed(arrays, 8, None, changes) if BACKEND == "tensorflow" else ResidentFeed(arrays, changes)
    )
    return [own, StreamedFeed(arrays, changes)]


@pytest.mark.parametrize("kind", ["uint8", "float32", "float64"])
@pytest.mark.parametrize(
    "spec",
    [
        Augmentation(flip=True),
        Augmentation(shift=2),
        Augmentation(cutout=3),
        Augmentation(flip=True, shift=3, cutout=4),
    ],
    ids=str,
)
def test_augmented_images_are_those_of_the_reference(spec: Augmentation, kind: str) -> None:
    choice = recipe().engine
    assert isinstance(choice, KerasChoice)
    load_keras(choice.backend)
    from wattlab.engines.keras.arithmetic import to_numpy
    from wattlab.engines.keras.augmenting import Changes
    from wattlab.engines.keras.devices import Place

    features = np.random.default_rng(5).integers(0, 256, (ROWS, WIDTH)).astype(kind)
    changes, bounds = Changes(spec, SHAPE, 4), [(0, 8), (8, 16), (16, 20)]
    drawn = draw(spec, SHAPE, 4, 2, ROWS)
    expected = augmented(spec, features.reshape(-1, *SHAPE), drawn).reshape(ROWS, -1)
    assert (expected != features).any()
    with Place(choice)():
        for feed in feeds([features, np.arange(ROWS)], changes):
            batches = [
                [to_numpy(each) for each in one] for one in feed.each(ORDER, bounds, changes.draws(2, ROWS))
            ]
            assert {batch[0].dtype.name for batch in batches} == {kind}
            np.testing.assert_array_equal(np.concatenate([batch[0] for batch in batches]), expected[ORDER])
            np.testing.assert_array_equal(np.concatenate([batch[1] for batch in batches]), ORDER)


def test_data_that_memory_cannot_hold_are_streamed_from_their_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from wattlab.engines.keras import streaming

    data, dense = pictures(), [{"units": 4}, {"activation": "softmax"}]
    one = recipe(network__layers=dense, augmentation={"flip": True, "shift": 1})
    np.save(tmp_path / "features.npy", data.train.features)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    on_disk = Prepared(
        PreparedPart(mapped, data.train.labels), None, data.test, data.transform, data.byte_scale,
        data.n_outputs, data.classes, SHAPE,
    )  # fmt: skip
    resident = begin(one, data)
    monkeypatch.setattr(streaming, "free_memory_B", lambda: 2 * mapped.nbytes)
    streamed = begin(one, on_disk)
    assert resident.facts()["feed"] != streamed.facts()["feed"] == "streamed"
    streamed.warm_up()
    for epoch in range(2):
        costs = [trainer.train(ORDER, VALUES, epoch=epoch).cost for trainer in (resident, streamed)]
        np.testing.assert_array_equal(costs[0], costs[1])


def test_only_a_few_batches_are_gathered_ahead() -> None:
    from wattlab.engines.keras.streaming import StreamedFeed

    seen = []

    class Counting(StreamedFeed):
        def gathered(self, rows: Any, draws: Any) -> Any:
            seen.append(int(rows[0]))
            return super().gathered(rows, draws)

    feed = Counting([np.arange(100)[:, None], np.arange(100)], None)
    batches = feed.batches(np.arange(100), [(start, start + 2) for start in range(0, 100, 2)])
    assert [batches[index][1].tolist() for index in range(3)] == [[0, 1], [2, 3], [4, 5]]
    feed.pool.shutdown()
    assert sorted(seen) == list(range(0, 14, 2))


# ---- what is refused


def test_a_layer_that_torch_cannot_compute_is_refused() -> None:
    layers = [{"kind": "conv2d", "filters": 1, "kernel": 3}, {"kind": "flatten"}, {"activation": "softmax"}]
    one = recipe(network__layers=layers)
    if BACKEND != "torch":
        KerasEngine().check(one)
        return
    with pytest.raises(UnsupportedError, match=r"network.layers\[0\] \(conv2d\) has one filter"):
        KerasEngine().check(one)
    trainer = begin(one.with_changes({"engine.precision": "float32"}))
    assert np.isfinite(trainer.train(ORDER, VALUES).cost).all()


def test_augmentation_needs_images_that_are_large_enough() -> None:
    with pytest.raises(RecipeError, match=r"augmentation.cutout is 5 pixels, but the images are 7 × 5"):
        begin(recipe(augmentation__cutout=5))
