"""Both arms as recipes: a constant rate, and one cycle up to a large rate and down again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from wattlab.recipe.optimizer import MOMENTUM_KINDS
from wattlab.recipe.schedule import Constant, OneCycle
from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from wattlab.recipe import Recipe

__all__ = [
    "Arm",
    "Entry",
    "cycle_lengths",
    "default_peaks",
    "default_rates",
    "recipe_of",
    "rounded",
    "shape_of",
]

Arm = Literal["constant", "one-cycle"]

_CYCLED: Final = (0.85, 0.95)
"""Momentum at the highest rate and at both ends, as Smith and Topin recommend."""
_AROUND: Final = (0.3, 1.0, 3.0)
_BELOW_PEAK: Final = (0.1, 0.3, 1.0)
_PEAKS: Final = (1.0, 3.0, 10.0)
_DIGITS: Final = 2


class Entry(Frozen):
    """One candidate: an arm with its rate and its length."""

    arm: Arm
    rate: float
    """Constant rate, or the highest of the cycle."""
    epochs: int
    """Longest training, or the length of the cycle."""
    fresh: bool = False
    """Whether it is trained with seeds that nothing was chosen by."""

    @property
    def label(self) -> str:
        """Return it in words.

        Examples
        --------
        >>> Entry(arm="one-cycle", rate=0.3, epochs=2).label
        'one-cycle 0.3, 2 epochs'
        """
        fresh = ", fresh" if self.fresh else ""
        if self.arm == "constant":
            return f"constant {self.rate:g}{fresh}"
        return f"one-cycle {self.rate:g}, {self.epochs} epoch{'' if self.epochs == 1 else 's'}{fresh}"


def shape_of(recipe: Recipe) -> OneCycle:
    """Return the shape of the cycles: the recipe's own, else the usual one with momentum cycled where there is one."""
    if isinstance(recipe.schedule, OneCycle):
        return recipe.schedule
    return OneCycle(momentum=_CYCLED if recipe.optimizer.kind in MOMENTUM_KINDS else None)


def recipe_of(base: Recipe, entry: Entry, target: float, seed_shift: int) -> Recipe:
    """Return the recipe of a candidate.

    Both arms stop at the target, are evaluated after each epoch, and differ in nothing but the schedule. The test part
    stays closed while there is a choice to make, unless it is what judges.

    Parameters
    ----------
    base : Recipe
        The study's.
    entry : Entry
        Arm, rate and length.
    target : float
        Score at which to stop.
    seed_shift : int
        First seed less that of the recipe.
    """
    by_validation = judges_by_validation(base)
    schedule = Constant() if entry.arm == "constant" else shape_of(base)
    changes: dict[str, Any] = {
        "seed": base.seed + seed_shift,
        "schedule": schedule.model_dump(mode="python"),
        "optimizer.learning_rate": entry.rate,
        "training.epochs": entry.epochs,
        "evaluation.test": entry.fresh or not by_validation,
        "evaluation.test_every": 0 if by_validation else 1,
        "evaluation.validation_every": 1,
        "stop": {"target": target, "at_target": True, "part": base.stop.part},
    }
    return base.with_changes(changes)


def judges_by_validation(base: Recipe) -> bool:
    """Return whether targets are judged on a validation part, as the recipe has one and does not say otherwise."""
    return base.data.validation_fraction > 0 and base.stop.part != "test"


def default_rates(recipe: Recipe) -> tuple[float, ...]:
    """Return the constant rates to begin with: around the recipe's own, or below it where that is a cycle's peak."""
    factors = _BELOW_PEAK if isinstance(recipe.schedule, OneCycle) else _AROUND
    return tuple(rounded(factor * recipe.optimizer.learning_rate) for factor in factors)


def default_peaks(constant: float) -> tuple[float, ...]:
    """Return the highest rates of the cycles to try beside a constant rate."""
    return tuple(rounded(factor * constant) for factor in _PEAKS)


def rounded(rate: float) -> float:
    """Return a rate with two digits.

    Examples
    --------
    >>> rounded(0.3 * 0.1)
    0.03
    """
    return float(f"{rate:.{_DIGITS}g}")


def cycle_lengths(longest: int) -> tuple[int, ...]:
    """Return the lengths of the cycles to try, shortest first, each a third or a half longer than the one before.

    Examples
    --------
    >>> cycle_lengths(20)
    (1, 2, 3, 4, 6, 8, 12, 16, 20)
    """
    doubled = sorted({factor * 2**power for power in range(longest.bit_length()) for factor in (1, 3)})
    return (*(length for length in doubled if length < longest), longest)
