"""The loss of a batch and its gradient, by autograd, or compiled forward and backward together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from wattlab.engines.phases import FUSED, IDLE, PARTS, PhaseClock, PhaseTimes, rounds
from wattlab.engines.torch.compilation import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.torch.losses import LossOfLogits
    from wattlab.engines.torch.network import TorchNetwork
    from wattlab.engines.torch.precision import Arithmetic
    from wattlab.engines.torch.samples import Resident, Samples

    Tensor = torch.Tensor
    Values = dict[str, Tensor]

__all__ = ["Gradient"]


class Gradient:
    """Finds the loss of a batch and leaves its gradient in the parameters.

    What is compiled is the gradient as a function, forward and backward in one. With autograd behind a compiled forward
    pass, the ways between Python and compiled code cost more than a small network gains (a step of 784-70-30-10 at
    batch 32 on one core: eager 0.75 ms, forward and backward compiled apart 0.88 ms, together 0.58 ms).

    Parameters
    ----------
    network : TorchNetwork
    loss : LossOfLogits
    resident : Resident
    samples : Samples
        Of the training part.
    arithmetic : Arithmetic
    compiles : bool
        Compile, anew for each number of rows.
    """

    def __init__(
        self,
        network: TorchNetwork,
        loss: LossOfLogits,
        resident: Resident,
        samples: Samples,
        arithmetic: Arithmetic,
        *,
        compiles: bool,
    ) -> None:
        self._network, self._loss, self._resident = network, loss, resident
        self._samples, self._arithmetic = samples, arithmetic
        self._parameters = list(network.parameters())
        self._values = {name: one.detach() for name, one in network.named_parameters()}
        self._find = self._by_function if compiles else self._by_autograd
        self._function = compiled(self._differentiate, dynamic=False) if compiles else self._differentiate

    def __call__(self, rows: Tensor, scale: Tensor | None, clock: PhaseClock = IDLE) -> tuple[Tensor, Tensor]:
        """Return the loss of some samples, and what went into the last activation.

        Parameters
        ----------
        rows : Tensor of shape (n_rows,), int64
            Which samples of the training part, on the device.
        scale : Tensor or None
            Factor on the gradient that is left in the parameters.
        clock : PhaseClock, optional
            Sees the phases; what is compiled shows it the gradient as one.
        """
        return self._find(rows, scale, clock)

    def pieces(
        self, rows: Tensor, synchronize: Callable[[], None], *, times: int, budget_s: float
    ) -> dict[str, float]:
        """Return how data, forward and backward share the time where nothing is compiled.

        The gradient that it leaves in the parameters is not one to step by.
        """
        clock = PhaseClock(synchronize)
        clock.choose(range(1, times + 1))
        for sample in rounds(times, budget_s):
            clock.begin(sample)
            self._by_autograd(rows, None, clock)
            clock.end("backward")
        seconds = {name: np.array([one[name] for one in clock.samples]) for name in PARTS}
        return PhaseTimes(seconds, clock.n_steps, "modelled").shares()

    def _by_autograd(self, rows: Tensor, scale: Tensor | None, clock: PhaseClock) -> tuple[Tensor, Tensor]:
        for one in self._parameters:  # as zero_grad does, without its profiling: a tenth of a small step
            one.grad = None
        inputs, targets, weights = self._batch(rows)
        clock.lap("data")
        with self._arithmetic.autocast():
            z = self._network(inputs)
        z = z.to(self._arithmetic.stored)
        loss = self._loss(z, targets, weights)
        clock.lap("forward")
        torch.autograd.backward(loss if scale is None else loss * scale)
        clock.lap("backward")
        return loss, z

    def _by_function(self, rows: Tensor, scale: Tensor | None, clock: PhaseClock) -> tuple[Tensor, Tensor]:
        gradients, loss, z = self._function(self._values, rows, scale)
        for one, gradient in zip(self._parameters, gradients.values(), strict=True):
            one.grad = gradient
        clock.lap(FUSED)
        return loss, z

    def _differentiate(
        self, values: Values, rows: Tensor, scale: Tensor | None
    ) -> tuple[Values, Tensor, Tensor]:
        """Return the gradient by `values`, the loss, and what went into the last activation."""
        inputs, targets, weights = self._batch(rows)

        def scaled(values: Values) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            with self._arithmetic.autocast():
                z = torch.func.functional_call(self._network, values, (inputs,))
            z = z.to(self._arithmetic.stored)
            loss = self._loss(z, targets, weights)
            return (loss if scale is None else loss * scale), (loss, z)

        gradients, (loss, z) = torch.func.grad(scaled, has_aux=True)(values)
        return gradients, loss, z

    def _batch(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return inputs, targets and weights of some samples."""
        samples = self._samples
        inputs = self._resident.inputs(samples.features.index_select(0, rows))
        weights = None if samples.weights is None else samples.weights.index_select(0, rows)
        return inputs, samples.targets.index_select(0, rows), weights
