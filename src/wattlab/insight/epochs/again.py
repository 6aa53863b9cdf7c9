"""A training done again, for the weights between its epochs."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from wattlab.engines.registry import get_engine
from wattlab.errors import RunError
from wattlab.records.checkpoint import Checkpoint
from wattlab.records.kept_weights import KeptWeights
from wattlab.records.open_run import PARTIAL
from wattlab.training import Observer, TrainingInterrupted, train

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.recipe import Recipe
    from wattlab.records.run import Run
    from wattlab.training import EpochReport, Plan

__all__ = ["trained_again"]

_NAME: Final = "again"


@contextmanager
def trained_again(run: Run, every: int, observer: Observer) -> Iterator[KeptWeights]:
    """Train a run's recipe once more in a temporary folder, as many epochs as the run had; the run stays as it is.

    Parameters
    ----------
    run : Run
        With at least one finished epoch.
    every : int
        Epochs between two whose weights are kept.
    observer : Observer
        Told of every epoch.

    Yields
    ------
    KeptWeights
        The last epoch's among them; gone when the block is left.

    Raises
    ------
    wattlab.errors.UserError
        If the training cannot be done here and now, or ends earlier than the run's did.
    """
    with TemporaryDirectory(prefix="wattlab-epochs-") as folder:
        watching = _Ending(observer, run.record.epochs)
        try:
            ended = train(
                _without_stops(run.recipe),
                name=_NAME,
                runs=folder,
                start_from=_start_from(run),
                observer=watching,
                phases=False,
                keep_weights=every,
            )
        except TrainingInterrupted as interrupt:
            if interrupt.epochs < run.record.epochs:
                raise KeyboardInterrupt from None  # by the user
        else:
            msg = (
                f"run {run.id!r} was trained again, which ended after {ended.record.epochs} instead of "
                f"{run.record.epochs} epochs ({ended.record.message or ended.record.stop_reason}); train it anew with "
                "--keep-weights 1"
            )
            raise RunError(msg)
        path = Path(folder) / f"{_NAME}{PARTIAL}"
        state = dict(Checkpoint.load(path / "checkpoint.safetensors").state)
        last = get_engine(run.recipe.engine.name).stored_weights(state, run.model.architecture)
        yield KeptWeights(path, (run.record.epochs, last))


def _without_stops(recipe: Recipe) -> Recipe:
    """Return a recipe that trains the same weights, ends by itself only after its last epoch, and tests nothing."""
    changes = {"stop": {}, "checkpoint": {"every": 0, "every_s": None}, "evaluation.test_every": 0}
    changes["evaluation.train"] = "none"
    return recipe.with_changes(changes)


def _start_from(run: Run) -> str | None:
    """Return the folder of the run that gave the initial weights."""
    earlier = run.record.start_from
    if earlier is None:
        return None
    path = run.path.parent / earlier
    if not (path / "record.json").is_file():
        msg = (
            f"run {run.id!r} has kept no weights by epoch, and cannot be trained again: it began with the weights of "
            f"{earlier!r}, which is not in {str(run.path.parent)!r}"
        )
        raise RunError(msg)
    return str(path)


class _Ending(Observer):
    """Ends a training after so many epochs, as Ctrl-C would, and tells another observer what it is told."""

    def __init__(self, other: Observer, n_epochs: int) -> None:
        self._other, self._n_epochs = other, n_epochs

    def started(self, plan: Plan) -> None:
        self._other.started(plan)

    def batches(self, epoch: int, done: int) -> None:
        self._other.batches(epoch, done)

    def epoch(self, report: EpochReport) -> None:
        self._other.epoch(report)
        if report.epoch == self._n_epochs:
            raise KeyboardInterrupt

    def warning(self, message: str) -> None:
        self._other.warning(message)

    def ended(self) -> None:
        self._other.ended()
