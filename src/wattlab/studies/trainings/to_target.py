"""What a candidate's trainings tell about a target: who reached it, when, and for how much energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.quantity import Provenance, value_of
from wattlab.studies.row import Frozen
from wattlab.studies.trainings.censored import (
    CensoredMedian,
    SuccessRate,
    censored_median,
    success_rate,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.studies.trainings.trained import Trained

__all__ = ["ToTarget", "to_target", "worst_provenance"]


class ToTarget(Frozen):
    """Success rate, and time, energy and epochs to the target, misses being infinite."""

    rate: SuccessRate
    time: CensoredMedian
    """Of the whole process until the evaluation that reached the target. Unit: s."""
    energy: CensoredMedian | None
    """As `time`; None where it is missing for a training that reached the target. Unit: J."""
    energy_provenance: Provenance
    """The least trusted of all trainings that reached it."""
    epochs: CensoredMedian


def to_target(trained: Sequence[Trained]) -> ToTarget | None:
    """Return what some trainings tell; None if there are none.

    Parameters
    ----------
    trained : sequence of Trained
        One for each seed. A training that failed counts as one that missed: it cost time, and gave nothing.
    """
    if not trained:
        return None
    reached = [one for one in trained if one.reached]
    energies = [value_of(one.energy_to_target) for one in trained]
    known = all(one.energy_to_target is not None and not one.energy_to_target.is_missing for one in reached)
    return ToTarget(
        rate=success_rate(len(reached), len(trained)),
        time=censored_median([value_of(one.time_to_target) for one in trained], "s"),
        energy=censored_median(energies, "J") if known else None,
        energy_provenance=worst_provenance([one.energy_to_target for one in reached]),
        epochs=censored_median(
            [None if one.target_epoch is None else float(one.target_epoch) for one in trained], "1"
        ),
    )


def worst_provenance(quantities: Sequence[Quantity | None]) -> Provenance:
    """Return how far the least trusted of some figures can be trusted; missing if there is none."""
    found = {"missing" if one is None else one.provenance for one in quantities} or {"missing"}
    return next(kind for kind in ("missing", "modelled", "measured") if kind in found)
