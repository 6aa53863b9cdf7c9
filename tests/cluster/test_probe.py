from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from wattlab.cluster import probe
from wattlab.cluster.probe import Batch, Probe, first_steps, main
from wattlab.data import load
from wattlab.data.batches import order
from wattlab.data.preparation import prepare
from wattlab.engines.base import BatchLog, Trainer
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.errors import RunError
from wattlab.recipe.schedule import Steps, StepValues

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe

EXACT = {"engine.precision": "float64", "optimizer.learning_rate": 0.05}
CYCLE = {"schedule": {"kind": "one-cycle", "momentum": [0.8, 0.9]}, "training.last_batch": "drop"}


def test_they_are_the_first_steps_of_the_whole_training(tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.with_changes({**EXACT, **CYCLE})
    data = prepare(load(recipe.data), recipe.preparation, np.float64)
    start = initial_weights(recipe.network, Inputs(data.train.features.shape[1]), data.n_outputs, recipe.seed)
    trainer = get_engine("native").start(recipe, data, start)
    steps = Steps.of_epoch(0, 6, recipe.training.epochs)
    values = recipe.schedule.values(recipe.optimizer.learning_rate, steps)
    whole = trainer.train(order(recipe.seed, 0, 96), values)
    found = first_steps(recipe, 6)
    np.testing.assert_allclose(found.costs, whole.cost, rtol=1e-12)
    for name, array in trainer.weights().items():
        np.testing.assert_array_equal(found.weights_at_once[name], array)
        np.testing.assert_allclose(found.weights[name], array, rtol=1e-11, atol=1e-13)


def test_short_batches_are_left_out_and_epochs_end(tiny_recipe: Recipe) -> None:
    # 96 samples: in batches of 40, two whole ones in each of two epochs.
    recipe = tiny_recipe.with_changes({"training.batch_size": 40, "training.epochs": 2})
    assert len(first_steps(recipe, 5).costs) == 4
    everything = tiny_recipe.with_changes({"training.batch_size": "all"})
    assert len(first_steps(everything, 3).costs) == 3


class Reluctant:
    """Leaves steps out until its loss scale fits; the cost of a step and its only weight are the number of calls."""

    def __init__(self, skips: int) -> None:
        self.skips = skips
        self.calls = 0
        self.lengths: list[int] = []

    def train(self, order: object, values: StepValues, *, epoch: int) -> BatchLog:
        assert epoch >= 0
        self.calls += 1
        self.lengths.append(len(values.learning_rate))
        costs = np.full(self.lengths[-1], float(self.calls))
        return BatchLog(costs, costs, costs, None, n_skipped=int(self.calls <= self.skips))

    def state(self) -> dict[str, object]:
        return {}

    def restore(self, state: object) -> None:
        self.calls = 0

    def synchronize(self) -> None:
        pass

    def weights(self) -> dict[str, int]:
        return {"calls": self.calls}


def batches(*epochs: int) -> list[Batch]:
    return [Batch(epoch, np.arange(2), StepValues(np.ones(1))) for epoch in epochs]


def test_a_step_that_was_left_out_is_tried_again() -> None:
    trainer = Reluctant(skips=3)
    cost = probe._step(cast("Trainer", trainer), *batches(0))
    assert (cost, trainer.calls) == (4.0, 4)


def test_what_is_taken_at_once_is_an_epoch_a_call() -> None:
    trainer = Reluctant(skips=0)
    assert probe._at_once(cast("Trainer", trainer), batches(0, 0, 0, 1, 1)) == {"calls": 2}
    assert trainer.lengths == [3, 2]


def test_steps_before_the_loss_scale_fits_are_taken_alone() -> None:
    trainer = Reluctant(skips=3)
    assert probe._at_once(cast("Trainer", trainer), batches(0, 0, 0, 0)) == {"calls": 5}
    assert trainer.lengths == [4, *[1] * 4, 3]


def test_a_scale_that_never_fits_comes_to_an_end() -> None:
    trainer = Reluctant(skips=10**6)
    probe._step(cast("Trainer", trainer), *batches(0))
    assert trainer.calls < 100
    before = trainer.calls
    probe._at_once(cast("Trainer", trainer), batches(0, 0))
    assert trainer.calls < before + 100


def test_the_file_holds_it_all(tiny_toml: str, tiny_recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(tiny_toml)
    assert main([str(tmp_path / "tiny.toml"), "2", str(tmp_path / "out.npz")]) == 0
    found, expected = Probe.load(tmp_path / "out.npz"), first_steps(tiny_recipe, 2)
    np.testing.assert_array_equal(found.costs, expected.costs)
    ways = ((found.weights, expected.weights), (found.weights_at_once, expected.weights_at_once))
    for ours, theirs in ways:
        assert ours.keys() == theirs.keys()
        for name, array in theirs.items():
            np.testing.assert_array_equal(ours[name], array)


def test_what_the_user_can_mend_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-recipe", "2", str(tmp_path / "out.npz")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "no-such-recipe" in said
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 broken"])
def test_a_damaged_file_is_an_error(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "out.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=r"out\.npz.* cannot be read"):
        Probe.load(path)
