"""Who watches a training: live, in plain lines, or not at all."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from wattlab.meter import Quantity, measured, missing, modelled
from wattlab.recipe import Recipe
from wattlab.training.observer import EpochReport, Plan
from wattlab.views.progress import LiveProgress, PlainProgress, make_observer

if TYPE_CHECKING:
    from collections.abc import Callable

EPOCHS = 8
ENERGY = modelled(40.0, "J", "model:tdp")


class Clock:
    """Goes forward when told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def plan(first_epoch: int = 0, target: float | None = None) -> Plan:
    changes = {"training.epochs": EPOCHS} | ({"stop.target": target} if target else {})
    recipe = Recipe.named("digits").with_changes(changes)
    return Plan(recipe, "digits-1", first_epoch, n_batches=100, n_samples=1437, n_parameters=1234)


def report(epoch: int, power: Quantity | None = None, test_score: float | None = 0.95) -> EpochReport:
    power = power or modelled(12.3, "W", "model:tdp")
    return EpochReport(
        epoch, EPOCHS, 0.1234, 0.97, None, test_score, 57_412.0, power, float(epoch), test_score, ENERGY
    )


def live(width: int = 160) -> tuple[LiveProgress, Clock, Callable[[], str]]:
    """Return a live line, its clock, and what it showed last."""
    clock, file = Clock(), io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, color_system=None)
    return LiveProgress(console, clock), clock, lambda: file.getvalue().split("\x1b[2K")[-1]


def test_a_plain_line_has_all_that_is_known() -> None:
    file = io.StringIO()
    progress = PlainProgress(file, Clock())
    progress.started(plan())
    progress.epoch(report(1))
    progress.ended()
    assert file.getvalue().splitlines() == [
        "digits-1: 8 epochs of 100 batches, 1,437 samples, 1,234 parameters",
        "epoch 1/8  loss 0.1234  train 0.9700  test 0.9500  57.4 k samples/s  12.3 W modelled  1.00 s",
    ]


def test_what_was_not_evaluated_or_measured_is_left_out() -> None:
    file = io.StringIO()
    PlainProgress(file, Clock()).epoch(report(1, missing("W", "too early"), test_score=None))
    assert "test" not in file.getvalue()
    assert "W" not in file.getvalue()


def test_a_resumed_training_says_where_it_goes_on() -> None:
    file = io.StringIO()
    PlainProgress(file, Clock()).started(plan(first_epoch=3))
    assert "from epoch 4" in file.getvalue()


def test_short_epochs_give_a_line_a_second_and_always_the_last() -> None:
    file, clock = io.StringIO(), Clock()
    progress = PlainProgress(file, clock)
    for epoch in range(1, 27):
        clock.now_s += 0.125
        progress.epoch(report(epoch))
    progress.ended()
    progress.ended()
    told = [line.split("/")[0] for line in file.getvalue().splitlines()]
    assert told == ["epoch 1", "epoch 9", "epoch 17", "epoch 25", "epoch 26"]


def test_the_live_line_shows_epoch_scores_speed_power_and_time_left() -> None:
    progress, clock, shown = live()
    progress.started(plan())
    clock.now_s = 6.0
    progress.epoch(report(2))
    expected = [
        "epoch 3/8",
        "train 0.9700",
        "test 0.9500",
        "loss 0.1234",
        "57.4 k samples/s",
        "12.3 W modelled",
    ]
    assert [text for text in [*expected, "  18.0 s left"] if text not in shown()] == []
    clock.now_s = 8.0
    progress.batches(3, 50)
    assert "  17.6 s left" in shown()


def test_measured_power_is_marked_too() -> None:
    progress, clock, shown = live()
    progress.started(plan())
    clock.now_s = 1.0
    progress.epoch(report(1, measured(40.0, "W", "rapl:package-0")))
    assert "40.0 W measured" in shown()


def test_time_left_is_a_bound_where_a_target_may_end_it_earlier() -> None:
    progress, clock, shown = live()
    progress.started(plan(target=0.9))
    clock.now_s = 6.0
    progress.epoch(report(2))
    assert "≤ 18.0 s left" in shown()


def test_time_left_of_a_resumed_training_counts_from_where_it_went_on() -> None:
    progress, clock, shown = live()
    progress.started(plan(first_epoch=4))
    clock.now_s = 3.0
    progress.epoch(report(5))
    assert "  9.00 s left" in shown()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_narrow_terminal_keeps_one_line_with_what_matters_most(width: int) -> None:
    progress, clock, shown = live(width)
    progress.started(plan())
    clock.now_s = 6.0
    progress.epoch(report(2))
    assert len(shown()) <= width
    assert "\n" not in shown()
    assert "epoch 3/8" in shown()
    assert ("18.0 s left" in shown()) == (width >= 60)


def test_a_training_that_stops_early_ends_with_the_epochs_it_had() -> None:
    progress, clock, shown = live()
    progress.started(plan())
    progress.epoch(report(5))
    clock.now_s = 2.5
    progress.ended()
    progress.ended()
    assert "epoch 5/8" in shown()
    assert "in 2.50 s" in shown()


def test_ending_before_starting_is_harmless() -> None:
    progress, _, shown = live()
    progress.ended()
    assert shown() == ""


def test_many_short_epochs_are_not_slowed_down() -> None:
    progress = LiveProgress(Console(file=io.StringIO(), force_terminal=True, width=100))
    progress.started(plan())
    one = report(3)
    began_s = time.perf_counter()
    for _ in range(20_000):
        progress.epoch(one)
    assert time.perf_counter() - began_s < 1.0  # 20 s of epochs of 1 ms; measured: some 10 ms
    progress.ended()


def test_quiet_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    observer = make_observer(quiet=True)
    observer.started(plan())
    observer.epoch(report(1))
    observer.ended()
    assert capsys.readouterr() == ("", "")
