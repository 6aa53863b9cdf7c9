"""Stages of a warm start: how they are written, and the recipe that each of them trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import UserError
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.recipe import Recipe

__all__ = ["FULL", "Stage", "parse_stages", "stage_recipes"]

FULL: Final = "full"
"""The stage that trains the recipe itself."""
_FIELDS: Final = {
    "pool": "factor",
    "pca": "n_components",
    "random-projection": "n_components",
    "drop-constant": None,
    FULL: None,
}
"""Which field of the reduction a number after a stage's name is; None: it takes none."""
_EXAMPLE: Final = "pool=4:2,pool=2:2,full"


@dataclass(frozen=True)
class Stage:
    """One training of a chain.

    Parameters
    ----------
    label : str
        Such as "pool=2"; "full" for the recipe itself.
    reduction : mapping
        What takes the place of the recipe's own; empty for the recipe itself.
    epochs : int or None
        None: as many as the recipe has.
    """

    label: str
    reduction: Mapping[str, Any]
    epochs: int | None

    @property
    def is_full(self) -> bool:
        """Whether it trains the recipe itself."""
        return not self.reduction


def parse_stages(text: str) -> tuple[Stage, ...]:
    """Read ``pool=4:2,pool=2:2,full``: what feeds each stage, and after a colon its epochs.

    Parameters
    ----------
    text : str
        The last stage is "full", whose epochs may be left out.

    Raises
    ------
    wattlab.errors.UserError
        Says which stage is wrong, and how one is written.

    Examples
    --------
    >>> [(stage.label, stage.epochs) for stage in parse_stages("pca=20:2,full")]
    [('pca=20', 2), ('full', None)]
    """
    stages = tuple(_parse(part.strip(), text) for part in text.split(","))
    *earlier, last = stages
    if not last.is_full:
        msg = f"--stages {text!r} ends with {last.label!r}; the last stage is the recipe itself: add ,full"
        raise UserError(msg)
    for stage in earlier:
        if stage.is_full:
            msg = f"--stages {text!r}: 'full' is the recipe itself, and so can only be the last stage"
            raise UserError(msg)
        if stage.epochs is None:
            msg = (
                f"--stages {text!r} does not say how long {stage.label!r} trains; write it as {stage.label}:2"
            )
            raise UserError(msg)
    return stages


def _parse(part: str, text: str) -> Stage:
    label, colon, epochs = part.partition(":")
    kind, equals, value = label.partition("=")
    if kind == "clusters":
        msg = f"--stages {text!r}: distances to clusters are not linear, so that no later stage can begin from them"
        raise UserError(f"{msg}; take pool, pca, random-projection or drop-constant")
    if kind not in _FIELDS:
        hint = nearest(kind, list(_FIELDS)) or f"; write stages as {_EXAMPLE}"
        raise UserError(f"--stages {text!r}: there is no stage {kind!r}{hint}")
    field = _FIELDS[kind]
    if bool(equals) != (field is not None):
        right = f"{kind}=4:2, where 4 is its {field}" if field else f"{kind}:2"
        raise UserError(f"--stages {text!r}: {label!r} is not understood; write it as {right}")
    reduction: dict[str, Any] = {} if kind == FULL else {"kind": kind}
    if field is not None:
        reduction[field] = _number(value, label, text)
    return Stage(label, reduction, _epochs(epochs, part, text) if colon else None)


def _number(value: str, label: str, text: str) -> int | float:
    try:
        return int(value) if value.isdigit() else float(value)
    except ValueError:
        msg = f"--stages {text!r}: {label!r} has no number after the equals sign; write it as {_EXAMPLE}"
        raise UserError(msg) from None


def _epochs(epochs: str, part: str, text: str) -> int:
    if not epochs.isdecimal() or int(epochs) < 1:
        msg = f"--stages {text!r}: {part!r} has no whole number of epochs after the colon; write it as {_EXAMPLE}"
        raise UserError(msg)
    return int(epochs)


def stage_recipes(
    recipe: Recipe, stages: Sequence[Stage], changes: Mapping[str, Any], part: str
) -> tuple[Recipe, ...]:
    """Return what each stage trains.

    The last one stops at the recipe's target. Those before it go through their epochs, and are evaluated once, after
    the last of them, on the part on which the target is judged: nobody would pay for more.

    Parameters
    ----------
    recipe : Recipe
        With its target.
    stages : sequence of Stage
        The last one is full.
    changes : mapping
        Values by path, for these trainings alone.
    part : {"test", "validation"}
        On which the target is judged.

    Raises
    ------
    wattlab.errors.RecipeError
        If a reduction or a change is not possible.
    """
    return tuple(_recipe(recipe, stage, dict(changes), part) for stage in stages)


def _recipe(recipe: Recipe, stage: Stage, changes: dict[str, Any], part: str) -> Recipe:
    if stage.epochs is not None:
        changes["training.epochs"] = stage.epochs
    if stage.is_full:
        return recipe.with_changes(changes)
    changes |= {"preparation.reduction": dict(stage.reduction), "evaluation.train": "none"}
    changes |= {"evaluation.test": part == "test", "evaluation.test_every": 0}
    changes |= {"evaluation.validation_every": stage.epochs}
    changes |= {f"stop.{name}": None for name in ("target", "patience", "time_budget_s", "energy_budget_J")}
    return recipe.with_changes(changes)
