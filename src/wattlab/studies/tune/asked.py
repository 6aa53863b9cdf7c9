"""What a tuning study is asked, checked before anything runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import RecipeError, UserError
from wattlab.studies.fields import parse_variation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.recipe import Recipe
    from wattlab.studies.tune.answer import Goal

__all__ = ["GOALS", "Range", "TuneAsked", "check_asked", "parse_settings"]

GOALS: Final = ("time", "energy", "memory")
"""What can be made small."""
_RANGE: Final = re.compile(r"\s*([^:,\[\]]+):([^:,\[\]]+?)(:log)?\s*")
_PERCENT: Final = 100
_SURELY: Final = 1.5
"""A target above is meant as a percentage; one below may be a slip of another kind."""


@dataclass(frozen=True)
class Range:
    """All numbers between two bounds.

    Parameters
    ----------
    low, high : int or float
        Whole numbers mean whole numbers only.
    log : bool, optional
        Ratios count, not differences.
    """

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)


@dataclass(frozen=True)
class TuneAsked:
    """What a tuning study is asked.

    Parameters
    ----------
    subject : Recipe or str
        A recipe to vary, its name, or the path of its TOML file; or the name or path of a data set, for which a recipe
        is made. Where both have that name, the recipe is meant.
    target : float or None, optional
        Score to reach on the validation part; None: the goals alone decide, accuracy among them.
    minimize : sequence of {"time", "energy", "memory"}, optional
        Left out: time, where there is a target.
    maximize_accuracy : bool, optional
        Accuracy (R² for regression) is a goal, too; without a target only.
    budget_s : float, optional
        For search, repetitions and test together. Unit: s.
    vary : mapping of str to Range or sequence, optional
        By field or by name of a setting, in place of the default's or besides.
    fix : mapping of str, optional
        Values by field or by name of a setting, for all trials.
    engines : sequence of str, optional
        In short, such as "torch" or "keras:jax".
    only : bool, optional
        Vary nothing but what `vary` and `engines` name.
    seeds : int, optional
        Repetitions of each final candidate.
    n_finalists : int, optional
        Best candidates of the search that are repeated; the base recipe comes on top, where it reached the target.
    storage : str or None, optional
        URL of the database for Optuna's study; None: an SQLite file in the study's folder.
    sampler_seed : int, optional
        Of Optuna's sampler.
    max_trials : int or None, optional
        Trials of the search after which it ends, be there budget left or not.
    baseline : bool, optional
        Train Adam at its defaults, too, to hold the winner against.
    range_test : bool, optional
        Find the range of learning rates by range tests.

    Examples
    --------
    >>> TuneAsked("mnist", target=0.978, vary={"batch_size": [64, 128], "epochs": Range(2, 20, log=True)}).goals
    ('time',)
    """

    subject: Recipe | str
    target: float | None = None
    minimize: Sequence[Goal] = ()
    maximize_accuracy: bool = False
    budget_s: float = 600.0
    vary: Mapping[str, Range | Sequence[Any]] = field(default_factory=dict)
    fix: Mapping[str, Any] = field(default_factory=dict)
    engines: Sequence[str] = ()
    only: bool = False
    seeds: int = 5
    n_finalists: int = 3
    storage: str | None = None
    sampler_seed: int = 0
    max_trials: int | None = None
    baseline: bool = True
    range_test: bool = True

    @property
    def goals(self) -> tuple[Goal, ...]:
        """What is asked to be made small or large, the first one first."""
        small = tuple(self.minimize) or (() if self.maximize_accuracy else ("time",))
        return (*small, *(("accuracy",) if self.maximize_accuracy else ()))


def check_asked(asked: TuneAsked) -> None:
    """Refuse what is wrong whatever the recipe is.

    Raises
    ------
    wattlab.errors.UserError
        Names what was said, and what would be right.
    """
    _check_goals(asked)
    wholes = {"seeds": (asked.seeds, 1), "finalists": (asked.n_finalists, 1), "trials": (asked.max_trials, 1)}
    for name, (value, least) in (wholes | {"sampler-seed": (asked.sampler_seed, 0)}).items():
        if value is not None and value < least:
            msg = f"--{name} is {value}; expected a whole number of at least {least}"
            raise UserError(msg)
    if not (isfinite(asked.budget_s) and asked.budget_s > 0):
        msg = f"--budget is {asked.budget_s:g} s; expected more than 0, such as 10m"
        raise UserError(msg)
    twice = sorted({*asked.vary} & {*asked.fix}) or (
        ["engine"] if asked.engines and "engine" in asked.vary else []
    )
    if twice:
        msg = f"{twice[0]} is both varied and fixed, or varied twice; leave one of them out"
        raise UserError(msg)


def _check_goals(asked: TuneAsked) -> None:
    unknown = [goal for goal in asked.minimize if goal not in GOALS]
    if unknown:
        msg = f"--minimize {unknown[0]}: expected one of {', '.join(GOALS)}"
        raise UserError(msg)
    if len(set(asked.minimize)) < len(asked.minimize):
        msg = f"--minimize names {asked.minimize[-1]} twice; name each goal once"
        raise UserError(msg)
    if asked.target is None:
        if not asked.maximize_accuracy:
            msg = (
                "there is no target, so the cheapest training would be none at all; say --target, as in --target "
                "0.978, or --maximize accuracy for a front of costs and accuracies"
            )
            raise UserError(msg)
        return
    if asked.maximize_accuracy:
        msg = "--target ends a training as soon as it is reached, so --maximize accuracy has no say; leave one out"
        raise UserError(msg)
    if not isfinite(asked.target) or asked.target > 1:
        meant = asked.target / _PERCENT
        hint = f"; did you mean {meant:g}?" if _SURELY < asked.target <= _PERCENT else ""
        msg = f"--target is {asked.target:g}; accuracy and R² are at most 1{hint}"
        raise UserError(msg)


def parse_settings(texts: Sequence[str]) -> dict[str, Range | Sequence[Any]]:
    """Read several ``field=a,b,c``, ``field=low:high`` or ``field=low:high:log``.

    Raises
    ------
    wattlab.errors.RecipeError
        If one is none of these, or a field comes twice.

    Examples
    --------
    >>> parse_settings(["batch_size=32,64", "optimizer.learning_rate=1e-3:1:log"])
    {'batch_size': [32, 64], 'optimizer.learning_rate': Range(low=0.001, high=1, log=True)}
    """
    found: dict[str, Range | Sequence[Any]] = {}
    for text in texts:
        name, separator, values = text.partition("=")
        range_ = _range(values) if separator else None
        path, given = (name.strip(), range_) if range_ is not None else parse_variation(text)
        if path in found:
            msg = f"--vary names {path} twice; give all its values at once"
            raise RecipeError(msg)
        found[path] = given
    return found


def _range(text: str) -> Range | None:
    """Return the range that a text means; None if it is a list of values."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    try:
        low, high = (_number(one) for one in match.group(1, 2))
    except ValueError:
        return None
    log = match.group(3) is not None
    if not (isfinite(low) and isfinite(high)) or low >= high or (log and low <= 0):
        above = "a first number above 0, and " if log else ""
        msg = f"--vary range {text.strip()!r}: expected {above}a second number above the first, as in 0.001:1:log"
        raise RecipeError(msg)
    return Range(low, high, log)


def _number(text: str) -> float:
    try:
        return int(text)
    except ValueError:
        return float(text)
