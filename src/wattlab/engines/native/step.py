"""One update on torch tensors: what runs on the processor, on a GPU, and while it is recorded as a CUDA graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from wattlab.engines.native.descent import DenseDescent
from wattlab.engines.native.loss_scale import LossScale
from wattlab.engines.native.network import LayerTimes
from wattlab.engines.native.parameters import Parameters
from wattlab.engines.native.passes import DensePass
from wattlab.engines.native.scaled_descent import ScaledDescent

if TYPE_CHECKING:
    from wattlab.engines.native.arrays import Number
    from wattlab.engines.native.descent import Descent
    from wattlab.engines.native.setup import Setup

__all__ = ["Step", "StepTensors", "split"]


class StepTensors(NamedTuple):
    """What a step works on.

    Parameters
    ----------
    rows : tensor of shape (n_rows,), int64
        Samples of the batch.
    outputs : tensor of shape (n_rows, n_outputs)
        Where its outputs are to be kept.
    term : tensor of shape ()
        Where the regularisation term is to be kept.
    rate : number
    momentum : number or None
    """

    rows: torch.Tensor
    outputs: torch.Tensor
    term: torch.Tensor
    rate: Number
    momentum: Number | None


class Step:
    """Forward, backward, descent; nothing is read, so that nothing waits for the device.

    Parameters
    ----------
    setup : Setup
        On torch arrays.
    recorded : bool
        Whether it is to be recorded; then all that changes from step to step has to lie on the device.
    """

    def __init__(self, setup: Setup, *, recorded: bool) -> None:
        self.setup, self.arrays = setup, setup.arrays
        self.block_rows = min(setup.batch_rows, setup.arrays.block_rows)
        self.block_gradients = setup.gradients
        if setup.batch_rows > self.block_rows:
            self.block_gradients = Parameters(setup.arrays, setup.parameters.sizes, setup.formats.master)
        self.times = LayerTimes(len(setup.network.layers)) if setup.choice.layer_times else None
        self.compute = DensePass(setup.network, setup.samples, self.block_rows, count=False, times=self.times)
        halved = setup.choice.precision == "float16"
        if recorded or halved:
            setup.update.count_on(self.arrays.zeros((), "float64"))
        descent = DenseDescent(setup.recipe, setup.parameters, setup.gradients, setup.update)
        self.scaled = ScaledDescent(descent, _loss_scale(setup)) if halved else None
        self.descend: Descent = self.scaled or descent

    def __call__(self, at: StepTensors) -> None:
        """Do one update."""
        xp, gradients = self.arrays, self.setup.gradients
        factor: Number = 1.0 / len(at.rows) if self.setup.by_mean else 1.0
        if self.scaled is not None:
            factor = factor * self.scaled.now.factor
        for number, (rows, outputs) in enumerate(self._blocks(at)):
            buffers = self.compute.forward(rows)
            xp.assign(outputs, buffers.outputs)
            self.compute.backward(buffers, self.block_gradients if number else gradients, factor)
            if number:
                xp.add(gradients.flat, self.block_gradients.flat, out=gradients.flat)
        term = self.descend(at.rate, at.momentum)
        if isinstance(term, torch.Tensor):  # a plain zero where nothing is regularised
            xp.assign(at.term, term)

    def _blocks(self, at: StepTensors) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return rows and room for outputs of the blocks that a batch goes through the network in."""
        if len(at.rows) <= self.block_rows:
            return [(at.rows, at.outputs)]
        return list(zip(split(at.rows, self.block_rows), split(at.outputs, self.block_rows), strict=True))

    def blank(self, n_rows: int) -> StepTensors:
        """Return a step over the first sample, again and again, whose outputs go nowhere."""
        xp, master = self.arrays, self.setup.formats.master
        outputs = xp.empty((n_rows, self.setup.parameters.sizes[-1]), master)
        return StepTensors(xp.zeros((n_rows,), "int64"), outputs, xp.zeros((), master), 0.0, None)

    def changing(self) -> list[torch.Tensor]:
        """Return all tensors that a step to be recorded changes and that the next step reads."""
        update = self.setup.update
        scale = () if self.scaled is None else self.scaled.now
        return [self.setup.parameters.flat, *update.slots.values(), update.steps, *scale]


def _loss_scale(setup: Setup) -> LossScale:
    chosen = setup.choice.loss_scale
    return LossScale(None if chosen == "dynamic" else chosen)


def split(tensor: torch.Tensor, size: int) -> tuple[torch.Tensor, ...]:
    """Return views of `size` rows each, the last of which may be shorter."""
    views: tuple[torch.Tensor, ...] = torch.split(tensor, size)
    return views
