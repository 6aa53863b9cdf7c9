"""What a sweep is asked, checked before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite, prod
from typing import TYPE_CHECKING, Any, Final

from wattlab.cluster.step_report import StepsAsked
from wattlab.errors import RecipeError, UserError
from wattlab.recipe.override import parse_assignment
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.recipe import Recipe

__all__ = ["FIRST", "MANY", "SweepAsked", "check_asked", "parse_baseline", "value_text"]

FIRST: Final = "first"
"""The baseline that is taken if nobody names another: the first value of every field."""
MANY: Final = 200
"""Cells from which on one has to say that so many are meant."""
_SEEDS: Final = 3
_LEAST_TIMEOUT_S: Final = 600.0
_LIMITS: Final = 10


@dataclass(frozen=True)
class SweepAsked:
    """What a sweep is asked.

    Parameters
    ----------
    recipe : Recipe or str
        A recipe, its name, or the path of a TOML file.
    vary : mapping of str to sequence
        Values by field: a path, a bare name, or "engine" for engines in short such as "keras:jax".
    changes : mapping of str, optional
        Values by path, for all cells alike.
    engine, device : str, optional
        For all cells alike.
    steps : int, optional
        Steps that are timed in each process, at least.
    warm_up : int, optional
        Steps before those.
    limit_s : float, optional
        When the timing of a cell ends in any case. Unit: s.
    rounds : int, optional
        How often each cell is timed, each time in a fresh process.
    epochs : int, optional
        Train for so many epochs, too, to know what the values do to the accuracy.
    seeds : int, optional
        Trainings of each, with seeds one after the other; left out: three. Only with `epochs`.
    baseline : mapping of str, optional
        Values by field, of those that vary but for the batch size; left out: the first ones.
    order_seed : int, optional
        Decides in which order the cells run in each round.
    timeout_s : float, optional
        Longest time that one process may take; left out: by `limit_s`. Unit: s.
    many : bool, optional
        More than `MANY` cells are meant.
    """

    recipe: Recipe | str
    vary: Mapping[str, Sequence[Any]]
    changes: Mapping[str, Any] = field(default_factory=dict)
    engine: str | None = None
    device: str | None = None
    steps: int = 40
    warm_up: int = 10
    limit_s: float = 60.0
    rounds: int = 3
    epochs: int | None = None
    seeds: int | None = None
    baseline: Mapping[str, Any] = field(default_factory=dict)
    order_seed: int = 0
    timeout_s: float | None = None
    many: bool = False

    @property
    def n_cells(self) -> int:
        """Combinations of all values."""
        return prod(len(values) for values in self.vary.values())

    @property
    def n_seeds(self) -> int:
        """Trainings of each cell whose accuracy is asked for."""
        if self.epochs is None:
            return 0
        return _SEEDS if self.seeds is None else self.seeds

    @property
    def patience_s(self) -> float:
        """Longest time of one process: what was said, or so long that only what hangs needs it. Unit: s."""
        return self.timeout_s or max(_LEAST_TIMEOUT_S, _LIMITS * self.limit_s)

    def steps_asked(self) -> StepsAsked:
        """Return what each process is asked."""
        return StepsAsked(steps=self.steps, warm_up=self.warm_up, limit_s=self.limit_s)


def check_asked(asked: SweepAsked) -> None:
    """Refuse what is wrong whatever the recipe is.

    Raises
    ------
    wattlab.errors.UserError
        Names what was said, and what would be right.
    """
    _check_values(asked.vary)
    _check_wholes(asked)
    if asked.seeds is not None and asked.epochs is None:
        msg = (
            f"--seeds {asked.seeds} counts the trainings of --epochs, which is not there; say how long to train, as in "
            f"--epochs 5 --seeds {asked.seeds}, or leave --seeds out"
        )
        raise UserError(msg)
    for name, seconds in (("limit", asked.limit_s), ("timeout", asked.timeout_s)):
        if seconds is not None and not (isfinite(seconds) and seconds > 0):
            msg = f"--{name} is {seconds:g} s; expected more than 0"
            raise UserError(msg)
    if asked.n_cells > MANY and not asked.many:
        msg = (
            f"these are {asked.n_cells} combinations, each a process in {_each_of(asked.rounds)}; vary fewer values, "
            "or say that so many are meant: --yes"
        )
        raise UserError(msg)


def _each_of(rounds: int) -> str:
    return "one round" if rounds == 1 else f"each of {rounds} rounds"


def _check_wholes(asked: SweepAsked) -> None:
    wholes = {"steps": (asked.steps, 1), "rounds": (asked.rounds, 1), "seeds": (asked.seeds, 1)}
    wholes |= {
        "warm-up": (asked.warm_up, 0),
        "order-seed": (asked.order_seed, 0),
        "epochs": (asked.epochs, 1),
    }
    for name, (value, least) in wholes.items():
        if value is not None and value < least:
            msg = f"--{name} is {value}; expected a whole number of at least {least}"
            raise UserError(msg)


def _check_values(vary: Mapping[str, Sequence[Any]]) -> None:
    if not vary:
        msg = "there is nothing to vary; name fields and values, as in: --vary precision=float32,bfloat16"
        raise RecipeError(msg)
    for name, values in vary.items():
        if isinstance(values, str) or not isinstance(values, Sequence):
            msg = f"vary of {name} is {values!r}; expected a list of values, such as [{values!r}]"
            raise UserError(msg)
        if not values:
            msg = f"--vary {name} names no values; write it as {name}=a,b"
            raise RecipeError(msg)
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            msg = f"--vary {name} names {twice} twice; name each value once"
            raise RecipeError(msg)


def parse_baseline(text: str, vary: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Read ``field=value,field=value`` or "first".

    Parameters
    ----------
    text : str
        As it was written.
    vary : mapping of str to sequence
        Fields and values that vary.

    Raises
    ------
    wattlab.errors.UserError
        If a field does not vary, or not to that value.

    Examples
    --------
    >>> parse_baseline("precision=float32", {"precision": ["tf32", "float32"], "batch_size": [32, 64]})
    {'precision': 'float32'}
    """
    if text.strip() == FIRST:
        return {}
    found: dict[str, Any] = {}
    for part in text.split(","):
        if "=" not in part:
            msg = f"--baseline {text!r} is not understood; write it as field=value,field=value, or as first"
            raise UserError(msg)
        name, value = parse_assignment(part)
        if name not in vary:
            hint = nearest(name, list(vary)) or f"; these do: {', '.join(vary)}"
            msg = f"--baseline {name}: that field does not vary{hint}"
            raise UserError(msg)
        if value not in vary[name]:
            values = ", ".join(map(str, vary[name]))
            msg = f"--baseline {name}={value}: that is none of its values ({values}); name one of them"
            raise UserError(msg)
        found[name] = value
    return found


def value_text(value: object) -> str:
    """Return a value in words.

    Examples
    --------
    >>> value_text("float32"), value_text(True), value_text(None), value_text(0.5)
    ('float32', 'true', 'unset', '0.5')
    """
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)
