"""What a chain of trainings took to the target, with all stages before the last and the runs before those."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from wattlab.studies.trainings.trained import Trained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.studies.warm_start.plan import Base

__all__ = ["ended_chain", "with_earlier"]


def with_earlier(last: Trained, stages: Sequence[Trained], base: Base | None) -> Trained:
    """Return the last stage as if it had begun when the first of all did.

    Parameters
    ----------
    last : Trained
        The last stage.
    stages : sequence of Trained
        Those before it, with the same seed; each came to its end.
    base : Base or None
        What the first of them began with.

    Returns
    -------
    Trained
        Its time, energy and epochs to the target include the whole of everything before it: each process from its
        start to its end. What it did not reach stays None.
    """
    walls = [one.wall for one in stages] + ([] if base is None else [base.wall])
    energies = [one.energy for one in stages] + ([] if base is None else [base.energy])
    epochs = sum(one.epochs for one in stages) + (0 if base is None else base.epochs)
    return last.model_copy(
        update={
            "time_to_target": _added(last.time_to_target, walls),
            "energy_to_target": _added(last.energy_to_target, energies),
            "target_epoch": None if last.target_epoch is None else last.target_epoch + epochs,
        }
    )


def ended_chain(failed: Trained, place: int, target: float) -> Trained:
    """Return what a chain comes to of which a stage before the last failed: it missed the target."""
    return Trained(
        candidate=place,
        seed=failed.seed,
        run=failed.run,
        failure=failed.failure,
        cause=failed.cause,
        target=target,
        reached=False,
    )


def _added(own: Quantity | None, earlier: Sequence[Quantity | None]) -> Quantity | None:
    """Return a sum; None where the first summand is."""
    if own is None:
        return None
    return reduce(lambda total, one: total if one is None else total + one, earlier, own)
