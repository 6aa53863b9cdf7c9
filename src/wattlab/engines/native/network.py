"""Forward propagation and error back-propagation through dense layers.

Arrays are (samples, features), weights (n_in, n_out). With activations aᵢ, weights Wᵢ and the output delta
δ = ∂cost/∂z of the last layer:

    forward    aᵢ₊₁ = f(aᵢ Wᵢ + bᵢ)
    gradients  ∂cost/∂Wᵢ = aᵢᵀ δᵢ₊₁,  ∂cost/∂bᵢ = Σ δᵢ₊₁ over samples
    backward   δᵢ = (δᵢ₊₁ Wᵢᵀ) ∘ f′(aᵢ)

No delta is needed for the input layer: it is the largest product of all, and nothing uses it.

Where the compute format has two bytes, the products use a copy of the weights in that format; outputs, loss and the
gradients of the biases stay in the master format, and so do the gradients once they are complete.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from wattlab.engines.native.activations import activation_function
from wattlab.engines.native.losses import LOSSES, SMALLEST
from wattlab.engines.native.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.engines.native.arrays import Array, Number
    from wattlab.engines.native.buffers import Buffers
    from wattlab.engines.native.choice import Formats

__all__ = ["DenseNetwork", "LayerTimes"]


class LayerTimes:
    """Seconds spent in each layer, forward and backward, summed over calls."""

    def __init__(self, n_layers: int) -> None:
        self.forward_s = np.zeros(n_layers)
        self.backward_s = np.zeros(n_layers)

    @classmethod
    def taken(cls, times: LayerTimes | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return both since the last call, and begin anew; empty arrays where nothing is timed."""
        if times is None:
            return np.zeros(0), np.zeros(0)
        taken = times.forward_s.copy(), times.backward_s.copy()
        times.forward_s[:] = times.backward_s[:] = 0
        return taken


class DenseNetwork:
    """Dense layers on one flat vector of parameters.

    Parameters
    ----------
    parameters : Parameters
        Weights and biases, in the master format.
    formats : Formats
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
        parameters: Parameters,
        formats: Formats,
        activations: Sequence[str],
        loss: str,
        *,
        input_delta: bool = False,
    ) -> None:
        xp = parameters.arrays
        self.arrays, self.formats, self.parameters = xp, formats, parameters
        self.activations = activations
        self.loss_name = loss
        self.functions = [activation_function(xp, name) for name in activations]
        self.loss = LOSSES[loss]
        self.smallest = SMALLEST[formats.master]
        self.simple_delta = self.loss.shortcut == activations[-1]
        self.input_delta = input_delta
        self._mixed = formats.mixed
        self._copy = Parameters(xp, parameters.sizes, formats.compute) if self._mixed else parameters
        self._products = Parameters(xp, parameters.sizes, formats.compute) if self._mixed else None
        self.layers = list(zip(self._copy.weights, self._copy.biases, self.functions, strict=True))
        self.transposed = [weights.T for weights in self._copy.weights]

    def forward(self, buffers: Buffers, times: LayerTimes | None = None) -> Array:
        """Propagate the input activations through all layers and return the outputs."""
        xp, activations = self.arrays, buffers.activations
        if self._mixed:
            xp.assign(self._copy.flat, self.parameters.flat)
        last = len(self.layers) - 1
        for index, (weights, biases, function) in enumerate(self.layers):
            started = perf_counter() if times else 0.0
            z = activations[index + 1]
            xp.affine(activations[index], weights, biases, z)
            if self._mixed and index == last:
                xp.assign(buffers.outputs, z)
                z = buffers.outputs
            function.forward(xp, z, buffers.scratch[index + 1])
            if times:
                times.forward_s[index] += perf_counter() - started
        return buffers.outputs

    def losses(self, outputs: Array, targets: Array, error: Array, out: Array) -> None:
        """Fill `error` with |y − a| and `out` with what each output adds to the loss, but for `loss.factor`."""
        xp = self.arrays
        xp.subtract(outputs, targets, out=error)
        xp.absolute(error, out=error)
        self.loss.terms(xp, outputs, targets, error, out, self.smallest)

    def cost(self, buffers: Buffers) -> tuple[Number, Number]:
        """Return the loss and Σ|y − a|, both summed over samples and outputs; samples count as they are weighted."""
        xp, error, terms = self.arrays, buffers.output_delta, buffers.scratch[-1]
        self.losses(buffers.outputs, buffers.targets, error, terms)
        if buffers.weights is not None:
            xp.multiply(terms, buffers.weights, out=terms)
        return self.loss.factor * xp.total(terms), xp.total(error)

    def backward(
        self, buffers: Buffers, gradients: Parameters, factor: Number, times: LayerTimes | None = None
    ) -> None:
        """Fill `gradients` with the derivatives of ``factor`` times the summed loss."""
        xp, activations, deltas = self.arrays, buffers.activations, buffers.deltas
        started = perf_counter() if times else 0.0
        products = (self._products or gradients).weights
        self._output_delta(buffers, factor)
        exact = buffers.output_delta
        for index in range(len(self.layers) - 1, -1, -1):
            delta = deltas[index + 1]
            xp.matmul(buffers.transposed[index], delta, out=products[index])
            xp.sum_samples(buffers.ones, exact, gradients.biases[index])
            if index or self.input_delta:
                exact = deltas[index]
                xp.matmul(delta, self.transposed[index], out=exact)
                previous = self.functions[index - 1] if index else self.functions[0]
                previous.backward(xp, exact, activations[index], buffers.scratch[index])
            if times:
                now = perf_counter()
                times.backward_s[index] += now - started
                started = now
        if self._products is not None:
            xp.assign(gradients.flat_weights, self._products.flat_weights)

    def _output_delta(self, buffers: Buffers, factor: Number) -> None:
        """Fill the last delta with factor · ∂loss/∂z of the output layer, in both formats."""
        xp, outputs, delta, scratch = self.arrays, buffers.outputs, buffers.output_delta, buffers.scratch[-1]
        if self.simple_delta:
            xp.subtract(outputs, buffers.targets, out=delta)
        else:
            self.loss.gradient(xp, outputs, buffers.targets, delta, scratch, self.smallest)
            self.functions[-1].backward(xp, delta, outputs, scratch)
        if buffers.weights is not None:
            xp.multiply(delta, buffers.weights, out=delta)
        if not (isinstance(factor, float) and factor == 1.0):  # a factor on the device must not be read
            xp.multiply(delta, factor, out=delta)
        if self._mixed:
            xp.assign(buffers.deltas[-1], delta)
