"""The chosen constant rate and the chosen cycle side by side: ratios of epochs, time and energy to the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.quantity import value_of
from wattlab.studies.row import Frozen
from wattlab.studies.trainings.censored import CensoredRatio, censored_ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.trainings.trained import Trained

    Pair = tuple[Trained, Trained]

__all__ = ["Comparison", "compare"]


class Comparison(Frozen):
    """What the cycle took over what the constant rate took, seed by seed; below 1 the cycle is cheaper."""

    epochs: CensoredRatio
    time: CensoredRatio
    energy: CensoredRatio | None
    """None where the energy of a training is missing."""
    at_most: bool
    """Whether a training with the constant rate came to its last epoch, or to its time limit, without the target: what
    it spent in vain stands for what it would take, so the true ratios are lower."""
    n_lost: int
    """Trainings with the constant rate that diverged or failed, which counts as infinite."""
    fresh: bool
    """Whether the seeds are others than those that both arms were chosen by."""


def compare(constant: Sequence[Trained], cycle: Sequence[Trained], *, fresh: bool) -> Comparison | None:
    """Return the ratios over the seeds that both were trained with; None where there are none.

    A cycle that missed took infinitely long. So did a constant rate that diverged or failed; one that went on to its
    last epoch or its time limit took at least what it spent, which is in favour of the constant rate.

    Parameters
    ----------
    constant, cycle : sequence of Trained
        By seed.
    fresh : bool
        Whether these are other seeds than those that both were chosen by.
    """
    other = {one.seed: one for one in constant}
    pairs = [(one, other[one.seed]) for one in cycle if one.seed in other]
    if not pairs:
        return None
    energies = [
        value_of(one.energy_to_target if one.reached else one.energy) for pair in pairs for one in pair
    ]
    return Comparison(
        epochs=_ratio(pairs, lambda one: one.target_epoch, lambda one: one.epochs),
        time=_ratio(pairs, lambda one: value_of(one.time_to_target), lambda one: value_of(one.wall)),
        energy=None
        if None in energies
        else _ratio(pairs, lambda one: value_of(one.energy_to_target), lambda one: value_of(one.energy)),
        at_most=any(_was_cut_short(steady) for _, steady in pairs),
        n_lost=sum(not steady.reached and not _was_cut_short(steady) for _, steady in pairs),
        fresh=fresh,
    )


def _ratio(
    pairs: Sequence[Pair],
    needed: Callable[[Trained], float | None],
    spent: Callable[[Trained], float | None],
) -> CensoredRatio:
    own = [needed(cycle) if cycle.reached else None for cycle, _ in pairs]
    other = [
        needed(steady) if steady.reached else (spent(steady) if _was_cut_short(steady) else None)
        for _, steady in pairs
    ]
    return censored_ratio(own, other)


def _was_cut_short(one: Trained) -> bool:
    """Return whether a training might have reached the target later."""
    return not one.reached and (one.has_result or one.cause == "timed out")
