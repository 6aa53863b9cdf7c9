"""Some steps of a training in a process of its own: ``python -m wattlab.cluster.steps RECIPE ASKED OUT``.

RECIPE is a TOML file, ASKED and OUT are JSON files: `StepsAsked` in, `StepReport` out. Exit code 2 with ``error: …``
on standard error for what the user can mend, 3 if memory ran out.
"""

from __future__ import annotations

import re
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.cluster.ending import exit_code
from wattlab.cluster.local import module_command, run_process
from wattlab.cluster.measuring import measure_steps
from wattlab.cluster.out_of_memory import EXIT_CODE, is_out_of_memory, kernel_kills, speaks_of_memory
from wattlab.cluster.step_clock import shown_stepping, stepping_file
from wattlab.cluster.step_report import StepFailure, StepReport, StepsAsked
from wattlab.errors import RunError
from wattlab.recipe import Recipe
from wattlab.records.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.cluster.local import Ended

__all__ = ["MODULE", "StepFailure", "StepReport", "StepsAsked", "main", "measure_steps", "run_steps"]

MODULE: Final = "wattlab.cluster.steps"
_SENTENCES: Final = re.compile(r"(?<=\.)\s+(?=[A-Z])")
_BY_OTHERS: Final = "it was killed from outside (SIGKILL), and not by the kernel for want of memory"


def run_steps(
    recipe: Recipe,
    asked: StepsAsked,
    folder: Path,
    name: str,
    timeout_s: float | None = None,
    run: Callable[[Sequence[str], Path, float | None], Ended] = run_process,
) -> StepReport | StepFailure:
    """Time some steps of a training in a fresh process.

    Parameters
    ----------
    recipe : Recipe
        With an absolute path where its data is a file; see `wattlab.data.catalog.located`.
    asked : StepsAsked
        How many steps, and what besides.
    folder : Path
        That is there; gets the files ``NAME.toml``, ``NAME.asked.json``, ``NAME.json`` and ``NAME.log``, and
        ``NAME.stepping`` while it steps.
    name : str
        Of these files.
    timeout_s : float, optional
        When to end the process, start and compiling included; left out: never. Unit: s.
    run : callable, optional
        Runs a command; see `wattlab.cluster.local.run_process`.

    Returns
    -------
    StepReport or StepFailure
        Whatever becomes of the process, this one goes on.

    Raises
    ------
    wattlab.errors.StorageError
        If the folder cannot be written.
    """
    recipe_file, asked_file = folder / f"{name}.toml", folder / f"{name}.asked.json"
    out, log = folder / f"{name}.json", folder / f"{name}.log"
    write_atomically(recipe_file, recipe.to_toml().encode())
    asked.save(asked_file)
    for left in (out, stepping_file(out)):
        left.unlink(missing_ok=True)
    killed_before = kernel_kills()
    ended = run(module_command(MODULE, str(recipe_file), str(asked_file), str(out)), log, timeout_s)
    if ended.failure is None:
        try:
            return StepReport.load(out)
        except RunError as error:
            return StepFailure(cause="crashed", reason=str(error), wall_s=ended.wall_s)
    return _failure(ended, log, by_kernel=_killed(killed_before, kernel_kills()))


def _killed(before: int | None, after: int | None) -> bool | None:
    """Tell whether the kernel killed anything for want of memory; None: it does not tell."""
    return None if before is None or after is None else after > before


def _failure(ended: Ended, log: Path, *, by_kernel: bool | None) -> StepFailure:
    """Say why a process gave no report; a SIGKILL counts as want of memory unless the kernel knows better."""
    reason = ended.failure or ""
    by_signal = ended.code == -signal.Signals.SIGKILL if sys.platform != "win32" else False
    if ended.refused:
        return StepFailure(cause="refused", reason=reason, wall_s=ended.wall_s)
    if ended.timed_out:
        return StepFailure(cause="timed out", reason=reason, wall_s=ended.wall_s)
    if by_signal and by_kernel is False:
        return StepFailure(cause="crashed", reason=_BY_OTHERS, wall_s=ended.wall_s)
    aborted = ended.code is not None and ended.code < 0 and speaks_of_memory(_last_words(log))
    if by_signal or aborted or ended.code == EXIT_CODE:
        return StepFailure(cause="out of memory", reason=_brief(reason), wall_s=ended.wall_s)
    return StepFailure(cause="crashed", reason=reason, wall_s=ended.wall_s)


def _brief(reason: str) -> str:
    """Return two sentences of what a library said; what it advises besides is in the log."""
    return " ".join(_SENTENCES.split(reason)[:2]).rstrip(".")


def _last_words(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.is_file() else ""


def main(arguments: Sequence[str]) -> int:
    """Time steps of the recipe in a file, write the report, and return the exit code."""
    recipe, asked, out = arguments

    def measure() -> None:
        stepping = shown_stepping(Path(out))
        measure_steps(Recipe.named(recipe), StepsAsked.load(Path(asked)), stepping).save(Path(out))

    try:
        return exit_code(measure)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        traceback.print_exception(error)
        return EXIT_CODE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
