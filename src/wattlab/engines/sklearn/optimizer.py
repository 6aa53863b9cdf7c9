"""The one place that knows scikit-learn's private optimizer: its rate, its momentum, its memory.

``partial_fit`` keeps an optimizer between calls but offers no way to reach it: ``learning_rate_init`` and
``momentum`` are read only when the optimizer is made. A schedule has to change them on the way, and a resumed
training has to bring back the memory. So this file reads and writes

- ``estimator._optimizer``, an ``SGDOptimizer`` or ``AdamOptimizer`` of
  ``sklearn.neural_network._stochastic_optimizers``,
- its ``learning_rate``, ``momentum``, ``velocities`` (SGD), ``learning_rate_init``, ``beta_1``, ``ms``, ``vs``,
  ``t`` (Adam; its ``learning_rate`` follows from them at every step).

Nothing else in wattlab does (``phases.py`` only looks on), and a test fails where scikit-learn changes one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from wattlab.engines.base import State

__all__ = ["OptimizerAccess"]


class OptimizerAccess:
    """Rate, momentum and memory of a network's optimizer.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        With ``solver`` "sgd" or "adam", after a first ``partial_fit``.
    """

    def __init__(self, estimator: Any) -> None:
        self._optimizer = estimator._optimizer  # noqa: SLF001 (the module's docstring says why)
        self._is_adam: bool = estimator.solver == "adam"
        self._slots = ("ms", "vs") if self._is_adam else ("velocities",)

    def set(self, learning_rate: float, momentum: float) -> None:
        """Use this rate and this momentum (Adam: β₁) from the next step on."""
        if self._is_adam:
            self._optimizer.learning_rate_init, self._optimizer.beta_1 = learning_rate, momentum
        else:
            self._optimizer.learning_rate, self._optimizer.momentum = learning_rate, momentum

    def clear(self) -> None:
        """Forget all steps taken so far."""
        for array in self._arrays().values():
            array[...] = 0
        if self._is_adam:
            self._optimizer.t = 0

    def state(self) -> State:
        """Return copies of the memory, and the number of steps where the optimizer counts them."""
        state: State = {name: array.copy() for name, array in self._arrays().items()}
        return state | ({"optimizer.t": np.array(self._optimizer.t)} if self._is_adam else {})

    def restore(self, state: State) -> None:
        """Go back to what `state` returned, for the same network and the same optimizer."""
        for name, array in self._arrays().items():
            array[...] = state[name]
        if self._is_adam:
            self._optimizer.t = int(state["optimizer.t"])

    def _arrays(self) -> dict[str, Any]:
        """Return the memory itself by name; scikit-learn puts new arrays in its place at every step."""
        return {
            f"optimizer.{slot}.{index}": array
            for slot in self._slots
            for index, array in enumerate(getattr(self._optimizer, slot))
        }
