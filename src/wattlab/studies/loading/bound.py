"""Whether a training waits for its input: what loading delivers against what the training consumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.meter.statistics import LEVEL, estimate
from wattlab.studies.loading.answer import Training
from wattlab.studies.timing import samples_per_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.records.run import Run
    from wattlab.studies.loading.answer import Bound
    from wattlab.studies.loading.plan import PlannedTraining

__all__ = ["FROM", "bound_by", "epoch_rates", "training_of"]

FROM: Final = {"input": "by input", "compute": "by compute", "unknown": "unknown"}


def bound_by(loading: Estimate | None, training: Estimate | None) -> Bound:
    """Return for what a training waits whose input is loaded while it computes.

    Parameters
    ----------
    loading, training : Estimate or None
        Samples per second that are delivered, and that are consumed.

    Returns
    -------
    {"input", "compute", "unknown"}
        Unknown where the intervals overlap, or rest on too few measurements to mean anything.
    """
    if loading is None or training is None or min(loading.level, training.level) < LEVEL:
        return "unknown"
    if loading.high < training.low:
        return "input"
    return "compute" if loading.low > training.high else "unknown"


def epoch_rates(run: Run) -> tuple[float, ...]:
    """Return the training samples per second of each epoch of a run; the first is left out where there are others.

    In the first epoch caches fill, and what was not compiled before it is compiled in it.
    """
    seconds = run.history["shuffle_s"] + run.history["batches_s"]
    steady = seconds[1:] if len(seconds) > 1 else seconds
    return tuple(samples_per_epoch(run) / float(one) for one in steady if one > 0)


def training_of(planned: PlannedTraining, found: Sequence[float], failures: Sequence[str]) -> Training:
    """Return what is known about a training's rate.

    Parameters
    ----------
    planned : PlannedTraining
        Whose rate is wanted.
    found : sequence of float
        Samples per second of each training that was run for it.
    failures : sequence of str
        Why others failed.
    """
    return Training(
        label=planned.label,
        rate=estimate(found or planned.rates, "1/s"),
        failures=tuple(dict.fromkeys(failures)),
    )
