"""What a callback is told and what it keeps, in a made-up world where each second takes 60 J."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from wattlab.callbacks.training_costs import TrainingCosts, as_logs
from wattlab.meter.cost import unknown_cost

if TYPE_CHECKING:
    from tests.made_up_meter import World

    from wattlab.meter import Cost, Meter


def seconds(*costs: Cost | None) -> list[float | None]:
    return [cost.wall.value if cost else None for cost in costs]


def train(costs: TrainingCosts, world: World, epochs: int = 2) -> None:
    """Train with an evaluation within each epoch and one after it; 1 s before, after and between."""
    costs.begin()
    world.work(1.0)
    for _ in range(epochs):
        costs.go_on()
        world.work(2.0)
        costs.begin_evaluation()
        world.work(4.0)
        costs.end_evaluation()
        costs.go_on()
        world.work(8.0)
        costs.end_epoch()
        costs.begin_evaluation()
        world.work(16.0)
        costs.end_evaluation()
        world.work(1.0)
    costs.end()


def test_each_moment_belongs_to_one_part_at_most(world: World, meter: Meter) -> None:
    costs = TrainingCosts(meter, None, verbose=0)
    train(costs, world)
    assert seconds(*costs.epochs) == [10.0, 10.0]
    assert seconds(*costs.evaluations) == [4.0, 16.0, 4.0, 16.0]
    assert seconds(costs.training, costs.evaluation, costs.cost) == [20.0, 40.0, 63.0]
    assert costs.cost.energy.value == 63 * 60.0


def test_what_an_evaluation_ends_is_not_opened_again_for_a_moment(world: World, meter: Meter) -> None:
    costs = TrainingCosts(meter, None, verbose=0)
    costs.begin()
    costs.go_on()
    world.work(2.0)
    costs.begin_evaluation()
    world.work(3.0)
    costs.end_evaluation()
    cost = costs.end_epoch()
    assert "below resolution" not in cost.energy.note
    assert cost.energy.interval == pytest.approx((120 - 60 * 0.001, 120 + 60 * 0.001))


def test_the_device_is_waited_for_at_every_edge(world: World, meter: Meter) -> None:
    train(TrainingCosts(meter, world.synchronize, verbose=0), world, epochs=1)
    assert set(world.waits) == {50.0, 51.0, 53.0, 57.0, 65.0, 81.0, 82.0}


def test_another_training_begins_anew_also_after_one_that_failed(world: World, meter: Meter) -> None:
    costs = TrainingCosts(meter, None, verbose=0)
    train(costs, world)
    costs.begin()
    costs.go_on()
    world.work(5.0)
    costs.end_epoch()
    costs.go_on()
    world.work(7.0)
    assert seconds(*costs.epochs, costs.cost) == [5.0, 5.0]
    costs.begin()
    costs.go_on()
    world.work(1.0)
    costs.end_epoch()
    costs.end()
    assert seconds(*costs.epochs, costs.cost) == [1.0, 1.0]
    assert not meter._windows._open


def test_an_interrupted_training_says_what_it_cost(world: World, meter: Meter) -> None:
    costs = TrainingCosts(meter, None, verbose=0)
    costs.begin()
    costs.go_on()
    world.work(3.0)
    costs.end()
    assert costs.epochs == ()
    assert seconds(costs.cost) == [3.0]
    costs.end()
    assert seconds(costs.cost) == [3.0]


def test_before_anything_ends_all_is_missing_with_the_reason() -> None:
    costs = TrainingCosts(verbose=0)
    assert costs.cost == unknown_cost("no epoch has ended")
    assert costs.evaluation == unknown_cost("no evaluation has ended")
    assert costs.since_log() is None
    assert costs.end_evaluation() is None
    assert costs.end_epoch() == unknown_cost("no epoch had begun")


def test_steps_between_two_logs_are_counted_across_epochs_without_evaluations(
    world: World, meter: Meter
) -> None:
    costs = TrainingCosts(meter, None, verbose=0)
    costs.begin()
    costs.go_on()
    world.work(2.0)
    assert seconds(costs.since_log()) == [2.0]
    world.work(100.0)
    costs.go_on()
    world.work(3.0)
    costs.end_epoch()
    costs.begin_evaluation()
    world.work(50.0)
    costs.end_evaluation()
    costs.go_on()
    world.work(4.0)
    assert seconds(costs.since_log(), costs.since_log()) == [7.0, None]
    assert seconds(costs.end_epoch()) == [4.0]


def test_the_summary_goes_to_standard_error(
    world: World, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    train(TrainingCosts(meter, None), world)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "wattlab: training: 1 min 03 s, 3.78 kJ [3.78-3.78 kJ] measured, net of idle 3.15 kJ",
        "wattlab:   2 epochs: 20.0 s, 1.20 kJ, each 600 J",
        "wattlab:   evaluation: 40.0 s, 2.40 kJ",
    ]


def test_verbose_2_tells_each_epoch_and_0_nothing(
    world: World, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    train(TrainingCosts(meter, None, verbose=2), world, epochs=1)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("wattlab: epoch 1: 10.0 s, 600 J")
    assert lines[2] == "wattlab:   1 epoch: 10.0 s, 600 J, each 600 J"
    train(TrainingCosts(meter, None, verbose=0), world)
    assert capsys.readouterr().err == ""


def test_an_evaluation_alone_is_told_and_kept(
    world: World, meter: Meter, capsys: pytest.CaptureFixture[str]
) -> None:
    costs = TrainingCosts(meter, None)
    costs.begin_evaluation("without its first batch")
    world.work(2.0)
    costs.end_evaluation()
    assert capsys.readouterr().err.startswith("wattlab: evaluation: 2.00 s, 120 J")
    assert seconds(costs.evaluation) == [2.0]
    assert costs.evaluation.energy.note == "without its first batch"


def test_other_ranks_say_nothing_and_log_what_is_no_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_RANK", "2")
    costs = TrainingCosts()
    costs.begin()
    costs.go_on()
    logs = as_logs(costs.end_epoch(), "val_")
    costs.end()
    assert logs.keys() == {"val_energy_J", "val_energy_low_J", "val_energy_high_J"}
    assert all(map(math.isnan, logs.values()))
    assert "local rank 2" in costs.cost.energy.note
    assert capsys.readouterr().err == ""


def test_logs_have_the_energy_and_its_bounds(world: World, meter: Meter) -> None:
    costs = TrainingCosts(meter, None, verbose=0)
    train(costs, world)
    assert as_logs(costs.epochs[0]) == pytest.approx(
        {"energy_J": 600.0, "energy_low_J": 599.88, "energy_high_J": 600.12}, rel=1e-6
    )
