"""Short trainings at constant learning rates, in a process of their own.

``python -m wattlab.cluster.ramp_runs RECIPE ASKED OUT``: RECIPE is a TOML file, ASKED and OUT are JSON files,
`ShortRunsAsked` in, `ShortRuns` out. All begin from the same weights and see the same batches; the data is loaded
once. They are judged on the validation part, never on the test part.
"""

from __future__ import annotations

import sys
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab import __version__
from wattlab.cluster.ending import exit_code
from wattlab.cluster.local import run_process
from wattlab.cluster.ramp import in_fresh_process
from wattlab.cluster.ramp_report import ShortRun, ShortRuns, ShortRunsAsked
from wattlab.cluster.ramp_steps import take_steps, whole_batches
from wattlab.cluster.ramp_subject import opened
from wattlab.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.cluster.ramp import Run
    from wattlab.cluster.ramp_report import RampFailure
    from wattlab.cluster.ramp_subject import Subject

__all__ = ["HELD_OUT", "MODULE", "main", "measure_short_runs", "run_short_runs"]

MODULE: Final = "wattlab.cluster.ramp_runs"
HELD_OUT: Final = 0.1
"""Share of the training part that judges where the data has no validation part."""


def measure_short_runs(recipe: Recipe, asked: ShortRunsAsked) -> ShortRuns:
    """Train for some steps with each constant rate, in this process.

    Parameters
    ----------
    recipe : Recipe
        As for a training; its schedule is left out.
    asked : ShortRunsAsked
        Which rates, and how many steps.

    Raises
    ------
    wattlab.errors.UserError
        As `wattlab.train`.

    Examples
    --------
    >>> asked = ShortRunsAsked(rates=(1e-4, 0.05), steps=40, held_out=0.1)
    >>> found = measure_short_runs(Recipe.named("digits"), asked)
    >>> found.runs[0].score < found.runs[1].score
    True
    """
    if asked.held_out:
        recipe = recipe.with_changes({"data.validation_fraction": asked.held_out})
    with opened(recipe) as subject:
        start, validation = subject.trainer.state(), subject.data.validation
        assert validation is not None
        runs = []
        for rate in asked.rates:
            subject.trainer.restore(start)
            runs.append(_short_run(subject, rate, asked.steps))
        wall, energy = subject.spent()
        return ShortRuns(
            wattlab_version=__version__,
            asked=asked,
            seed=recipe.seed,
            runs=tuple(runs),
            held_out=f"held-out {asked.held_out:.0%} of the training part"
            if asked.held_out
            else "validation part",
            n_held_out=len(validation.labels),
            score_name="accuracy" if subject.data.classes is not None else "R²",
            wall=wall,
            energy=energy,
        )


def _short_run(subject: Subject, rate: float, steps: int) -> ShortRun:
    """Train with one rate until its last step, or until a loss is no finite number."""
    taken = take_steps(subject.trainer, whole_batches(subject.recipe, subject.n_samples), steps, rate)
    if taken < steps:
        return ShortRun(rate=rate, score=None, loss=None, steps=taken)
    assert subject.data.validation is not None
    found = subject.trainer.evaluate(subject.data.validation)
    if not (isfinite(found.loss) and isfinite(found.score)):
        return ShortRun(rate=rate, score=None, loss=None, steps=steps)
    n = len(subject.data.validation.labels) if subject.recipe.loss.reduction == "sum" else 1
    return ShortRun(rate=rate, score=found.score, loss=found.loss / n, steps=steps)


def run_short_runs(
    recipe: Recipe,
    asked: ShortRunsAsked,
    folder: Path,
    name: str,
    timeout_s: float | None = None,
    run: Run = run_process,
) -> ShortRuns | RampFailure:
    """Train for some steps with each rate in a fresh process.

    Parameters
    ----------
    recipe, folder, name, timeout_s, run
        As for `wattlab.cluster.ramp.run_ramp`.
    asked : ShortRunsAsked
        Which rates, and how many steps.
    """
    return in_fresh_process(MODULE, recipe, asked, folder / name, ShortRuns, timeout_s, run)


def main(arguments: Sequence[str]) -> int:
    """Train the recipe in a file with each rate, write the report, and return the exit code."""
    recipe, asked, out = arguments
    return exit_code(
        lambda: measure_short_runs(Recipe.named(recipe), ShortRunsAsked.load(Path(asked))).save(Path(out))
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
