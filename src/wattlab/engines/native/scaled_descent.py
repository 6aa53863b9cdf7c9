"""A step down a scaled gradient, which is left out where the gradient has overflowed.

The decision is taken on the device: nothing is read, so nothing waits, and the step can be recorded and replayed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.engines.native.loss_scale import LossScale, ScaleState

if TYPE_CHECKING:
    from wattlab.engines.base import Facts, State
    from wattlab.engines.native.arrays import Array, Number
    from wattlab.engines.native.descent import DenseDescent
    from wattlab.recipe.schedule import StepValue

__all__ = ["ScaledDescent"]


class ScaledDescent:
    """Unscale, look, step, and take the step back if a number was not finite; see `Descent`.

    Parameters
    ----------
    descent : DenseDescent
        The step itself; its update counts the steps in an array.
    scale : LossScale
    """

    def __init__(self, descent: DenseDescent, scale: LossScale) -> None:
        self.descent, self.scale = descent, scale
        xp = self.arrays = descent.parameters.arrays
        update = descent.update
        self.now = ScaleState(*(xp.zeros((), "float32") for _ in ScaleState._fields))
        xp.add(self.now.factor, scale.initial, out=self.now.factor)
        self._changing: list[Array] = [descent.parameters.flat, *update.slots.values(), update.steps]
        self._before = [xp.zeros_like(one) for one in self._changing]

    def __call__(self, value: StepValue) -> Number:
        """Take one step, or none; return the regularisation term before it."""
        xp, gradient = self.arrays, self.descent.gradients.flat
        xp.divide(gradient, self.now.factor, out=gradient)
        finite = xp.is_finite(gradient)
        for before, one in zip(self._before, self._changing, strict=True):
            xp.assign(before, one)
        term = self.descent(value)
        for before, one in zip(self._before, self._changing, strict=True):
            xp.assign(one, xp.where(finite, one, before))
        for one, new in zip(self.now, self.scale.after(xp, self.now, finite), strict=True):
            xp.assign(one, new)
        return term

    def take_skipped(self) -> int:
        """Return how many steps were left out since the last call."""
        n_skipped = int(self.now.n_skipped)
        self.arrays.multiply(self.now.n_skipped, 0.0, out=self.now.n_skipped)
        return n_skipped

    def facts(self) -> Facts:
        """Return the present factor, and whether it is dynamic or fixed."""
        return {"loss_scale": float(self.now.factor), "loss_scale_kind": self.scale.kind}

    def state(self) -> State:
        """Return copies of the factor and of the good steps since it last changed."""
        return {
            "loss_scale.factor": np.array(float(self.now.factor)),
            "loss_scale.good_steps": np.array(int(self.now.good_steps)),
        }

    def restore(self, state: State) -> None:
        """Go back to what `state` returned; no step has been left out since."""
        self.take_skipped()
        for name, one in (("factor", self.now.factor), ("good_steps", self.now.good_steps)):
            self.arrays.assign(one, self.arrays.of_numpy(state[f"loss_scale.{name}"], "float32"))
