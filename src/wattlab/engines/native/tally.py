"""What a range of batches gave, found from all their outputs at once when they are through.

A batch then costs no operation for its own loss, error and hits, and nothing waits for the device in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from wattlab.engines.native.setup import Setup

__all__ = ["Tally", "TallyResult"]


class TallyResult(NamedTuple):
    """Sums on the device.

    Parameters
    ----------
    losses : tensor of shape (n_batches,), float64
        Summed loss of each batch, samples weighted.
    errors : tensor of shape (n_batches,), float64
        Σ|y − a| of each batch.
    correct : tensor of shape ()
        Samples classified correctly in all of them.
    """

    losses: torch.Tensor
    errors: torch.Tensor
    correct: torch.Tensor


class Tally:
    """Losses, errors and hits of batches of `size` rows, of which the last may be short.

    Parameters
    ----------
    setup : Setup
    n_rows : int
        Most rows in one call.
    size : int
        Rows of a batch.
    """

    def __init__(self, setup: Setup, n_rows: int, size: int) -> None:
        self.setup, self.size = setup, size
        self.outputs: torch.Tensor = setup.arrays.empty(
            (n_rows, setup.parameters.sizes[-1]), setup.formats.master
        )
        self._error, self._terms = torch.empty_like(self.outputs), torch.empty_like(self.outputs)

    def count(self, rows: torch.Tensor) -> TallyResult:
        """Return what the batches over `rows` gave, whose outputs stand at the beginning of `outputs`."""
        samples, n_rows = self.setup.samples, len(rows)
        outputs, error, terms = (one[:n_rows] for one in (self.outputs, self._error, self._terms))
        self.setup.network.losses(outputs, samples.targets.index_select(0, rows), error, terms)
        if samples.weights is not None:
            terms.mul_(samples.weights.index_select(0, rows))
        return TallyResult(self._by_batch(terms), self._by_batch(error), self._correct(outputs, rows))

    def _correct(self, outputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        if not self.setup.counts:
            return rows.new_zeros(())
        hits: torch.Tensor = self.setup.arrays.hits(outputs, self.setup.samples.labels.index_select(0, rows))
        return hits

    def _by_batch(self, values: torch.Tensor) -> torch.Tensor:
        """Return the sum over rows and outputs of each batch."""
        full = len(values) // self.size * self.size
        sums = (
            values[:full].reshape(full // self.size, self.size * values.shape[1]).sum(1, dtype=torch.float64)
        )
        if full == len(values):
            return sums
        return torch.cat([sums, values[full:].sum(dtype=torch.float64).reshape(1)])
