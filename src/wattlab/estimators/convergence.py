"""When a fit is done: no better by `tol` for too many epochs, as scikit-learn decides it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wattlab.engines.base import Weights

__all__ = ["LossPatience", "ScorePatience"]


@dataclass
class LossPatience:
    """Watches the training loss.

    Parameters
    ----------
    tol : float
        By how much the loss has to fall below the best one to count as better.
    patience : int
        Epochs in a row that may bring nothing better.
    best_loss : float
        The least loss so far.
    n_idle : int
        Epochs in a row that brought nothing better.
    """

    tol: float
    patience: int
    best_loss: float = inf
    n_idle: int = 0

    def see(self, loss: float) -> bool:
        """Note an epoch's loss, and tell whether the fit is done."""
        self.n_idle = self.n_idle + 1 if loss > self.best_loss - self.tol else 0
        self.best_loss = min(self.best_loss, loss)
        return self.n_idle > self.patience


@dataclass
class ScorePatience:
    """Watches the score on samples set aside, and keeps the weights of the best.

    Parameters
    ----------
    tol : float
        By how much the score has to exceed the best one, less which it does not count as better.
    patience : int
        Epochs in a row that may bring nothing better.
    best_score : float
        The highest score so far.
    best_weights : dict of arrays, or None
        The weights that had it; None before the first epoch.
    n_idle : int
        Epochs in a row that brought nothing better.
    """

    tol: float
    patience: int
    best_score: float = -inf
    best_weights: Weights | None = None
    n_idle: int = 0

    def see(self, score: float, weights: Weights) -> bool:
        """Note an epoch's score and weights, and tell whether the fit is done."""
        self.n_idle = self.n_idle + 1 if score < self.best_score + self.tol else 0
        if score > self.best_score:
            self.best_score, self.best_weights = score, weights
        return self.n_idle > self.patience
