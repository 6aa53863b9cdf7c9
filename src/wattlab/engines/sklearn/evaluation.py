"""Score and loss of outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["losses", "r_squared"]


def losses(kind: str, outputs: NDArray[np.floating], targets: NDArray[Any]) -> NDArray[np.float64]:
    """Return the loss of each sample, summed over its outputs, shape (n_samples,).

    Parameters
    ----------
    kind : str
        The recipe's name of the loss.
    outputs, targets : ndarray of shape (n_samples, n_outputs)
        Probabilities are clipped as scikit-learn does: to the spacing of their format at 1.
    """
    difference = np.abs(outputs - targets).astype(np.float64)
    if kind == "mse":
        squares: NDArray[np.float64] = 0.5 * np.square(difference).sum(axis=1)
        return squares
    # With targets 0 or 1, the probability of what came true is 1 − |y − a| either way.
    logarithms = np.log(np.maximum(1 - difference, np.finfo(outputs.dtype).eps))
    if kind == "cross-entropy":
        logarithms *= targets
    total: NDArray[np.float64] = -logarithms.sum(axis=1)
    return total


def r_squared(outputs: NDArray[np.floating], targets: NDArray[np.floating]) -> float:
    """Return 1 − Σ(y − a)² / Σ(y − ȳ)²; NaN where all targets are the same."""
    squares = float(np.square(outputs - targets, dtype=np.float64).sum())
    spread = float(np.square(targets - targets.mean(axis=0), dtype=np.float64).sum())
    return 1 - squares / spread if spread else float("nan")
