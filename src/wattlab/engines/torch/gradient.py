"""The loss of a batch and its gradient: by autograd, compiled, or recorded as a CUDA graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from wattlab.engines.phases import FUSED, IDLE, PARTS, PhaseClock, PhaseTimes, rounds
from wattlab.engines.torch.compilation import compiled
from wattlab.engines.torch.model import Found
from wattlab.engines.torch.recording import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.torch.feeding import Batch, Feed
    from wattlab.engines.torch.model import Model

    Tensor = torch.Tensor
    Values = dict[str, Tensor]

__all__ = ["Gradient"]


class Gradient:
    """Finds the loss of a batch and leaves its gradient in the parameters.

    What is compiled of a chain of dense layers is the gradient as a function, forward and backward in one. With
    autograd behind a compiled forward pass, the ways between Python and compiled code cost more than a small network
    gains (a step of 784-70-30-10 at batch 32 on one core: eager 0.75 ms, forward and backward compiled apart 0.88 ms,
    together 0.58 ms). Of all other networks the forward pass is compiled, and autograd compiles the way back: they
    take longer, and a function could not leave statistics behind.

    Parameters
    ----------
    model : Model
    feed : Feed
    compiles : bool
        Compile, anew for each number of rows.
    graphed : int, optional
        Batches of so many rows are recorded as a CUDA graph, and replayed; left out: none are.
    """

    def __init__(self, model: Model, feed: Feed, *, compiles: bool, graphed: int | None = None) -> None:
        self._model, self._feed, self._graphed = model, feed, graphed
        network = model.network
        self._parameters = list(network.parameters())
        self._values = {name: one.detach() for name, one in network.named_parameters()}
        self._statistics = network.statistics
        self._recorded: Recorded | None = None
        self._find = self._by_autograd
        if graphed is not None:
            self._find = self._by_graph
        elif compiles and network.is_dense and feed.is_plain:
            self._find = self._by_function
            self._function = compiled(self._differentiate, dynamic=False)
        elif compiles:
            self._find = self._by_compiled
            self._forward = compiled(model.whole, dynamic=False)

    def __call__(self, rows: Tensor, scale: Tensor | None, clock: PhaseClock = IDLE) -> Found:
        """Return what the forward pass has found; statistics follow the batch.

        Parameters
        ----------
        rows : Tensor of shape (n_rows,), int64
            Which samples of the training part, on the device.
        scale : Tensor or None
            Factor on the gradient that is left in the parameters.
        clock : PhaseClock, optional
            Sees the phases; what is fused shows it the gradient as one.
        """
        found = self._find(rows, scale, clock)
        self._statistics.follow(len(rows))
        return found

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

    def _by_autograd(self, rows: Tensor, scale: Tensor | None, clock: PhaseClock) -> Found:
        self._forget()
        batch = self._model.inputs(self._feed(rows))
        clock.lap("data")
        return self._backward(self._model.forward, batch, scale, clock)

    def _by_compiled(self, rows: Tensor, scale: Tensor | None, clock: PhaseClock) -> Found:
        self._forget()
        batch = self._feed(rows)
        clock.lap("data")
        return self._backward(self._forward, batch, scale, clock)

    def _forget(self) -> None:
        """Drop the last gradient, as zero_grad does, without its profiling: a tenth of a small step."""
        for one in self._parameters:
            one.grad = None

    def _backward(
        self, forward: Callable[[Batch], Found], batch: Batch, scale: Tensor | None, clock: PhaseClock
    ) -> Found:
        found = forward(batch)
        clock.lap("forward")
        torch.autograd.backward(found.loss if scale is None else found.loss * scale)
        clock.lap("backward")
        return found

    def _by_graph(self, rows: Tensor, scale: Tensor | None, clock: PhaseClock) -> Found:
        if len(rows) != self._graphed:
            found = self._by_autograd(rows, scale, IDLE)
        else:
            batch = self._feed(rows)
            if self._recorded is None:
                self._recorded = Recorded(self._model, batch, scale)
            found = self._recorded(batch, scale)
        clock.lap(FUSED)
        return found

    def _by_function(self, rows: Tensor, scale: Tensor | None, clock: PhaseClock) -> Found:
        gradients, loss, z = self._function(self._values, rows, scale)
        for one, gradient in zip(self._parameters, gradients.values(), strict=True):
            one.grad = gradient
        clock.lap(FUSED)
        return Found(loss, z, None)

    def _differentiate(
        self, values: Values, rows: Tensor, scale: Tensor | None
    ) -> tuple[Values, Tensor, Tensor]:
        """Return the gradient by `values`, the loss, and what went into the last activation."""
        batch = self._model.inputs(self._feed(rows))

        def scaled(values: Values) -> tuple[Tensor, tuple[Tensor, Tensor]]:
            found = self._model.forward(batch, values)
            return (found.loss if scale is None else found.loss * scale), (found.loss, found.z)

        gradients, (loss, z) = torch.func.grad(scaled, has_aux=True)(values)
        return gradients, loss, z
