"""One whole training in a fresh process, whatever becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.cluster import trial as trial_process
from wattlab.cluster.ending import MEMORY_RAN_OUT
from wattlab.cluster.local import module_command, run_process
from wattlab.cluster.memory_limit import SeldomWatch, memory_limit
from wattlab.cluster.out_of_memory import speaks_of_memory
from wattlab.cluster.progress import EpochSeen, EpochWatch
from wattlab.data.catalog import located
from wattlab.errors import RunError
from wattlab.meter.quantity import measured
from wattlab.records.files import write_atomically
from wattlab.records.run import Run
from wattlab.studies.trainings.trained import Trained, of_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.cluster.local import Ended
    from wattlab.cluster.memory_limit import MemoryLimit
    from wattlab.recipe import Recipe
    from wattlab.studies.folders import Folder
    from wattlab.studies.trainings.trained import Cause

__all__ = ["RECIPES", "EpochSeen", "prepare_folder", "train_once"]

RECIPES: Final = "recipes"
"""Inner folder of what goes to the processes, and of the epochs that they have finished."""


def prepare_folder(folder: Folder) -> None:
    """Make the inner folders that trainings need."""
    folder.make_inner(RECIPES, "runs", "logs")


def train_once(
    recipe: Recipe,
    folder: Folder,
    name: str,
    *,
    candidate: int = 0,
    timeout_s: float | None = None,
    on_epoch: Callable[[EpochSeen], str | None] | None = None,
    start_from: str | None = None,
    foreign_load: float | None = None,
) -> Trained:
    """Train a recipe in a process of its own, ended before the whole machine runs out of memory.

    Parameters
    ----------
    recipe : Recipe
        With its seed.
    folder : Folder
        Of the study, prepared by `prepare_folder`; keeps recipe, run and log under `name`. What an interrupted
        training of that name left is removed first.
    name : str
        Of the run.
    candidate : int, optional
        Which candidate of the study this is, as it is noted.
    timeout_s : float, optional
        When to end the process; left out: never. Unit: s.
    on_epoch : callable, optional
        Told of each finished epoch while the process runs; a sentence from it ends the process.
    start_from : str, optional
        Folder of the run whose weights are the initial ones.
    foreign_load : float, optional
        Share of all cores that others kept busy just before, to be noted.

    Returns
    -------
    Trained
        Whatever becomes of the process, this one goes on. Of one that did not come to its end the finished epochs are
        known, and the time that it took.

    Raises
    ------
    wattlab.errors.StorageError
        If the folder cannot be written.
    wattlab.errors.RunError
        If another process still trains under that name.
    """
    folder.clear_run(name)
    files = folder.path / RECIPES
    written, epochs = files / f"{name}.toml", files / f"{name}.epochs"
    epochs.unlink(missing_ok=True)
    write_atomically(written, recipe.model_copy(update={"data": located(recipe.data)}).to_toml().encode())
    more = ("--epochs", str(epochs)) + (() if start_from is None else ("--start-from", start_from))
    command = module_command(trial_process.MODULE, str(written), str(folder.runs), name, *more)
    watch = _Watch(memory_limit(), epochs, on_epoch)
    ended = run_process(command, folder.log(name), timeout_s, watch)
    watch.finish(epochs)
    run = folder.runs / name
    blank = Trained(candidate=candidate, seed=recipe.seed, run=name, foreign_load=foreign_load)
    if not run.is_dir():
        folder.clear_run(name)
        return _failed(blank, recipe, ended, watch)
    try:
        return of_run(Run(run), candidate, foreign_load)
    except RunError as error:
        return blank.model_copy(update={"failure": str(error), "cause": "crashed"})


class _Watch:
    """Looks at the memory and the epochs of a training, and remembers why it was ended.

    Parameters
    ----------
    limit : MemoryLimit
        Of its memory.
    epochs : Path
        File to which it writes each epoch.
    judge : callable, or None
        Told of each epoch.
    """

    def __init__(
        self, limit: MemoryLimit, epochs: Path, judge: Callable[[EpochSeen], str | None] | None
    ) -> None:
        self.seen: list[EpochSeen] = []
        self.ended_early = False
        self._judge = judge
        self._limit, self._memory = limit, SeldomWatch(limit)
        self._epochs = EpochWatch(epochs, self._note)

    @property
    def out_of_memory(self) -> bool:
        """Whether the memory was the reason."""
        return self._limit.shortage is not None

    def __call__(self, pid: int) -> str | None:
        """Return why the process must end, or None."""
        if reason := self._memory(pid):
            return reason
        return self._epochs(pid)

    def finish(self, epochs: Path) -> None:
        """Take note of what was written after the last look."""
        self._judge = None
        self._epochs(0)
        epochs.unlink(missing_ok=True)

    def _note(self, seen: EpochSeen) -> str | None:
        self.seen.append(seen)
        if self._judge is None or self.ended_early:
            return None
        reason = self._judge(seen)
        self.ended_early = reason is not None
        return reason


def _failed(blank: Trained, recipe: Recipe, ended: Ended, watch: _Watch) -> Trained:
    """Return what is known of a training whose process left no run."""
    scores = [one.score for one in watch.seen if one.score is not None]
    return blank.model_copy(
        update={
            "failure": ended.failure or "it ended without leaving a run",
            "cause": _cause(ended, watch),
            "target": recipe.stop.target,
            "reached": None if recipe.stop.target is None else False,
            "best": max(scores, default=None),
            "score": scores[-1] if scores else None,
            "epochs": len(watch.seen),
            "wall": measured(ended.wall_s, "s", "perf_counter"),
            "elapsed_s": tuple(one.elapsed_s for one in watch.seen),
            "energy_J": tuple(one.energy_J for one in watch.seen),
            "scores": tuple(one.score for one in watch.seen),
        }
    )


def _cause(ended: Ended, watch: _Watch) -> Cause:
    if ended.refused:
        return "refused"
    if watch.ended_early:
        return "ended early"
    said = ended.failure or ""
    if watch.out_of_memory or said.startswith(MEMORY_RAN_OUT) or speaks_of_memory(said):
        return "out of memory"
    return "timed out" if ended.timed_out else "crashed"
