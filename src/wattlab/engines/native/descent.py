"""From a gradient to a step: regularisation, clipping, update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wattlab.engines.native.penalty import clip, penalise

if TYPE_CHECKING:
    from wattlab.engines.native.optimizers import Update
    from wattlab.engines.native.parameters import Parameters
    from wattlab.recipe import Recipe

__all__ = ["Descent", "NumpyDescent"]


class Descent(Protocol):
    """One way to take a step down the gradient of a batch."""

    def __call__(self, learning_rate: float, momentum: float | None) -> float:
        """Change the parameters by one step and return the regularisation term before it."""
        ...


class NumpyDescent:
    """Regularisation, clipping and update, one after the other.

    Parameters
    ----------
    recipe : Recipe
        Says what is regularised and clipped.
    parameters, gradients : Parameters
        θ and the gradient of the loss alone.
    update : Update
        The optimizer's rule.
    """

    def __init__(self, recipe: Recipe, parameters: Parameters, gradients: Parameters, update: Update) -> None:
        self.terms, self.clip_norm = recipe.regularisation, recipe.training.clip_norm
        self.parameters, self.gradients, self.update = parameters, gradients, update

    def __call__(self, learning_rate: float, momentum: float | None) -> float:
        """Take one step; see `Descent`."""
        term = penalise(self.parameters, self.gradients, self.terms, self.update.scratch)
        if self.clip_norm is not None:
            clip(self.gradients.flat, self.clip_norm)
        self.update.step(self.gradients.flat, learning_rate, momentum)
        return term
