"""Forward propagation and error back-propagation through dense layers.

Arrays are (samples, features), weights (n_in, n_out). With activations aᵢ, weights Wᵢ and the output delta
δ = ∂cost/∂z of the last layer:

    forward    aᵢ₊₁ = f(aᵢ Wᵢ + bᵢ)
    gradients  ∂cost/∂Wᵢ = aᵢᵀ δᵢ₊₁,  ∂cost/∂bᵢ = Σ δᵢ₊₁ over samples
    backward   δᵢ = (δᵢ₊₁ Wᵢᵀ) ∘ f′(aᵢ)

No delta is needed for the input layer: it is the largest product of all, and nothing uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.engines.native.activations import ACTIVATIONS
from wattlab.engines.native.losses import LOSSES, SMALLEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.engines.native.parameters import Parameters

__all__ = ["Buffers", "DenseNetwork", "LayerTimes", "one_hot"]

Array = Any


class LayerTimes:
    """Seconds spent in each layer, forward and backward, summed over calls."""

    def __init__(self, n_layers: int) -> None:
        self.forward_s = np.zeros(n_layers)
        self.backward_s = np.zeros(n_layers)


@dataclass(frozen=True)
class Buffers:
    """All arrays that a pass over `n_rows` samples writes to, allocated once.

    Parameters
    ----------
    activations : list of arrays
        One a layer, input first; the outputs are the last.
    deltas : list of arrays
        As `activations`; the input layer's is empty unless it is asked for.
    scratch : list of arrays
        One a layer, for whoever needs an intermediate result.
    targets : array of shape (n_rows, n_outputs)
    ones : array of shape (n_rows,)
        A product with it is the quickest sum over samples.
    """

    activations: list[Array]
    deltas: list[Array]
    scratch: list[Array]
    targets: Array
    ones: Array

    @classmethod
    def allocate(cls, n_rows: int, parameters: Parameters, *, input_delta: bool) -> Buffers:
        """Return buffers for batches of `n_rows` samples."""
        dtype = parameters.flat.dtype
        rows = [np.empty((n_rows, units), dtype) for units in parameters.sizes]
        deltas = [np.empty_like(one) for one in rows]
        scratch = [np.empty_like(one) for one in rows]
        if not input_delta:
            deltas[0] = scratch[0] = np.empty((0, 0), dtype)
        return cls(rows, deltas, scratch, np.empty_like(rows[-1]), np.ones(n_rows, dtype))

    def head(self, n_rows: int) -> Buffers:
        """Return views on the first rows, for a batch that is shorter."""
        return Buffers(
            [one[:n_rows] for one in self.activations],
            [one[:n_rows] for one in self.deltas],
            [one[:n_rows] for one in self.scratch],
            self.targets[:n_rows],
            self.ones[:n_rows],
        )


class DenseNetwork:
    """Dense layers on one flat vector of parameters.

    Parameters
    ----------
    xp : module
        The array library.
    parameters : Parameters
        Weights and biases.
    activations : sequence of str
        One a layer, by the recipe's names.
    loss : str
        The recipe's name of the loss.
    input_delta : bool
        Carry the delta on to the input layer, derivative included, where nothing uses it: as the blog's program
        did before it was optimised.
    """

    def __init__(
        self,
        xp: Any,
        parameters: Parameters,
        activations: Sequence[str],
        loss: str,
        *,
        input_delta: bool = False,
    ) -> None:
        self.xp = xp
        self.parameters = parameters
        self.activations = activations
        self.loss_name = loss
        self.functions = [ACTIVATIONS[name] for name in activations]
        self.loss = LOSSES[loss]
        self.smallest = SMALLEST[str(parameters.flat.dtype)]
        self.simple_delta = self.loss.shortcut == activations[-1]
        self.input_delta = input_delta
        self.layers = list(zip(parameters.weights, parameters.biases, self.functions, strict=True))
        self.transposed = [weights.T for weights in parameters.weights]

    def forward(self, buffers: Buffers, times: LayerTimes | None = None) -> Array:
        """Propagate the input activations through all layers and return the outputs."""
        xp, activations = self.xp, buffers.activations
        for index, (weights, biases, function) in enumerate(self.layers):
            started = perf_counter() if times else 0.0
            z = activations[index + 1]
            xp.matmul(activations[index], weights, out=z)
            xp.add(z, biases, out=z)
            function.forward(xp, z, buffers.scratch[index + 1])
            if times:
                times.forward_s[index] += perf_counter() - started
        return activations[-1]

    def cost(self, buffers: Buffers) -> tuple[float, float]:
        """Return the loss and Σ|y − a|, both summed over samples and outputs; fills the output's error."""
        xp, outputs, error = self.xp, buffers.activations[-1], buffers.deltas[-1]
        xp.subtract(outputs, buffers.targets, out=error)
        xp.absolute(error, out=error)
        absolute = float(error.sum())
        cost = self.loss.cost(xp, outputs, buffers.targets, error, buffers.scratch[-1], self.smallest)
        return cost, absolute

    def backward(
        self, buffers: Buffers, gradients: Parameters, factor: float, times: LayerTimes | None = None
    ) -> None:
        """Fill `gradients` with the derivatives of ``factor`` times the summed loss."""
        xp, activations, deltas = self.xp, buffers.activations, buffers.deltas
        started = perf_counter() if times else 0.0
        self._output_delta(buffers, factor)
        for index in range(len(self.layers) - 1, -1, -1):
            delta = deltas[index + 1]
            xp.matmul(activations[index].T, delta, out=gradients.weights[index])
            xp.matmul(buffers.ones, delta, out=gradients.biases[index])
            if index or self.input_delta:
                xp.matmul(delta, self.transposed[index], out=deltas[index])
                previous = self.functions[index - 1] if index else self.functions[0]
                previous.backward(xp, deltas[index], activations[index], buffers.scratch[index])
            if times:
                now = perf_counter()
                times.backward_s[index] += now - started
                started = now

    def _output_delta(self, buffers: Buffers, factor: float) -> None:
        """Overwrite the last delta with factor · ∂loss/∂z of the output layer."""
        xp, outputs, delta, scratch = (
            self.xp,
            buffers.activations[-1],
            buffers.deltas[-1],
            buffers.scratch[-1],
        )
        if self.simple_delta:
            xp.subtract(outputs, buffers.targets, out=delta)
        else:
            self.loss.gradient(xp, outputs, buffers.targets, delta, scratch, self.smallest)
            self.functions[-1].backward(xp, delta, outputs, scratch)
        if factor != 1.0:
            xp.multiply(delta, factor, out=delta)


def one_hot(labels: NDArray[np.int64], n_classes: int, dtype: Any, smoothing: float) -> NDArray[np.floating]:
    """Return targets y (1 − ε) + ε/K of shape (n_samples, n_classes) for class indices."""
    targets = np.full((len(labels), n_classes), smoothing / n_classes, dtype)
    targets[np.arange(len(labels)), labels] += 1 - smoothing
    return targets
