"""What a study of a target is asked, checked before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

from wattlab.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.recipe import Recipe

__all__ = ["SEEDS", "TargetAsked", "check_accuracy", "check_asked"]

SEEDS: Final = 5
"""Trainings of each recipe if nobody says otherwise: the fewest for a verdict by bootstrap."""
_PERCENT: Final = 100
_SURELY: Final = 1.5
"""A figure above is meant as a percentage; one below may be a slip of another kind."""


@dataclass(frozen=True)
class TargetAsked:
    """What a study of a target is asked.

    Parameters
    ----------
    recipes : Recipe, str, or sequence of these
        Recipes, their names, or paths of TOML files; the others are held against the first.
    accuracy : float, optional
        Accuracy to reach, or R² for regression; left out: the recipes' own ``stop.target``.
    seeds : int, optional
        Trainings of each recipe, with seeds one after the other, beginning with the recipe's own.
    part : {"test", "validation"}, optional
        On which part the target is judged; left out: as the recipes say.
    validation_fraction : float, optional
        Share of the training samples set aside for that.
    vary : mapping of str to sequence, optional
        Values by field, such as {"precision": ["float32", "float64"]}: each combination is trained, too.
    changes : mapping of str, optional
        Values by path, for all alike.
    engine, device : str, optional
        For all alike.
    epochs : int, optional
        Longest training; left out: as the recipes say.
    timeout_s : float, optional
        When to end a process; a training that is ended so missed its target. Unit: s.
    order_seed : int, optional
        Decides in which order the recipes run in each round.
    """

    recipes: Recipe | str | Sequence[Recipe | str]
    accuracy: float | None = None
    seeds: int = SEEDS
    part: Literal["test", "validation"] | None = None
    validation_fraction: float | None = None
    vary: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    engine: str | None = None
    device: str | None = None
    epochs: int | None = None
    timeout_s: float | None = None
    order_seed: int = 0

    def options(self) -> dict[str, Any]:
        """Return what options of their own say of the recipes, by path; all but the part.

        Raises
        ------
        wattlab.errors.UserError
            If `changes` or `vary` say the same.
        """
        said = {
            "stop.target": ("--accuracy", self.accuracy),
            "data.validation_fraction": ("--validation-fraction", self.validation_fraction),
            "engine.device": ("--device", self.device),
            "training.epochs": ("--epochs", self.epochs),
        }
        found = {path: value for path, (_, value) in said.items() if value is not None}
        for path in found:
            _check_once(path, said[path][0], self)
        if self.part is not None:
            _check_once("stop.part", "--part", self)
        return found


def _check_once(path: str, option: str, asked: TargetAsked) -> None:
    for source, given in (("--set", asked.changes), ("--vary", asked.vary)):
        if path in given:
            msg = f"{source} {path} and {option} both say the same thing; leave one of them out"
            raise UserError(msg)


def check_asked(asked: TargetAsked) -> None:
    """Refuse what is wrong whatever the recipes are.

    Raises
    ------
    wattlab.errors.UserError
        Names what was said, and what would be right.
    """
    if asked.accuracy is not None:
        check_accuracy(asked.accuracy, "--accuracy")
    _check_wholes(asked)
    if asked.part not in {None, "test", "validation"}:
        msg = f"--part is {asked.part!r}; expected test or validation"
        raise UserError(msg)
    _check_fraction(asked)
    if asked.timeout_s is not None and not (isfinite(asked.timeout_s) and asked.timeout_s > 0):
        msg = f"--timeout is {asked.timeout_s:g} s; expected more than 0"
        raise UserError(msg)
    asked.options()


def _check_wholes(asked: TargetAsked) -> None:
    wholes = {"seeds": (asked.seeds, 1), "epochs": (asked.epochs, 1), "order-seed": (asked.order_seed, 0)}
    for name, (value, least) in wholes.items():
        if value is not None and value < least:
            msg = f"--{name} is {value}; expected a whole number of at least {least}"
            raise UserError(msg)


def _check_fraction(asked: TargetAsked) -> None:
    fraction = asked.validation_fraction
    if fraction is None:
        return
    if not 0 < fraction < 1:
        msg = f"--validation-fraction is {fraction:g}; expected a share between 0 and 1, such as 0.15"
        raise UserError(msg)
    if asked.part == "test":
        msg = (
            "--validation-fraction sets samples aside to judge on, but --part test judges on the test part; leave one "
            "of them out"
        )
        raise UserError(msg)


def check_accuracy(accuracy: float, source: str) -> None:
    """Refuse a target that no training can reach, or that is none.

    Parameters
    ----------
    accuracy : float
        Accuracy or R².
    source : str
        Who says so, for the message.

    Raises
    ------
    wattlab.errors.UserError
        Unless it is above 0 and at most 1.

    Examples
    --------
    >>> check_accuracy(97.8, "--accuracy")
    Traceback (most recent call last):
        ...
    wattlab.errors.UserError: --accuracy is 97.8, and no accuracy or R² is above 1; for 97.8 % write 0.978
    """
    if accuracy > 1:
        meant = (
            f"for {accuracy:g} % write {accuracy / _PERCENT:g}"
            if _SURELY < accuracy <= _PERCENT
            else "write at most 1"
        )
        msg = f"{source} is {accuracy:g}, and no accuracy or R² is above 1; {meant}"
        raise UserError(msg)
    if not accuracy > 0:
        msg = f"{source} is {accuracy:g}; expected an accuracy or R² above 0 and at most 1, such as 0.978"
        raise UserError(msg)
