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
from wattlab.engines.phases import IDLE
from wattlab.recipe.schedule import StepValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.native.arrays import Number
    from wattlab.engines.native.buffers import Buffers
    from wattlab.engines.native.descent import Descent
    from wattlab.engines.native.setup import Setup
    from wattlab.engines.phases import PhaseClock

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
    value : StepValue
        Learning rate, and what else a schedule gives.
    """

    rows: torch.Tensor
    outputs: torch.Tensor
    term: torch.Tensor
    value: StepValue


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

    def __call__(self, at: StepTensors, clock: PhaseClock = IDLE) -> None:
        """Do one update."""
        for number, (rows, outputs) in enumerate(self._blocks(at)):
            buffers = self.compute.gather(rows)
            clock.lap("data")
            self._forward(buffers, outputs)
            clock.lap("forward")
            self._backward(buffers, number, len(at.rows))
            clock.lap("backward")
        self._descend(at)
        clock.end("optimizer")

    def _forward(self, buffers: Buffers, outputs: torch.Tensor) -> None:
        self.compute.forward(buffers)
        self.arrays.assign(outputs, buffers.outputs)

    def _backward(self, buffers: Buffers, number: int, n_rows: int) -> None:
        """Fill the gradients, or add those of a later block to them."""
        gradients = self.setup.gradients
        factor: Number = 1.0 / n_rows if self.setup.by_mean else 1.0
        if self.scaled is not None:
            factor = factor * self.scaled.now.factor
        self.compute.backward(buffers, self.block_gradients if number else gradients, factor)
        if number:
            self.arrays.add(gradients.flat, self.block_gradients.flat, out=gradients.flat)

    def _descend(self, at: StepTensors) -> None:
        term = self.descend(at.value)
        if isinstance(term, torch.Tensor):  # a plain zero where nothing is regularised
            self.arrays.assign(at.term, term)

    def pieces(self, at: StepTensors) -> dict[str, Callable[[], None]]:
        """Return the step in pieces, by phase; done one after the other they are the whole for a single block."""
        blocks = self._blocks(at)
        by_block = [self.compute.gather(rows) for rows, _ in blocks]

        def gather() -> None:
            for rows, _ in blocks:
                self.compute.gather(rows)

        def forward() -> None:
            for buffers, (_, outputs) in zip(by_block, blocks, strict=True):
                self._forward(buffers, outputs)

        def backward() -> None:
            for number, buffers in enumerate(by_block):
                self._backward(buffers, number, len(at.rows))

        return {
            "data": gather,
            "forward": forward,
            "backward": backward,
            "optimizer": lambda: self._descend(at),
        }

    def _blocks(self, at: StepTensors) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return rows and room for outputs of the blocks that a batch goes through the network in."""
        if len(at.rows) <= self.block_rows:
            return [(at.rows, at.outputs)]
        return list(zip(split(at.rows, self.block_rows), split(at.outputs, self.block_rows), strict=True))

    def blank(self, n_rows: int) -> StepTensors:
        """Return a step over the first sample, again and again, whose outputs go nowhere."""
        xp, master = self.arrays, self.setup.formats.master
        outputs = xp.empty((n_rows, self.setup.parameters.sizes[-1]), master)
        return StepTensors(xp.zeros((n_rows,), "int64"), outputs, xp.zeros((), master), StepValue(0.0))

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
