from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.cluster.step_report import StepsAsked
from wattlab.cluster.stepping import RESTARTED, Blocks, Stepper, time_blocks, warm_up
from wattlab.data.batches import order
from wattlab.engines.base import BatchLog
from wattlab.errors import DataError, UnsupportedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.recipe import Recipe
    from wattlab.recipe.schedule import StepValues


class Machine:
    """A trainer whose steps take a known time on a clock of its own."""

    def __init__(self, step_s: float, bad: tuple[int, ...] = ()) -> None:
        self.step_s, self.bad = step_s, bad
        self.now_s, self.n_steps, self.restored = 0.0, 0, 0
        self.rows: list[NDArray[np.int64]] = []
        self.epochs: list[int] = []
        self.rates: list[float] = []

    def clock(self) -> float:
        return self.now_s

    def train(self, rows: NDArray[np.int64], values: StepValues, epoch: int = 0) -> BatchLog:
        count = len(values.learning_rate)
        numbers = range(self.n_steps, self.n_steps + count)
        # As an engine does, it ends after the step whose loss is no number.
        count = next((place + 1 for place, one in enumerate(numbers) if one in self.bad), count)
        cost = np.where(np.isin(numbers[:count], self.bad), np.nan, 1.0)
        self.n_steps += count
        self.now_s += count * self.step_s
        self.rows.append(rows)
        self.epochs.append(epoch)
        self.rates += values.learning_rate.tolist()
        return BatchLog(cost, cost, cost, None, n_skipped=count)

    def synchronize(self) -> None: ...

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: object) -> None:
        self.restored += 1


def stepper_of(machine: Machine, recipe: Recipe, n_samples: int = 96) -> Stepper:
    return Stepper(machine, recipe, n_samples)  # type: ignore[arg-type]


def steps_of(blocks: Blocks | None) -> list[int]:
    assert blocks is not None
    return blocks.steps


def test_steps_go_on_epoch_after_epoch_in_the_order_of_a_training(tiny_recipe: Recipe) -> None:
    machine = Machine(0.001)
    stepper = stepper_of(machine, tiny_recipe.with_changes({"training.batch_size": 40}))
    stepper.take(stepper.calls(5))
    # Two whole batches in each epoch of 96 samples.
    assert machine.epochs == [0, 1, 2]
    np.testing.assert_array_equal(machine.rows[1], order(tiny_recipe.seed, 1, 96)[:80])
    assert [len(rows) for rows in machine.rows] == [80, 80, 40]


def test_the_schedule_begins_anew_where_the_recipe_has_no_more_epochs(tiny_recipe: Recipe) -> None:
    machine = Machine(0.001)
    changes = {"schedule": {"kind": "step", "every": 1, "factor": 0.5}, "training.epochs": 2}
    stepper = stepper_of(machine, tiny_recipe.with_changes({**changes, "training.batch_size": 96}))
    stepper.take(stepper.calls(3))
    assert machine.rates == [0.05, 0.025, 0.05]


def test_short_steps_are_timed_in_blocks_of_a_twentieth_of_a_second(tiny_recipe: Recipe) -> None:
    machine = Machine(1 / 1024)
    stepper = stepper_of(machine, tiny_recipe)
    asked = StepsAsked(warm_up=10, steps=40, at_least_s=0.0, limit_s=10.0)
    taken, length = warm_up(stepper, asked, machine.clock)
    assert (taken, length) == (10 + 52, 52)
    blocks = time_blocks(stepper, length, asked, machine.clock)
    assert blocks is not None
    assert blocks.steps == [52] * 10
    assert blocks.seconds == [52 / 1024] * 10
    assert blocks.skipped == 520


def test_long_steps_are_timed_one_by_one_until_the_time_is_over(tiny_recipe: Recipe) -> None:
    machine = Machine(2.0)
    stepper = stepper_of(machine, tiny_recipe)
    asked = StepsAsked(warm_up=10, steps=40, limit_s=10.0)
    taken, length = warm_up(stepper, asked, machine.clock)
    assert (taken, length) == (3, 1)  # half of the limit is over after the third
    assert steps_of(time_blocks(stepper, length, asked, machine.clock)) == [1] * 5
    slow = asked.model_copy(update={"limit_s": 1.0})
    assert steps_of(time_blocks(stepper, length, slow, machine.clock)) == [1] * 3


def test_sensors_are_slow_so_short_trainings_go_on(tiny_recipe: Recipe) -> None:
    machine = Machine(0.01)
    stepper = stepper_of(machine, tiny_recipe)
    asked = StepsAsked(steps=5, at_least_s=2.0, limit_s=10.0)
    blocks = time_blocks(stepper, 5, asked, machine.clock)
    assert blocks is not None
    assert sum(blocks.seconds) == pytest.approx(2.0)


def test_a_loss_that_is_no_number_costs_its_block_and_the_learning_rate(tiny_recipe: Recipe) -> None:
    machine = Machine(0.02, bad=(4,))
    stepper = stepper_of(machine, tiny_recipe)
    asked = StepsAsked(steps=30, at_least_s=0.0, limit_s=10.0)
    assert time_blocks(stepper, 3, asked, machine.clock) is None
    assert machine.restored == 1
    blocks = time_blocks(stepper, 3, asked, machine.clock)
    assert blocks is not None
    assert (blocks.steps, machine.restored) == ([3] * 10, 1)
    assert (machine.rates[5], machine.rates[6]) == (0.05, 0.0)
    assert stepper.notes == (RESTARTED,)


def test_a_warm_up_that_ends_early_does_not_tell_how_long_steps_are(tiny_recipe: Recipe) -> None:
    machine = Machine(1 / 1024, bad=(11,))
    asked = StepsAsked(warm_up=10, steps=40, limit_s=10.0)
    assert warm_up(stepper_of(machine, tiny_recipe), asked, machine.clock)[1] == 52
    assert machine.restored == 1


def test_a_network_that_never_has_a_loss_is_refused(tiny_recipe: Recipe) -> None:
    machine = Machine(0.02, bad=tuple(range(100)))
    stepper = stepper_of(machine, tiny_recipe)
    assert time_blocks(stepper, 1, StepsAsked(), machine.clock) is None
    with pytest.raises(UnsupportedError, match="no finite number even at the initial weights"):
        time_blocks(stepper, 1, StepsAsked(), machine.clock)


def test_a_batch_larger_than_the_data_is_told(tiny_recipe: Recipe) -> None:
    with pytest.raises(DataError, match="fewer than one batch of 16"):
        stepper_of(Machine(0.01), tiny_recipe, n_samples=10)
