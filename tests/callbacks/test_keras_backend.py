"""Keras' callback in real trainings, on the backend that this process has; `test_keras` runs this for each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.made_up_meter import World

BACKEND = os.environ.get("WATTLAB_TEST_CALLBACK", "")
if not BACKEND:
    pytest.skip("needs a process with one backend of Keras", allow_module_level=True)

import keras  # noqa: E402 (it takes seconds, and sets the backend of the process)

import wattlab.keras  # noqa: E402

if TYPE_CHECKING:
    from wattlab.meter import Meter

# Keras 3.15 turns torch's tensors and its own variables into arrays the way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)

X, Y = np.ones((12, 3), np.float32), np.ones((12, 1), np.float32)


class Work(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """A training batch takes 2 s, a batch of an evaluation 1 s, and an epoch's begin 5 s that no part of it is."""

    def __init__(self, world: World, stop_at: int = -1) -> None:
        super().__init__()
        self.world, self.stop_at = world, stop_at

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.world.work(5.0)
        if epoch == self.stop_at:
            raise KeyboardInterrupt

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.world.work(2.0)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.world.work(1.0)


def model() -> Any:
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


def fit(world: World, callback: Any, one: Any = None, **options: Any) -> dict[str, list[float]]:
    options = {"epochs": 2, "batch_size": 4, "verbose": 0, "validation_data": (X[:8], Y[:8]), **options}
    history = (one or model()).fit(X, Y, callbacks=[Work(world), callback], **options)
    found: dict[str, list[float]] = history.history
    return found


def test_it_is_the_backend() -> None:
    assert keras.backend.backend() == BACKEND


def test_the_history_holds_the_energy_of_each_epoch(
    world: World, meter: Meter, capfd: pytest.CaptureFixture[str]
) -> None:
    callback = wattlab.keras.CostCallback(meter=meter)
    history = fit(world, callback)
    assert history["energy_J"] == [360.0, 360.0]
    assert history["val_energy_J"] == [120.0, 120.0]
    assert history["energy_low_J"] == pytest.approx([359.94, 359.94])
    assert history["energy_high_J"] == pytest.approx([360.06, 360.06])
    assert len(history["loss"]) == len(history["val_loss"]) == 2
    assert [cost.wall.value for cost in callback.epochs] == [6.0, 6.0]
    assert (callback.training.wall.value, callback.evaluation.wall.value) == (12.0, 4.0)
    assert callback.cost.wall.value == 26.0
    assert capfd.readouterr().err.startswith("wattlab: training: 26.0 s, 1.56 kJ")


def test_without_validation_there_is_no_energy_of_one(world: World, meter: Meter) -> None:
    callback = wattlab.keras.CostCallback(0, meter=meter)
    history = fit(world, callback, validation_data=None)
    assert "val_energy_J" not in history
    assert callback.evaluation.energy.is_missing


def test_evaluate_alone_is_measured(world: World, meter: Meter, capfd: pytest.CaptureFixture[str]) -> None:
    callback = wattlab.keras.CostCallback(meter=meter)
    model().evaluate(X, Y, batch_size=4, verbose=0, callbacks=[Work(world), callback])
    assert callback.evaluation.energy.value == 180.0
    assert capfd.readouterr().err.startswith("wattlab: evaluation: 3.00 s, 180 J")


def test_the_progress_bar_shows_it(world: World, meter: Meter, capfd: pytest.CaptureFixture[str]) -> None:
    fit(world, wattlab.keras.CostCallback(0, meter=meter), verbose=2)
    assert "energy_J: 360.0000" in capfd.readouterr().out


def test_an_interrupted_training_leaves_what_ended_and_another_one_begins_anew(
    world: World, meter: Meter
) -> None:
    callback = wattlab.keras.CostCallback(0, meter=meter)
    one = model()
    with pytest.raises(KeyboardInterrupt):
        one.fit(X, Y, epochs=3, batch_size=4, verbose=0, callbacks=[callback, Work(world, stop_at=1)])
    assert len(callback.epochs) == 1
    assert callback.cost.wall.value == callback.epochs[0].wall.value
    assert fit(world, callback, one, epochs=1)["energy_J"] == [360.0]
    assert not meter._windows._open


def test_the_usual_meter_and_the_usual_waits(capfd: pytest.CaptureFixture[str]) -> None:
    callback = wattlab.keras.CostCallback()
    history = fit(World(), callback)
    low, high = history["energy_low_J"], history["energy_high_J"]
    assert all(0 <= least < most for least, most in zip(low, high, strict=True))
    assert callback.cost.energy.provenance in {"measured", "modelled"}
    assert "wattlab:   2 epochs: " in capfd.readouterr().err


def test_the_weights_are_the_same_as_without(world: World, meter: Meter) -> None:
    weights = []
    for callbacks in ([], [wattlab.keras.CostCallback(0, meter=meter)]):
        keras.utils.set_random_seed(1)
        one = model()
        one.fit(X, Y, epochs=2, batch_size=4, verbose=0, callbacks=callbacks)
        weights.append(one.get_weights()[0])
    np.testing.assert_array_equal(*weights)


@pytest.mark.skipif(BACKEND != "jax", reason="here to spare a process; one backend is enough")
@pytest.mark.parametrize(("units", "last"), [(1, "sigmoid"), (3, None)])
def test_a_boundary_has_the_probabilities_of_keras(units: int, last: str | None) -> None:
    from wattlab.insight.boundary import as_classifier, boundary

    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, last)])
    found = boundary(network, np.random.default_rng(0).normal(size=(50, 2)), mesh=8)
    said = network.predict(np.stack(np.meshgrid(found.x, found.y), axis=-1).reshape(-1, 2), verbose=0)
    wanted = said if last else np.asarray(keras.ops.softmax(said))
    assert np.allclose(found.scores.reshape(units, -1).T, wanted, atol=1e-6)
    assert as_classifier(network).n_features == 2
