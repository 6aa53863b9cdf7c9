"""What a learning-rate range test is asked, checked before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from wattlab.cluster.ramp_report import SMOOTHING
from wattlab.data.catalog import located
from wattlab.errors import UserError
from wattlab.studies.candidates import find_candidates
from wattlab.studies.lr_range.ranges import FEWEST_STEPS, default_ramp
from wattlab.studies.question import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.cluster.ramp_report import RampAsked
    from wattlab.recipe import Recipe

__all__ = ["SEEDS", "LrRangeAsked", "check_asked", "find_recipe", "ramp_of"]

SEEDS: Final = 3
_RATE: Final = "optimizer.learning_rate"


@dataclass(frozen=True)
class LrRangeAsked:
    """What a range test is asked.

    Parameters
    ----------
    recipe : Recipe or str
        A recipe, its name, or the path of a TOML file. Its schedule is left out.
    engine : str or None
        In short, such as "keras:jax"; None: the recipe's own.
    changes : mapping of str
        Values by path.
    low, high : float or None
        First and last learning rate; None: by optimizer and reduction of the loss.
    steps : int or None
        Rates, a training step each; None: 20 a decade, but 100 at least.
    seeds : int
        Ramps, with seeds from the recipe's on; each in a fresh process.
    smoothing : float
        β of the exponential smoothing, in [0, 1).
    verify : bool
        Whether short trainings try what is suggested, and its neighbours.
    verify_steps : int or None
        Updates of each of them; None: an epoch's, but no fewer than the range has, and at most five times as many.
    timeout_s : float or None
        Longest time of one process; None: as long as it likes. Unit: s.
    """

    recipe: Recipe | str
    engine: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    steps: int | None = None
    seeds: int = SEEDS
    smoothing: float = SMOOTHING
    verify: bool = True
    verify_steps: int | None = None
    timeout_s: float | None = None


def check_asked(asked: LrRangeAsked) -> None:
    """Raise `wattlab.errors.UserError` for what is wrong whatever the recipe is."""
    for name, value in (("from", asked.low), ("to", asked.high), ("timeout", asked.timeout_s)):
        if value is not None and not (isfinite(value) and value > 0):
            msg = f"--{name} is {value:g}; expected a number above 0"
            raise UserError(msg)
    for name, count, least in (("seeds", asked.seeds, 1), ("verify-steps", asked.verify_steps, 1)):
        if count is not None and count < least:
            msg = f"--{name} is {count}; expected a whole number of at least {least}"
            raise UserError(msg)
    if asked.steps is not None and asked.steps < FEWEST_STEPS:
        msg = (
            f"--steps is {asked.steps}; expected at least {FEWEST_STEPS}: of fewer, smoothing leaves no curve; leave "
            "it out for 20 steps a decade"
        )
        raise UserError(msg)
    if not 0 <= asked.smoothing < 1:
        msg = f"--smoothing is {asked.smoothing:g}; expected a number from 0 (none) to below 1, such as {SMOOTHING}"
        raise UserError(msg)
    if asked.verify_steps is not None and not asked.verify:
        msg = "--verify-steps is about the short trainings that --no-verify leaves out; leave one of them out"
        raise UserError(msg)
    if _RATE in asked.changes:
        msg = f"--set {_RATE}: that is what is looked for; leave it out, or bound it by --from and --to"
        raise UserError(msg)


def find_recipe(asked: LrRangeAsked) -> Recipe:
    """Return the recipe with all changes, its data where any folder finds it.

    Raises
    ------
    wattlab.errors.UserError
        If recipe, engine or changes are unknown or do not fit, or the engine cannot do it.
    """
    engines = () if asked.engine is None else (asked.engine,)
    (one,) = find_candidates(Question([asked.recipe], engines, None, asked.changes))
    return one.recipe.model_copy(update={"data": located(one.recipe.data)})


def ramp_of(asked: LrRangeAsked, recipe: Recipe) -> RampAsked:
    """Return which rates are tried.

    Raises
    ------
    wattlab.errors.UserError
        If the range is empty.
    """
    ramp = default_ramp(recipe, asked.low, asked.high, asked.steps, asked.smoothing)
    if ramp.low >= ramp.high:
        msg = (
            f"the range goes from --from {ramp.low:g} to --to {ramp.high:g}; the first rate must be below the last, "
            f"such as --from {ramp.high / 1e4:g} --to {ramp.high:g}"
        )
        raise UserError(msg)
    return ramp
