"""Outputs, scores and losses of whole parts of the data, block by block."""

from __future__ import annotations

from math import nan, prod
from typing import TYPE_CHECKING

import torch

from wattlab.engines.torch.compilation import compiled
from wattlab.engines.torch.samples import as_tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from wattlab.engines.torch.losses import LossOfLogits
    from wattlab.engines.torch.network import Passed, TorchNetwork
    from wattlab.engines.torch.precision import Arithmetic
    from wattlab.engines.torch.samples import Resident, Samples
    from wattlab.recipe.architecture import Architecture

    Tensor = torch.Tensor

__all__ = ["Evaluator", "block_rows"]

MOST_ROWS = 8192
"""Rows that go through the network at once, at most."""
BLOCK_BYTES = 256 * 2**20
"""What a layer may take in and give for a block."""


def block_rows(architecture: Architecture, itemsize: int) -> int:
    """Return how many rows go through a network at once, so that its largest layer keeps within `BLOCK_BYTES`."""
    numbers = (
        sum(map(prod, architecture.fed(index))) + prod(shape)
        for index, shape in enumerate(architecture.shapes)
    )
    return max(1, min(MOST_ROWS, BLOCK_BYTES // (itemsize * max(numbers))))


class Evaluator:
    """Finds outputs, scores and losses; waits for the device once a part.

    Parameters
    ----------
    network : TorchNetwork
    loss : LossOfLogits
    resident : Resident
    arithmetic : Arithmetic
    n_rows : int
        Rows that go through the network at once, at most.
    compiles : bool
        Compile the forward pass, for all lengths at once.
    """

    def __init__(
        self,
        network: TorchNetwork,
        loss: LossOfLogits,
        resident: Resident,
        arithmetic: Arithmetic,
        *,
        n_rows: int,
        compiles: bool,
    ) -> None:
        self._network, self._loss, self._resident, self._arithmetic = network, loss, resident, arithmetic
        self._n_rows = n_rows
        self._forward = compiled(self._passed, dynamic=True) if compiles else self._passed

    def _passed(self, inputs: Tensor) -> Passed:
        with self._arithmetic.autocast():
            z, added = self._network(inputs)
        return z.to(self._arithmetic.stored), added

    @torch.no_grad()
    def outputs(self, features: NDArray[np.generic]) -> NDArray[np.floating]:
        """Return the outputs, shape (n_samples, n_outputs)."""
        blocks = [
            self._network.head(self._forward(inputs)[0]).cpu()
            for _, inputs in self._blocks(as_tensor(features))
        ]
        outputs: NDArray[np.floating] = torch.cat(blocks).numpy()
        return outputs

    @torch.no_grad()
    def score(self, samples: Samples) -> tuple[float, float]:
        """Return accuracy (or R²), samples not weighted, and the summed loss, samples weighted."""
        cost, right, spread = [], [], Spread()
        for rows, inputs in self._blocks(samples.features):
            z, added = self._forward(inputs)
            targets = inputs if samples.targets is None else samples.targets[rows]
            weights = None if samples.weights is None else samples.weights[rows]
            cost.append(self._loss.total(z, targets, weights, added))
            outputs = self._network.head(z)
            if samples.labels is None:
                right.append((outputs - targets).double().square().sum())
                spread.add(targets)
            else:
                right.append((outputs.argmax(1) == samples.labels[rows]).sum().double())
        loss, total = torch.stack([torch.stack(cost).sum(), torch.stack(right).sum()]).tolist()
        if samples.labels is not None:
            return total / len(samples), loss
        whole = spread.total()
        return (1 - total / whole if whole else nan), loss

    def _blocks(self, features: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """Yield the rows of each block, and what the network takes."""
        for rows, block in self._resident.blocks(features, self._n_rows):
            yield rows, self._resident.inputs(block)


class Spread:
    """Σ(y − ȳ)² over rows that come block by block, ȳ the mean of each column.

    Two sums are kept of a column, of the differences from its mean in the first block, so that little is lost.
    """

    def __init__(self) -> None:
        self._count = 0
        self._centre: Tensor | None = None

    def add(self, block: Tensor) -> None:
        """Take in some rows, shape (n_rows, n_columns)."""
        numbers = block.double()
        if self._centre is None:
            self._centre = numbers.mean(0)
            self._sums = torch.zeros_like(self._centre)
            self._squares = torch.zeros_like(self._centre)
        differences = numbers - self._centre
        self._sums += differences.sum(0)
        self._squares += differences.square_().sum(0)
        self._count += len(block)

    def total(self) -> float:
        """Return the sum over all columns."""
        return (self._squares - self._sums.square() / max(1, self._count)).sum().clamp(min=0).item()
