"""What a study of super-convergence is asked, checked before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from wattlab.data.catalog import located
from wattlab.errors import UserError
from wattlab.recipe.schedule import OneCycle
from wattlab.studies.candidates import find_candidates
from wattlab.studies.question import Question
from wattlab.studies.target.asked import check_accuracy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.recipe import Recipe

__all__ = [
    "SEEDS",
    "VALIDATION_FRACTION",
    "SuperconvergenceAsked",
    "check_asked",
    "default_epochs",
    "find_recipe",
    "find_target",
    "parse_rates",
]

SEEDS: Final = 3
VALIDATION_FRACTION: Final = 0.1
"""Share of the training part that judges where nobody says."""
_LONGER: Final = 4
"""A constant rate gets so many times the epochs of a recipe that is one cycle itself."""
_DECIDED: Final = ("schedule", "optimizer.learning_rate", "training.epochs", "stop.target", "stop.at_target")


@dataclass(frozen=True)
class SuperconvergenceAsked:
    """What a study of super-convergence is asked.

    Parameters
    ----------
    recipe : Recipe or str
        A recipe, its name, or the path of a TOML file. Its schedule is replaced; of one cycle the shape is kept.
    target : float or None
        Score to reach; None: the recipe's own.
    epochs : int or None
        Longest training of both arms; None: the recipe's own, four times as many if it is one cycle itself.
    rates : sequence of float
        Constant rates to choose from; empty: around the recipe's own, and on until the best has neighbours.
    peaks : sequence of float
        Highest rates of the cycles; empty: multiples of the best constant rate.
    seeds : int
        Trainings of each arm in the comparison.
    search_seeds : int or None
        Trainings of each candidate, by which the best of each arm is chosen; None: as many.
    fresh : bool
        Whether both are compared by trainings with other seeds; False: by the seeds that chose them.
    validation_fraction : float or None
        Share of the training part that judges; None: the recipe's own, else a tenth, as the study chooses among rates.
        A recipe that names the test part (stop.part = "test") is judged there, unless a share is given.
    engine, device : str or None
        In place of the recipe's own.
    changes : mapping of str
        Values by path, for both arms.
    budget_s : float or None
        Processes' time into which a further rate, or a longer cycle with the comparison that follows, has to fit by the
        mean time of an epoch so far; else it is not tried. Unit: s.
    timeout_s : float or None
        Longest time of one process. Unit: s.
    order_seed : int
        Decides in which order candidates run in each round.
    """

    recipe: Recipe | str
    target: float | None = None
    epochs: int | None = None
    rates: Sequence[float] = ()
    peaks: Sequence[float] = ()
    seeds: int = SEEDS
    search_seeds: int | None = None
    fresh: bool = True
    validation_fraction: float | None = None
    engine: str | None = None
    device: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    budget_s: float | None = None
    timeout_s: float | None = None
    order_seed: int = 0


def check_asked(asked: SuperconvergenceAsked) -> None:
    """Raise `wattlab.errors.UserError` for what is wrong whatever the recipe is."""
    wholes = {
        "epochs": (asked.epochs, 1),
        "seeds": (asked.seeds, 1),
        "search-seeds": (asked.search_seeds, 1),
        "order-seed": (asked.order_seed, 0),
    }
    for name, (value, least) in wholes.items():
        if value is not None and value < least:
            raise UserError(f"--{name} is {value}; expected a whole number of at least {least}")
    if asked.search_seeds is not None and not asked.fresh:
        msg = "--search-seeds says how many seeds choose, but with --no-fresh all of them do; leave one of them out"
        raise UserError(msg)
    _check_rates("rates", asked.rates)
    _check_rates("peaks", asked.peaks)
    for name, seconds in (("budget", asked.budget_s), ("timeout", asked.timeout_s)):
        if seconds is not None and not (isfinite(seconds) and seconds > 0):
            raise UserError(f"--{name} is {seconds:g} s; expected more than 0")
    share = asked.validation_fraction
    if share is not None and not 0 < share < 1:
        raise UserError(
            f"--validation-fraction is {share:g}; expected a share above 0 and below 1, such as 0.1"
        )
    for path in asked.changes:
        if path.startswith(_DECIDED):
            raise UserError(f"--set {path}: that is what the study itself decides; leave it out (see --help)")


def _check_rates(name: str, rates: Sequence[float]) -> None:
    wrong = next((one for one in rates if not (isfinite(one) and one > 0)), None)
    if wrong is not None:
        msg = f"--{name} has {wrong:g}; expected numbers above 0, such as --{name} 0.01,0.1"
        raise UserError(msg)
    if len(set(rates)) < len(rates):
        msg = f"--{name} names a number twice; name each once"
        raise UserError(msg)


def find_recipe(asked: SuperconvergenceAsked) -> Recipe:
    """Return the recipe with all changes, its data where any folder finds it.

    Raises
    ------
    wattlab.errors.UserError
        If recipe, engine or changes are unknown or do not fit, or the engine cannot do it.
    """
    changes = dict(asked.changes)
    if asked.device is not None:
        changes["engine.device"] = asked.device
    if asked.validation_fraction is not None:
        changes |= {"data.validation_fraction": asked.validation_fraction, "stop.part": "auto"}
    engines = () if asked.engine is None else (asked.engine,)
    (one,) = find_candidates(Question([asked.recipe], engines, None, changes))
    data = located(one.recipe.data)
    if one.recipe.stop.part != "test" and not data.validation_fraction:
        data = data.model_copy(update={"validation_fraction": VALIDATION_FRACTION})
    return one.recipe.model_copy(update={"data": data})


def find_target(asked: SuperconvergenceAsked, recipe: Recipe) -> float:
    """Return the score that both arms are to reach.

    Raises
    ------
    wattlab.errors.UserError
        If neither the question nor the recipe has one, or no training can reach it.
    """
    target = recipe.stop.target if asked.target is None else asked.target
    if target is None:
        msg = (
            f"recipe {recipe.name!r} has no stop.target, and both schedules have to reach the same score to be "
            "compared; say which, as in --target 0.75: a score that a training with a constant rate reaches late"
        )
        raise UserError(msg)
    check_accuracy(
        target, "--target" if asked.target is not None else f"stop.target of recipe {recipe.name!r}"
    )
    return target


def default_epochs(recipe: Recipe) -> int:
    """Return how long a constant rate may take."""
    own = recipe.training.epochs
    return _LONGER * own if isinstance(recipe.schedule, OneCycle) else own


def parse_rates(text: str | None, option: str) -> tuple[float, ...]:
    """Split ``0.01,0.1`` into numbers; none where there is no text.

    Raises
    ------
    wattlab.errors.UserError
        If a part is no number; `option` is what to call it.

    Examples
    --------
    >>> parse_rates("0.01, 0.1", "--rates")
    (0.01, 0.1)
    """
    if text is None:
        return ()
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        msg = f"{option} {text!r} is not understood; write it as numbers between commas, such as {option} 0.01,0.1"
        raise UserError(msg) from None
