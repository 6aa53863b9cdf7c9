"""What happened in each batch, kept on the device and fetched when the epoch is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from wattlab.engines.base import BatchLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Journal"]

PENDING_NUMBERS = 655360
"""So many outputs are kept before their errors are found, all at once."""


class Journal:
    """The log of some batches.

    Nothing here waits for the device before `close`. Errors and hits are found for many batches together, as finding
    them batch by batch would cost as many calls as the forward pass of a small network.

    Parameters
    ----------
    judge : callable (z, known) -> (errors, hits)
        Finds mean |y − a| (shape (n_rows,)), and hits (shape (n_rows,), or None), from what went into the last
        activation, and from what the targets are known by: the rows of the samples, or the targets themselves.
    """

    def __init__(
        self, judge: Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor | None]]
    ) -> None:
        self._judge = judge
        self._costs: list[torch.Tensor] = []
        self._terms: list[torch.Tensor] = []
        self._sizes: list[int] = []
        self._pending: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._n_pending = 0
        self._errors: list[torch.Tensor] = []
        self._hits: list[torch.Tensor] = []

    def add(self, loss: torch.Tensor, term: torch.Tensor, z: torch.Tensor, known: torch.Tensor) -> None:
        """Note a batch: its loss, its regularisation, what went into the last activation, what tells its targets."""
        self._costs.append(loss.detach())
        self._terms.append(term)
        self._pending.append((z.detach(), known))
        self._sizes.append(len(z))
        self._n_pending += z.numel()
        if self._n_pending >= PENDING_NUMBERS:
            self._settle()

    @torch.no_grad()
    def _settle(self) -> None:
        outputs, known = (torch.cat(parts) for parts in zip(*self._pending, strict=True))
        errors, hits = self._judge(outputs, known)
        self._errors.append(errors)
        if hits is not None:
            self._hits.append(hits)
        self._pending.clear()
        self._n_pending = 0

    def close(self, *, n_skipped: int) -> BatchLog:
        """Fetch everything; from the first loss that is not a finite number on, all is NaN."""
        if self._pending:
            self._settle()
        terms = torch.stack(self._terms).double()
        costs = torch.stack(self._costs).double() + terms
        errors, starts = torch.cat(self._errors), np.cumsum([0, *self._sizes])
        log = np.stack([costs.cpu().numpy(), terms.cpu().numpy(), _means(errors, starts)])
        finite = np.isfinite(log[0])
        n_good = len(finite) if finite.all() else int(finite.argmin())
        log[:, n_good:] = np.nan
        hits = int(torch.cat(self._hits)[: starts[n_good]].sum()) if self._hits else None
        return BatchLog(log[0], log[1], log[2], hits, n_skipped=n_skipped)


def _means(errors: torch.Tensor, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean error of each batch."""
    sums = np.add.reduceat(errors.double().cpu().numpy(), starts[:-1])
    means: NDArray[np.float64] = sums / np.diff(starts)
    return means
