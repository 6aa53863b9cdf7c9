"""Losses, each with its derivative beside it.

`a` are the outputs, `y` the targets, both of shape (n_samples, n_outputs); costs are summed over both.
References: C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, sections 5.2 and 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LOSSES", "SMALLEST", "LossFunction"]

Array = Any

SMALLEST = {"float64": 1e-15, "float32": 1e-7}
"""What a probability is clipped to before its logarithm is taken."""


@dataclass(frozen=True)
class LossFunction:
    """A loss summed over samples and outputs, and its gradients.

    Parameters
    ----------
    cost : callable (xp, a, y, error, scratch, smallest) -> float
        The summed loss; `error` holds |y − a|.
    gradient : callable (xp, a, y, out, scratch, smallest) -> None
        Derivative by the outputs a.
    shortcut : str or None
        Output activation with which the derivative by z is simply a − y.
    """

    cost: Callable[[Any, Array, Array, Array, Array, float], float]
    gradient: Callable[[Any, Array, Array, Array, Array, float], None]
    shortcut: str | None


def _log_loss(xp: Any, a: Array, y: Array, error: Array, scratch: Array, smallest: float) -> float:
    """−Σ [y ln a + (1 − y) ln(1 − a)]: with y = 0 or 1 the argument is 1 − |y − a| either way."""
    xp.subtract(1.0, error, out=scratch)
    xp.maximum(scratch, smallest, out=scratch)
    xp.log(scratch, out=scratch)
    return -float(scratch.sum())


def _log_loss_gradient(xp: Any, a: Array, y: Array, out: Array, scratch: Array, smallest: float) -> None:
    """(a − y) / (a (1 − a))."""
    xp.subtract(1.0, a, out=scratch)
    xp.multiply(scratch, a, out=scratch)
    xp.maximum(scratch, smallest, out=scratch)
    xp.subtract(a, y, out=out)
    xp.divide(out, scratch, out=out)


def _cross_entropy(xp: Any, a: Array, y: Array, error: Array, scratch: Array, smallest: float) -> float:
    """−Σ y ln a."""
    xp.maximum(a, smallest, out=scratch)
    xp.log(scratch, out=scratch)
    xp.multiply(scratch, y, out=scratch)
    return -float(scratch.sum())


def _cross_entropy_gradient(xp: Any, a: Array, y: Array, out: Array, scratch: Array, smallest: float) -> None:
    """−y / a."""
    xp.maximum(a, smallest, out=scratch)
    xp.divide(y, scratch, out=out)
    xp.multiply(out, -1.0, out=out)


def _squared_error(xp: Any, a: Array, y: Array, error: Array, scratch: Array, smallest: float) -> float:
    """½ Σ (y − a)²."""
    xp.multiply(error, error, out=scratch)
    return 0.5 * float(scratch.sum())


def _squared_error_gradient(xp: Any, a: Array, y: Array, out: Array, scratch: Array, smallest: float) -> None:
    """A − y."""
    xp.subtract(a, y, out=out)


LOSSES: dict[str, LossFunction] = {
    "log-loss": LossFunction(_log_loss, _log_loss_gradient, shortcut="sigmoid"),
    "cross-entropy": LossFunction(_cross_entropy, _cross_entropy_gradient, shortcut="softmax"),
    "mse": LossFunction(_squared_error, _squared_error_gradient, shortcut="identity"),
}
