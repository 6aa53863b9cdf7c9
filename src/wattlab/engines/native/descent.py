"""From a gradient to a step: regularisation, clipping, update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wattlab.engines.native.penalty import penalise, stretches

if TYPE_CHECKING:
    from wattlab.engines.native.arrays import Number
    from wattlab.engines.native.optimizers import Update
    from wattlab.engines.native.parameters import Parameters
    from wattlab.recipe import Recipe
    from wattlab.recipe.schedule import StepValue

__all__ = ["DenseDescent", "Descent"]


class Descent(Protocol):
    """One way to take a step down the gradient of a batch."""

    def __call__(self, value: StepValue) -> Number:
        """Change the parameters by one step and return the regularisation term before it."""
        ...


class DenseDescent:
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
        self._stretches = stretches(parameters, gradients, update.scratch)

    def __call__(self, value: StepValue) -> Number:
        """Take one step; see `Descent`."""
        xp = self.parameters.arrays
        term = penalise(xp, self._stretches, self.terms)
        if self.clip_norm is not None:
            xp.shorten(self.gradients.flat, self.clip_norm)
        self.update.step(self.gradients.flat, value)
        return term
