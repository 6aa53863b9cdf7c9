"""Outputs, scores and losses of whole parts of the data, block by block."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import torch

from wattlab.engines.torch.compilation import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from wattlab.engines.torch.losses import LossOfLogits
    from wattlab.engines.torch.network import TorchNetwork
    from wattlab.engines.torch.precision import Arithmetic
    from wattlab.engines.torch.samples import Resident, Samples

__all__ = ["BLOCK_ROWS", "Evaluator"]

BLOCK_ROWS = 8192
"""Rows that go through the network at once."""


class Evaluator:
    """Finds outputs, scores and losses; waits for the device once a part.

    Parameters
    ----------
    network : TorchNetwork
    loss : LossOfLogits
    resident : Resident
    arithmetic : Arithmetic
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
        compiles: bool,
    ) -> None:
        self._network, self._loss, self._resident, self._arithmetic = network, loss, resident, arithmetic
        self._forward = compiled(self._logits, dynamic=True) if compiles else self._logits

    def _logits(self, features: torch.Tensor) -> torch.Tensor:
        with self._arithmetic.autocast():
            z: torch.Tensor = self._network(self._resident.inputs(features))
        return z.to(self._arithmetic.stored)

    def outputs(self, features: NDArray[np.generic]) -> NDArray[np.floating]:
        """Return the outputs, shape (n_samples, n_outputs)."""
        brought = self._resident.features(features)
        with torch.no_grad():
            blocks = [self._network.head(z) for _, z in self._blocks(brought)]
        outputs: NDArray[np.floating] = torch.cat(blocks).cpu().numpy()
        return outputs

    @torch.no_grad()
    def score(self, samples: Samples) -> tuple[float, float]:
        """Return accuracy (R² for regression), samples not weighted, and the summed loss, samples weighted."""
        cost, right = [], []
        for rows, z in self._blocks(samples.features):
            weights = None if samples.weights is None else samples.weights[rows]
            cost.append(self._loss.total(z, samples.targets[rows], weights))
            right.append(self._right(self._network.head(z), samples, rows))
        loss, total = torch.stack([torch.stack(cost).sum(), torch.stack(right).sum()]).tolist()
        if samples.labels is not None:
            return total / len(samples), loss
        numbers = samples.targets.double()
        spread = (numbers - numbers.mean(0)).square().sum().item()
        return (1 - total / spread if spread else nan), loss

    def _right(self, outputs: torch.Tensor, samples: Samples, rows: slice) -> torch.Tensor:
        """Return the number of hits, or Σ(y − a)² for regression."""
        if samples.labels is not None:
            return (outputs.argmax(1) == samples.labels[rows]).sum().double()
        return (outputs - samples.targets[rows]).double().square().sum()

    def _blocks(self, features: torch.Tensor) -> Iterator[tuple[slice, torch.Tensor]]:
        """Yield the rows of each block, and what goes into the last activation."""
        for start in range(0, max(1, len(features)), BLOCK_ROWS):
            rows = slice(start, min(start + BLOCK_ROWS, len(features)))
            yield rows, self._forward(features[rows])
