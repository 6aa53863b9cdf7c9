"""The course of a fit: epochs, their losses, and when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.data.batches import batch_bounds, order
from wattlab.errors import DivergedError
from wattlab.estimators.convergence import LossPatience, ScorePatience
from wattlab.recipe.schedule import Steps

if TYPE_CHECKING:
    from wattlab.engines.base import Trainer, Weights
    from wattlab.estimators.parameters import Parameters
    from wattlab.estimators.samples import Samples
    from wattlab.recipe import Recipe

__all__ = ["Course"]


class Course:
    """The epochs of a fit.

    Parameters
    ----------
    parameters : Parameters
        Say when it ends.
    recipe : Recipe
        Says how it goes.
    trainer : Trainer
        Is trained.
    n_samples : int
        Of its training part.
    before : list of float
        Losses of the epochs before this fit, which the new ones are added to.
    """

    def __init__(
        self, parameters: Parameters, recipe: Recipe, trainer: Trainer, n_samples: int, before: list[float]
    ) -> None:
        self.parameters, self.recipe, self.trainer = parameters, recipe, trainer
        self.losses = list(before)
        self.scores: list[float] | None = [] if parameters.early_stopping else None
        self.best_score: float | None = None
        self.n_epochs = 0
        self._n_samples = n_samples
        self._lengths = np.diff(batch_bounds(n_samples, recipe.training.batch_size), axis=1)[:, 0]

    def run(self, validation: Samples | None) -> bool:
        """Train until the fit has converged or has had all its epochs; return whether it has converged.

        Parameters
        ----------
        validation : Samples or None
            Samples to judge by, after which the trainer holds the weights that did best on them; None: the training
            loss is what counts.

        Raises
        ------
        wattlab.errors.DivergedError
            If the loss is no longer a finite number.
        """
        return self._by_loss() if validation is None else self._by_score(validation)

    def epoch(self) -> float:
        """Train one epoch and return its loss: the mean over the samples, regularisation included."""
        training, number = self.recipe.training, len(self.losses)
        rows = order(self.recipe.seed, number, self._n_samples, shuffle=training.shuffle)
        steps = Steps.of_epoch(self.n_epochs, len(self._lengths), training.epochs)
        values = self.recipe.schedule_values(steps)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # the loss tells
            cost = self.trainer.train(rows, values).cost
        loss = float(cost @ self._lengths) / self._n_samples
        if not np.isfinite(loss):
            raise self._diverged("loss", self.n_epochs + 1)
        self.losses.append(loss)
        self.n_epochs += 1
        return loss

    def weights(self) -> Weights:
        """Return the trainer's weights.

        Raises
        ------
        wattlab.errors.DivergedError
            If the last step made one of them no finite number.
        """
        weights = self.trainer.weights()
        if not all(np.isfinite(array).all() for array in weights.values()):
            raise self._diverged("weights", self.n_epochs)
        return weights

    def _diverged(self, what: str, epoch: int) -> DivergedError:
        return DivergedError(
            f"the {what} ceased to be finite numbers in epoch {epoch}; lower learning_rate_init "
            f"(now {self.parameters.learning_rate_init:g}), or scale X and y"
        )

    def _by_loss(self) -> bool:
        patience = LossPatience(self.parameters.tol, self.parameters.n_iter_no_change)
        return any(patience.see(self.epoch()) for _ in range(self.parameters.max_iter))

    def _by_score(self, validation: Samples) -> bool:
        patience = ScorePatience(self.parameters.tol, self.parameters.n_iter_no_change)
        has_converged = any(self._judged(patience, validation) for _ in range(self.parameters.max_iter))
        if patience.best_weights is not None:
            self.trainer.load(patience.best_weights)
        self.best_score = patience.best_score
        return has_converged

    def _judged(self, patience: ScorePatience, validation: Samples) -> bool:
        """Train an epoch, score it, and tell whether the fit is done."""
        self.epoch()
        weights = self.weights()
        outputs = self.trainer.predict(validation.features)
        score = validation.score(outputs, is_classification=self.recipe.data.task == "classification")
        assert self.scores is not None
        self.scores.append(score)
        return patience.see(score, weights)
