"""From what is asked for in words to paths: a formula or the talk's regression, optimizers and rates."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from wattlab.errors import ParameterError
from wattlab.insight.theory.comparison import Descents, compare_descents
from wattlab.insight.theory.descent import check_start
from wattlab.insight.theory.formula import Formula
from wattlab.insight.theory.regression import TALK_EPOCHS, TALK_RATE, TALK_SAMPLES, mini_batches, talk
from wattlab.insight.theory.rules import check_momentum_used, make_optimizer
from wattlab.insight.theory.stability import curvature_at, stable_rate
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike

    from wattlab.insight.theory.objective import Objective
    from wattlab.insight.theory.regression import LeastSquares, Reduction
    from wattlab.recipe.optimizer import Optimizer

__all__ = ["REGRESSION", "DescentAsked", "find_descents", "names_in", "numbers_in"]

REGRESSION: Final = "linear-regression"
_RATE: Final = 0.1
_STEPS: Final = 50
_START: Final = (2.0, 1.5)


@dataclass(frozen=True)
class DescentAsked:
    """What is to be descended, and how.

    Parameters
    ----------
    loss : str
        An expression in x, or x and y; or "linear-regression", the talk's worked example.
    optimizers : tuple of str
        By their names in recipes.
    rates : tuple of float
        Learning rates, each taken with each optimizer. Empty: 0.1; for the regression the talk's 0.01, and where that
        diverges half the stable bound, too.
    start : tuple of float, or None
        None: (2, 1.5); for the regression drawn by seed.
    steps : int or None
        Updates; None: 50, for the regression 100 epochs.
    momentum : float or None
        γ, or β₁ of Adam; None: as in recipes.
    shown : tuple of str, or None
        The parameters of the surface; None: the first two, for the regression a3 and b.
    reduction : {"sum", "mean"} or None
        Of the regression's loss; None: the sum, as in the talk.
    batch_size : int or None
        Samples of the regression in a mini-batch; None: all.
    noise : float or None
        Standard deviation of the noise in the regression's targets; None: 0, as in the talk.
    seed : int or None
        Of the regression's data, start and batches; None: 0.
    """

    loss: str
    optimizers: tuple[str, ...] = ("gd",)
    rates: tuple[float, ...] = ()
    start: tuple[float, ...] | None = None
    steps: int | None = None
    momentum: float | None = None
    shown: tuple[str, ...] | None = None
    reduction: Reduction | None = None
    batch_size: int | None = None
    noise: float | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        if not self.optimizers:
            raise ParameterError("no optimizer was named; name at least one, such as gd")
        if self.momentum is not None:
            check_momentum_used(self.optimizers)
        for kind in self.optimizers:
            make_optimizer(kind, _RATE, self.momentum)
        if self.loss != REGRESSION:
            self._check_formula()

    def _check_formula(self) -> None:
        told = {
            "reduction": self.reduction,
            "batch size": self.batch_size,
            "noise": self.noise,
            "seed": self.seed,
        }
        given = [name for name, value in told.items() if value is not None]
        hint = nearest(self.loss, [REGRESSION]) if self.loss.replace("-", "").isalpha() else ""
        if hint:
            raise ParameterError(f"there is no loss {self.loss!r}{hint}")
        if given:
            msg = (
                f"{given[0]} was given, which only the loss {REGRESSION} has; leave it out for an expression"
            )
            raise ParameterError(msg)


def find_descents(asked: DescentAsked) -> Descents:
    """Let the optimizers descend.

    Parameters
    ----------
    asked : DescentAsked
        What and how.

    Raises
    ------
    wattlab.errors.UserError
        For an expression that cannot be read, a start outside the domain, or a number out of its range.

    Examples
    --------
    >>> found = find_descents(DescentAsked("x**2 + 4*y**2", ("gd", "adam"), steps=10))
    >>> [path.n_taken for path in found.paths], found.bounds[0].rate
    ([10, 10], 0.25)
    >>> [path.diverged for path in find_descents(DescentAsked("linear-regression")).paths]
    [True, False]
    """
    if asked.loss == REGRESSION:
        return _on_regression(asked)
    objective = Formula.of(asked.loss)
    start = _START[: len(objective.names)] if asked.start is None else asked.start
    chosen = [
        make_optimizer(kind, rate, asked.momentum)
        for kind in asked.optimizers
        for rate in asked.rates or (_RATE,)
    ]
    return compare_descents(
        objective, start, chosen, _STEPS if asked.steps is None else asked.steps, shown=asked.shown
    )


def _on_regression(asked: DescentAsked) -> Descents:
    seed = 0 if asked.seed is None else asked.seed
    loss, drawn = talk(reduction=asked.reduction or "sum", noise=asked.noise or 0.0, seed=seed)
    start, size = drawn if asked.start is None else asked.start, asked.batch_size
    if size is not None and not 1 <= size <= TALK_SAMPLES:
        raise ParameterError(f"the batch size is {size}; expected 1 to {TALK_SAMPLES}, the number of samples")
    steps = TALK_EPOCHS * ceil(TALK_SAMPLES / (size or TALK_SAMPLES)) if asked.steps is None else asked.steps
    return compare_descents(
        loss,
        start,
        _talk_optimizers(asked, loss, start),
        steps,
        shown=asked.shown or ("a3", "b"),
        parts=None if size is None else _parts(loss, size, seed),
        batch_size=size,
    )


def _parts(loss: LeastSquares, size: int, seed: int) -> Callable[[], Iterator[Objective]]:
    return lambda: mini_batches(loss, size, seed)


def _talk_optimizers(asked: DescentAsked, loss: LeastSquares, start: ArrayLike) -> list[Optimizer]:
    curvature = curvature_at(loss, check_start(loss, start))
    chosen = []
    for kind in asked.optimizers:
        first = make_optimizer(kind, (asked.rates or (TALK_RATE,))[0], asked.momentum)
        bound = stable_rate(first, curvature).rate
        added = (bound / 2,) if bound is not None and bound <= TALK_RATE else ()
        rates = asked.rates or (TALK_RATE, *added)
        chosen += [make_optimizer(kind, rate, asked.momentum) for rate in rates]
    return chosen


def numbers_in(text: str, what: str) -> tuple[float, ...]:
    """Read numbers with commas between them.

    Parameters
    ----------
    text : str
        Such as "2,1.5".
    what : str
        What they are, for messages.

    Raises
    ------
    wattlab.errors.ParameterError
        If one is not a number.

    Examples
    --------
    >>> numbers_in("2, 1.5", "the start")
    (2.0, 1.5)
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(
            f"{what} is {text!r}; expected numbers with commas between them, such as 2,1.5"
        ) from None


def names_in(text: str) -> tuple[str, ...]:
    """Return names with commas between them, without spaces around them."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
