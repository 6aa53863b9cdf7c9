"""A learning-rate ramp in a process of its own: ``python -m wattlab.cluster.ramp RECIPE ASKED OUT``.

RECIPE is a TOML file, ASKED and OUT are JSON files: `RampAsked` in, `RampReport` out. Exit code 2 with ``error: …`` on
standard error for what the user can mend. A process of its own, so that nothing of it is left in any other training.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from wattlab import __version__
from wattlab.cluster.ending import exit_code
from wattlab.cluster.local import module_command, run_process
from wattlab.cluster.ramp_report import RampAsked, RampFailure, RampReport
from wattlab.cluster.ramp_steps import take_ramp
from wattlab.cluster.ramp_subject import opened
from wattlab.errors import RunError
from wattlab.meter.quantity import measured
from wattlab.recipe import Recipe
from wattlab.records.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.cluster.local import Ended
    from wattlab.cluster.ramp_report import ShortRuns, ShortRunsAsked

    Run = Callable[[Sequence[str], Path, float | None], Ended]

__all__ = ["MODULE", "in_fresh_process", "main", "measure_ramp", "run_ramp"]

MODULE: Final = "wattlab.cluster.ramp"
Report = TypeVar("Report", "RampReport", "ShortRuns")


def measure_ramp(recipe: Recipe, asked: RampAsked) -> RampReport:
    """Raise the learning rate step by step in this process; nothing is left of it in what follows.

    Parameters
    ----------
    recipe : Recipe
        As for a training; its schedule is left out.
    asked : RampAsked
        Which rates.

    Raises
    ------
    wattlab.errors.UserError
        As `wattlab.train`.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> report = measure_ramp(Recipe.named("digits"), RampAsked(low=1e-5, high=10.0, steps=100))
    >>> report.ending, len(report.rates) == len(report.losses) <= 100
    ('loss rose', True)
    """
    with opened(recipe) as subject:
        ramp = take_ramp(subject.trainer, recipe, subject.n_samples, asked)
        wall, energy = subject.spent()
        size = recipe.training.batch_size
        return RampReport(
            wattlab_version=__version__,
            asked=asked,
            seed=recipe.seed,
            data=subject.used,
            has_validation=subject.data.validation is not None,
            batch_size=subject.n_samples if size == "all" else size,
            wall=wall,
            energy=energy,
            facts=subject.trainer.facts(),
            **ramp._asdict(),
        )


def run_ramp(
    recipe: Recipe,
    asked: RampAsked,
    folder: Path,
    name: str,
    timeout_s: float | None = None,
    run: Run = run_process,
) -> RampReport | RampFailure:
    """Run a ramp in a fresh process.

    Parameters
    ----------
    recipe : Recipe
        With an absolute path where its data is a file; see `wattlab.data.catalog.located`.
    asked : RampAsked
        Which rates.
    folder : Path
        That is there; gets the files ``NAME.toml``, ``NAME.asked.json``, ``NAME.json`` and ``NAME.log``.
    name : str
        Of these files: ramps that run at the same time in one folder need different ones.
    timeout_s : float, optional
        When to end the process; left out: never. Unit: s.
    run : callable, optional
        Runs a command; see `wattlab.cluster.local.run_process`.

    Returns
    -------
    RampReport or RampFailure
        Whatever becomes of the process, this one goes on.

    Raises
    ------
    wattlab.errors.StorageError
        If the folder cannot be written.
    """
    return in_fresh_process(MODULE, recipe, asked, folder / name, RampReport, timeout_s, run)


def in_fresh_process(
    module: str,
    recipe: Recipe,
    asked: RampAsked | ShortRunsAsked,
    stem: Path,
    answer: type[Report],
    timeout_s: float | None,
    run: Run = run_process,
) -> Report | RampFailure:
    """Let a module answer in a process of its own; its files are `stem` with suffixes."""
    recipe_file, asked_file = (stem.with_name(f"{stem.name}{end}") for end in (".toml", ".asked.json"))
    out, log = (stem.with_name(f"{stem.name}{end}") for end in (".json", ".log"))
    write_atomically(recipe_file, recipe.to_toml().encode())
    asked.save(asked_file)
    out.unlink(missing_ok=True)
    ended = run(module_command(module, str(recipe_file), str(asked_file), str(out)), log, timeout_s)
    wall = measured(ended.wall_s, "s", "perf_counter")
    if ended.failure is not None:
        return RampFailure(refused=ended.refused, reason=ended.failure, wall=wall)
    try:
        return answer.load(out)
    except RunError as error:
        return RampFailure(refused=False, reason=str(error), wall=wall)


def main(arguments: Sequence[str]) -> int:
    """Run the ramp of the recipe in a file, write the report, and return the exit code."""
    recipe, asked, out = arguments
    return exit_code(lambda: measure_ramp(Recipe.named(recipe), RampAsked.load(Path(asked))).save(Path(out)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
