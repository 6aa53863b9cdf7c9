"""Schedules count the updates that were applied: steps that float16 left out do not advance them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab
from wattlab.engines.native.engine import NativeTrainer
from wattlab.recipe.schedule import Steps
from wattlab.training import TrainingInterrupted, train

if TYPE_CHECKING:
    from wattlab.recipe import Recipe

BATCHES, EPOCHS = 6, 4
LEFT_OUT = (2, 0, 5, 1)
"""Steps left out in each epoch."""


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the learning rates of each epoch, of trainings that leave some steps out."""
    found: list[Any] = []
    original = NativeTrainer.train

    def train_epoch(self: NativeTrainer, rows: Any, values: Any, tick: Any, clock: Any, epoch: int) -> Any:
        found.append(values.learning_rate)
        return replace(original(self, rows, values, tick, clock, epoch), n_skipped=LEFT_OUT[epoch])

    monkeypatch.setattr(NativeTrainer, "train", train_epoch)
    return found


@pytest.fixture
def cycled(tiny_recipe: Recipe) -> Recipe:
    return tiny_recipe.with_changes({"schedule.kind": "one-cycle"})


def expected(recipe: Recipe) -> list[Any]:
    applied = [0, *np.cumsum(BATCHES - np.array(LEFT_OUT))]
    steps = [Steps(int(first), BATCHES, BATCHES, EPOCHS * BATCHES) for first in applied[:-1]]
    return [recipe.schedule.values(recipe.optimizer.learning_rate, one).learning_rate for one in steps]


def test_an_epoch_begins_at_the_updates_applied(cycled: Recipe, rates: list[Any]) -> None:
    record = train(cycled).record
    np.testing.assert_array_equal(rates, expected(cycled))
    assert (record.skipped_steps, record.steps) == (sum(LEFT_OUT), EPOCHS * BATCHES)


def test_a_resumed_training_remembers_what_was_left_out(
    cycled: Recipe, rates: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = NativeTrainer.evaluate

    def interrupt(self: NativeTrainer, part: Any) -> Any:
        if len(rates) == 3:
            raise KeyboardInterrupt
        return original(self, part)

    with monkeypatch.context() as patched:
        patched.setattr(NativeTrainer, "evaluate", interrupt)
        with pytest.raises(TrainingInterrupted) as interrupted:
            train(cycled)
    del rates[2:]
    wattlab.resume(interrupted.value.run_id)
    np.testing.assert_array_equal(rates, expected(cycled))
