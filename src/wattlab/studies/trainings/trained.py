"""One whole training: what it reached, when, and what that cost; frozen, as studies keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from wattlab.meter.quantity import Quantity, measured
from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.records.record import RunRecord
    from wattlab.records.run import Run

__all__ = ["Cause", "Trained", "of_run"]

Cause = Literal["refused", "diverged", "out of memory", "timed out", "ended early", "crashed"]


class Trained(Frozen):
    """One whole training in a process of its own.

    A training that failed has a `failure`; what it had finished until then is kept where it is known. Times and
    energies count from the start of the process: interpreter, data, reduction, compiling and evaluations included.
    """

    candidate: int
    """Which of the study's candidates."""
    seed: int
    """Of the recipe."""
    run: str
    """Name of the run in the study's folder of runs; the run is missing where the process left none."""
    failure: str | None = None
    """Why there is no result, in a sentence; None if there is one."""
    cause: Cause | None = None
    """The kind of that failure; "ended early" where the study itself ended the process."""
    score_name: Literal["accuracy", "R²"] | None = None
    part: Literal["test", "validation"] | None = None
    """On which the target was judged."""
    target: float | None = None
    reached: bool | None = None
    """Whether the target was reached; None where there is none."""
    best: float | None = None
    """Best score on that part."""
    score: float | None = None
    """Last score on that part."""
    test_score: float | None = None
    """Score on the test part after the last epoch; None where that stayed closed."""
    epochs: int = 0
    """Finished epochs."""
    target_epoch: int | None = None
    """1-based epoch in which the target was reached."""
    time_to_target: Quantity | None = None
    """Until the evaluation that reached it; None if it was not reached. Unit: s."""
    energy_to_target: Quantity | None = None
    """As `time_to_target`. Unit: J."""
    wall: Quantity | None = None
    """Of the whole process. Unit: s."""
    cpu: Quantity | None = None
    """Processor time of the whole process. Unit: s."""
    energy: Quantity | None = None
    """Gross energy of the whole process. Unit: J."""
    peak_memory: Quantity | None = None
    """Largest resident memory. Unit: B."""
    n_parameters: int | None = None
    stop_reason: str | None = None
    elapsed_s: tuple[float, ...] = ()
    """By epoch, since the process began. Unit: s."""
    energy_J: tuple[float | None, ...] = ()
    """By epoch, gross energy since the process began; None where it is missing. Unit: J."""
    scores: tuple[float | None, ...] = ()
    """By epoch, on the judged part; None where it was not evaluated."""
    foreign_load: float | None = None
    """Share of all cores that others kept busy just before, from 0 to 1; None where nobody looked."""

    @property
    def has_result(self) -> bool:
        """Whether the training came to an end of its own."""
        return self.failure is None


def of_run(run: Run, candidate: int, foreign_load: float | None = None) -> Trained:
    """Return what a finished run tells.

    Parameters
    ----------
    run : Run
        Of a process of its own.
    candidate : int
        Which candidate it belongs to.
    foreign_load : float, optional
        Share of all cores that others kept busy just before.

    Raises
    ------
    wattlab.errors.RunError
        If the run cannot be read.
    """
    record, history = run.record, run.history
    scores = _known(history[f"{record.target_part}_score"])
    found = [score for score in (*scores, _last(record)) if score is not None]
    diverged = record.stop_reason == "diverged"
    return Trained(
        candidate=candidate,
        seed=int(record.recipe["seed"]),
        run=run.id,
        failure=record.message if diverged else None,
        cause="diverged" if diverged else None,
        score_name=record.score_name,
        part=record.target_part,
        target=record.target,
        reached=record.reached_target,
        best=max(found, default=None),
        score=found[-1] if found else None,
        test_score=record.test_score if np.isfinite(record.test_score) else None,
        epochs=record.epochs,
        target_epoch=record.target_epoch,
        time_to_target=_time(record),
        energy_to_target=record.energy_to_target,
        wall=record.cost.total.wall,
        cpu=record.cost.total.cpu,
        energy=record.cost.total.energy,
        peak_memory=record.cost.total.peak_memory,
        n_parameters=record.n_parameters,
        stop_reason=record.stop_reason,
        elapsed_s=tuple(history["elapsed_s"].tolist()),
        energy_J=_known(history["energy_J"]),
        scores=scores,
        foreign_load=foreign_load,
    )


def _last(record: RunRecord) -> float | None:
    """Return the score of the last weights on the judged part, be it that it was found after the last epoch only."""
    score = record.validation_score if record.target_part == "validation" else record.test_score
    return score if score is not None and np.isfinite(score) else None


def _known(column: NDArray[np.float64]) -> tuple[float | None, ...]:
    return tuple(value if np.isfinite(value) else None for value in column.tolist())


def _time(record: RunRecord) -> Quantity | None:
    seconds = record.time_to_target_s
    return None if seconds is None else measured(seconds, "s", record.cost.total.wall.sensor)
