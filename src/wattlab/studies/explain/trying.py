"""The suggested change, timed: whole steps in fresh processes, in turn with the recipe as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.cluster.step_report import StepFailure, StepsAsked
from wattlab.cluster.steps import run_steps
from wattlab.meter.statistics import estimate
from wattlab.studies.explain.answer import Tried

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.cluster.step_report import StepReport
    from wattlab.recipe import Recipe
    from wattlab.studies.explain.answer import Cause
    from wattlab.studies.observer import StudyObserver

    Runner = Callable[[Recipe, StepsAsked, Path, str], StepReport | StepFailure]

__all__ = ["try_change"]

_STEPS: Final = StepsAsked(at_least_s=2.0, limit_s=30.0)


def try_change(
    recipe: Recipe,
    cause: Cause,
    rounds: int,
    folder: Path,
    observer: StudyObserver,
    run: Runner = run_steps,
) -> Tried:
    """Time the recipe and its change in turn, and hold the outcome against what was predicted.

    Parameters
    ----------
    recipe : Recipe
        As it is.
    cause : Cause
        With its change and the gain that was predicted.
    rounds : int
        Of both, in turn.
    folder : Path
        That is there; gets what the processes were asked and found.
    observer : StudyObserver
        Told of each round.
    run : callable, optional
        Times steps; see `wattlab.cluster.steps.run_steps`.
    """
    assert cause.gain is not None
    changed = recipe.with_changes(cause.change)
    before_s: list[float] = []
    after_s: list[float] = []
    ratios: list[float] = []
    failures: list[str] = []
    for number in range(rounds):
        observer.preparing(f"trying the suggestion, round {number + 1} of {rounds}")
        pair = [(recipe, "before"), (changed, "after")]
        reports = {
            name: run(one, _STEPS, folder, f"try-{number + 1}-{name}")
            for one, name in (pair if number % 2 == 0 else pair[::-1])
        }
        before, after = reports["before"], reports["after"]
        if isinstance(before, StepFailure) or isinstance(after, StepFailure):
            failures += [one.reason for one in (before, after) if isinstance(one, StepFailure)]
            continue
        before_s.append(before.step_s)
        after_s.append(after.step_s)
        ratios.append((before.step_s / before.batch_size) / (after.step_s / after.batch_size))
    return Tried(
        cause=cause.name,
        change=cause.change,
        predicted=cause.gain,
        outcome=estimate(ratios, ""),
        rounds=rounds,
        before_s=estimate(before_s, "s"),
        after_s=estimate(after_s, "s"),
        failures=tuple(dict.fromkeys(failures)),
    )
