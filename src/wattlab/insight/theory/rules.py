"""Optimizers by name, as the recipes have them."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final, get_args

from wattlab.errors import ParameterError
from wattlab.recipe.optimizer import Optimizer
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.recipe.optimizer import Optimizer as OptimizerSpec

__all__ = ["OPTIMIZERS", "make_optimizer", "momentum_of"]

_KINDS: Final = {one.model_fields["kind"].default: one for one in get_args(get_args(Optimizer)[0])}

OPTIMIZERS: Final[tuple[str, ...]] = tuple(_KINDS)
"""All optimizers that a recipe can name; "gd" and "sgd" apply the same rule."""


def make_optimizer(kind: str, rate: float, momentum: float | None = None) -> OptimizerSpec:
    """Return a recipe's optimizer with all else as recipes have it where they say nothing.

    Parameters
    ----------
    kind : str
        One of `OPTIMIZERS`.
    rate : float
        Learning rate η, > 0. Unit: loss⁻¹ · parameter² for those that do not scale the gradient.
    momentum : float, optional
        γ, at least 0 and below 1, for those that have it; β₁ of Adam and AdamW.

    Raises
    ------
    wattlab.errors.ParameterError
        If the name is unknown (the nearest is offered), or a number is out of its range.

    Examples
    --------
    >>> make_optimizer("momentum", 0.1, 0.5)
    Momentum(learning_rate=0.1, kind='momentum', momentum=0.5)
    >>> make_optimizer("nestrov", 0.1)
    Traceback (most recent call last):
        ...
    wattlab.errors.ParameterError: there is no optimizer 'nestrov'; did you mean 'nesterov'? Known are gd, sgd, ...
    """
    if kind not in _KINDS:
        hint = nearest(kind, list(OPTIMIZERS))
        msg = f"there is no optimizer {kind!r}{hint or ';'} {'K' if hint else 'k'}nown are {', '.join(OPTIMIZERS)}"
        raise ParameterError(msg)
    if not (isfinite(rate) and rate > 0):
        raise ParameterError(f"the learning rate is {rate:g}; expected a finite number above 0, such as 0.1")
    if momentum is not None and not 0 <= momentum < 1:
        raise ParameterError(
            f"the momentum is {momentum:g}; expected a number of at least 0 and below 1, such as 0.9"
        )
    made: OptimizerSpec = _KINDS[kind](learning_rate=float(rate), **_momentum_field(kind, momentum))
    return made


def momentum_of(optimizer: OptimizerSpec) -> float:
    """Return γ, or β₁; 0 for those without."""
    field = _field_of(optimizer.kind)
    return float(getattr(optimizer, field)) if field else 0.0


def check_momentum_used(kinds: Sequence[str]) -> None:
    """Refuse a momentum that none of the optimizers would use."""
    if not any(_field_of(kind) for kind in kinds):
        raise ParameterError(f"a momentum was given, but {', '.join(kinds)} has none; leave it out")


def _field_of(kind: str) -> str:
    return next((name for name in ("momentum", "beta1") if name in _KINDS[kind].model_fields), "")


def _momentum_field(kind: str, momentum: float | None) -> dict[str, float]:
    field = _field_of(kind)
    return {field: float(momentum)} if field and momentum is not None else {}
