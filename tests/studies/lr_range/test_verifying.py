"""Which rates short trainings try, what the seeds say together, and when a neighbour takes the suggestion's place."""

from __future__ import annotations

import pytest

from wattlab.cluster.ramp_report import ShortRunsAsked
from wattlab.recipe import Recipe
from wattlab.studies.lr_range.curve import Interval, Reading, Status, suggest
from wattlab.studies.lr_range.ranges import default_ramp
from wattlab.studies.lr_range.suggesting import consensus, suggestion_of
from wattlab.studies.lr_range.verifying import judge, rates_to_try

from .invented import curve, falling, short_runs

RATES = (0.01, 0.03, 0.09)
LIMIT = 1e9


def runs(*by_seed: tuple[float, float, float], diverges_from: float = LIMIT) -> list[object]:
    asked = ShortRunsAsked(rates=RATES, steps=50, held_out=0.1)
    found: list[object] = [
        short_runs(seed, dict(zip(RATES, scores, strict=True)), asked, diverges_from)
        for seed, scores in enumerate(by_seed)
    ]
    return found


def verdicts(
    *by_seed: tuple[float, float, float], diverges_from: float = LIMIT
) -> tuple[bool, float, list[str]]:
    found = judge(runs(*by_seed, diverges_from=diverges_from), 0.03)  # type: ignore[arg-type]
    return found.holds, found.chosen, [one.verdict for one in found.tried]


def test_a_suggestion_holds_unless_a_neighbour_is_clearly_better() -> None:
    even = [(0.90, 0.95, 0.94), (0.91, 0.95, 0.96), (0.90, 0.95, 0.95)]
    assert verdicts(*even) == (True, 0.03, ["clearly worse", "suggestion", "no clear difference"])
    better = [(0.90, 0.92, 0.95), (0.91, 0.93, 0.96), (0.90, 0.92, 0.95)]
    assert verdicts(*better)[:2] == (False, 0.09)
    # Steady, but smaller than the standard error of an accuracy on 1000 samples.
    slight = [(0.90, 0.950, 0.955), (0.91, 0.950, 0.955), (0.90, 0.950, 0.955)]
    assert verdicts(*slight)[:2] == (True, 0.03)


def test_two_seeds_correct_nothing() -> None:
    found = verdicts((0.90, 0.80, 0.95), (0.91, 0.81, 0.96))
    assert found == (True, 0.03, ["no clear difference", "suggestion", "no clear difference"])


def test_a_suggestion_that_diverges_does_not_hold_with_any_number_of_seeds() -> None:
    found = verdicts((0.90, 0.95, 0.94), diverges_from=0.02)
    assert found == (False, 0.01, ["no clear difference", "diverged", "diverged"])
    assert verdicts((0.90, 0.95, 0.94), diverges_from=0.001)[0] is False


def test_a_neighbour_that_diverged_once_is_not_better() -> None:
    some = runs((0.90, 0.92, 0.99), (0.90, 0.92, 0.99)) + runs((0.9, 0.92, 0.99), diverges_from=0.05)
    found = judge(some, 0.03)  # type: ignore[arg-type]
    assert (found.holds, found.tried[2].verdict, found.tried[2].n_diverged) == (True, "diverged", 1)


def test_rates_near_one_another_are_tried_once() -> None:
    assert rates_to_try(0.05, Interval(low=0.015, high=0.16)) == (0.017, 0.05, 0.15)
    assert rates_to_try(0.05, Interval(low=0.05, high=0.05)) == (0.017, 0.05, 0.15)


def reading(decade: float, status: Status = "found") -> Reading:
    return suggest(curve(falling(decade))).model_copy(update={"status": status})


def test_seeds_say_it_together_by_medians_of_those_that_fell() -> None:
    flat = Reading(status="flat", interval=None, picks={}, start=2.3, best=2.2, n=100)
    found = consensus([reading(-3), flat, reading(-2), reading(-1.5, "too short")])
    middle = reading(-2).interval
    assert found.status == "found"
    assert found.interval == middle
    assert found.high is not None
    assert found.high.n == 3
    assert found.picks["steep"].median == reading(-2).picks["steep"]
    nothing = consensus([flat, flat, flat.model_copy(update={"status": "diverged at once"})])
    assert (nothing.status, nothing.interval, nothing.picks) == ("flat", None, {})


def test_a_constant_rate_never_lies_below_the_interval() -> None:
    found = suggestion_of(Interval(low=0.1, high=0.15))
    assert (found.constant, found.one_cycle_peak) == (0.1, 0.15)


@pytest.mark.parametrize(
    ("changes", "low", "high", "steps"),
    [
        ({"optimizer.kind": "sgd"}, 1e-5, 10.0, 120),
        ({"optimizer.kind": "adamw"}, 1e-7, 1.0, 140),
        ({"optimizer.kind": "gd", "training.batch_size": "all", "loss.reduction": "sum"}, 1e-8, 0.01, 120),
        ({"optimizer.kind": "adam", "loss.reduction": "sum"}, 1e-7, 1.0, 140),
    ],
)
def test_ranges_suit_optimizer_and_reduction(
    changes: dict[str, object], low: float, high: float, steps: int
) -> None:
    found = default_ramp(Recipe.named("digits").with_changes(changes))
    assert (found.low, found.high, found.steps) == (low, high, steps)
