"""Losses, each with its derivative beside it.

`a` are the outputs, `y` the targets, both of shape (n_samples, n_outputs); costs are summed over both.
References: C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, sections 5.2 and 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.native.arrays import Array, Arrays

__all__ = ["LOSSES", "SMALLEST", "LossFunction"]

SMALLEST = {"float64": 1e-15, "float32": 1e-7}
"""What a probability is clipped to before its logarithm is taken."""


@dataclass(frozen=True)
class LossFunction:
    """A loss of every output, and its derivative.

    Parameters
    ----------
    terms : callable (xp, a, y, error, out, smallest) -> None
        Fills `out` with what each output adds to the loss, but for `factor`; `error` holds |y − a|.
    factor : float
        What the terms' sum is multiplied by.
    gradient : callable (xp, a, y, out, scratch, smallest) -> None
        Derivative of the loss by the outputs a.
    shortcut : str or None
        Output activation with which the derivative by z is simply a − y.
    """

    terms: Callable[[Arrays, Array, Array, Array, Array, float], None]
    factor: float
    gradient: Callable[[Arrays, Array, Array, Array, Array, float], None]
    shortcut: str | None


def _log_loss(xp: Arrays, a: Array, y: Array, error: Array, out: Array, smallest: float) -> None:
    """−[y ln a + (1 − y) ln(1 − a)]: with y = 0 or 1 the argument is 1 − |y − a| either way."""
    xp.subtract(xp.one, error, out=out)
    xp.at_least(out, smallest, out=out)
    xp.log(out, out=out)


def _log_loss_gradient(xp: Arrays, a: Array, y: Array, out: Array, scratch: Array, smallest: float) -> None:
    """(a − y) / (a (1 − a))."""
    xp.subtract(xp.one, a, out=scratch)
    xp.multiply(scratch, a, out=scratch)
    xp.at_least(scratch, smallest, out=scratch)
    xp.subtract(a, y, out=out)
    xp.divide(out, scratch, out=out)


def _cross_entropy(xp: Arrays, a: Array, y: Array, error: Array, out: Array, smallest: float) -> None:
    """−y ln a."""
    xp.at_least(a, smallest, out=out)
    xp.log(out, out=out)
    xp.multiply(out, y, out=out)


def _cross_entropy_gradient(
    xp: Arrays, a: Array, y: Array, out: Array, scratch: Array, smallest: float
) -> None:
    """−y / a."""
    xp.at_least(a, smallest, out=scratch)
    xp.divide(y, scratch, out=out)
    xp.multiply(out, -1.0, out=out)


def _normalised(xp: Arrays, a: Array, y: Array, error: Array, out: Array, smallest: float) -> None:
    """−y ln(a / Σa): outputs that exclude one another once they are divided by their sum."""
    sums = xp.row_sums(a)
    xp.at_least(sums, smallest, out=sums)
    xp.divide(a, sums, out=out)
    _cross_entropy(xp, out, y, error, out, smallest)


def _normalised_gradient(xp: Arrays, a: Array, y: Array, out: Array, scratch: Array, smallest: float) -> None:
    """Σy / Σa − y / a."""
    sums = xp.row_sums(a)
    xp.at_least(sums, smallest, out=sums)
    xp.divide(xp.row_sums(y), sums, out=sums)
    _cross_entropy_gradient(xp, a, y, out, scratch, smallest)
    xp.add(out, sums, out=out)


def _squared_error(xp: Arrays, a: Array, y: Array, error: Array, out: Array, smallest: float) -> None:
    """½ (y − a)²."""
    xp.multiply(error, error, out=out)


def _squared_error_gradient(
    xp: Arrays, a: Array, y: Array, out: Array, scratch: Array, smallest: float
) -> None:
    """A − y."""
    xp.subtract(a, y, out=out)


LOSSES: dict[str, LossFunction] = {
    "log-loss": LossFunction(_log_loss, -1.0, _log_loss_gradient, shortcut="sigmoid"),
    "cross-entropy": LossFunction(_cross_entropy, -1.0, _cross_entropy_gradient, shortcut="softmax"),
    "normalised-cross-entropy": LossFunction(_normalised, -1.0, _normalised_gradient, shortcut=None),
    "mse": LossFunction(_squared_error, 0.5, _squared_error_gradient, shortcut="identity"),
}
