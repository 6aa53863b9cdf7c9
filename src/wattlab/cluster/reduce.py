"""Preparing a recipe's data in a process of its own: ``python -m wattlab.cluster.reduce RECIPE ASKED OUT``.

RECIPE is a TOML file, ASKED and OUT are JSON files: `ReductionAsked` in, `ReductionReport` out. Exit code 2 with
``error: …`` on standard error for what the user can mend.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.cluster.ending import exit_code
from wattlab.cluster.local import module_command, run_process
from wattlab.cluster.memory_limit import SeldomWatch, memory_limit
from wattlab.cluster.reducing import measure_reduction
from wattlab.cluster.reduction_report import ReductionAsked, ReductionReport
from wattlab.errors import RunError
from wattlab.recipe import Recipe
from wattlab.records.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.cluster.local import Ended

__all__ = ["MODULE", "main", "run_reduction"]

MODULE: Final = "wattlab.cluster.reduce"


def run_reduction(
    recipe: Recipe,
    asked: ReductionAsked,
    folder: Path,
    name: str,
    timeout_s: float | None = None,
    run: Callable[[Sequence[str], Path, float | None], Ended] | None = None,
) -> ReductionReport | str:
    """Prepare a recipe's data in a fresh process.

    Parameters
    ----------
    recipe : Recipe
        With an absolute path where its data is a file; see `wattlab.data.catalog.located`.
    asked : ReductionAsked
        What is wanted besides.
    folder : Path
        That is there; gets the files ``NAME.toml``, ``NAME.asked.json``, ``NAME.json`` and ``NAME.log``.
    name : str
        Of these files.
    timeout_s : float, optional
        When to end the process; left out: never. Unit: s.
    run : callable, optional
        Runs a command; left out: `wattlab.cluster.local.run_process`, under a limit of memory.

    Returns
    -------
    ReductionReport or str
        Or why there is none, in a sentence.

    Raises
    ------
    wattlab.errors.StorageError
        If the folder cannot be written.
    """
    recipe_file, asked_file = folder / f"{name}.toml", folder / f"{name}.asked.json"
    out = folder / f"{name}.json"
    write_atomically(recipe_file, recipe.to_toml().encode())
    asked.save(asked_file)
    out.unlink(missing_ok=True)
    limited = run or partial(run_process, watch=SeldomWatch(memory_limit()))
    command = module_command(MODULE, str(recipe_file), str(asked_file), str(out))
    ended = limited(command, folder / f"{name}.log", timeout_s)
    if ended.failure is not None:
        return ended.failure
    try:
        return ReductionReport.load(out)
    except RunError as error:
        return str(error)


def main(arguments: Sequence[str]) -> int:
    """Prepare the data of the recipe in a file, write the report, and return the exit code."""
    recipe, asked, out = arguments
    return exit_code(
        lambda: measure_reduction(Recipe.named(recipe), ReductionAsked.load(Path(asked))).save(Path(out))
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
