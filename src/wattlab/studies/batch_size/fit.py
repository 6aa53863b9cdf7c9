"""Peak memory as a straight line over the batch size: a fit, labelled as one, that is never returned as tested."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattlab.studies.batch_size.probe import Probe

__all__ = ["MemoryFit", "fit_memory"]

_FEWEST: Final = 3
_WORST: Final = 0.1


class MemoryFit(Frozen):
    """Peak memory = base + per sample × batch size, by least squares."""

    base_B: float
    """What the process needs without any batch: interpreter, libraries, data, weights, optimizer. Unit: B."""
    per_sample_B: float
    """What each sample of a batch takes. Unit: B."""
    n: int
    """Probes that it rests on."""
    worst_B: float
    """Largest distance of a probe from the line. Unit: B."""

    def memory_B(self, size: int) -> float:
        """Return the peak that the line gives for a size. Unit: B."""
        return self.base_B + self.per_sample_B * size

    def largest(self, limit_B: int) -> int:
        """Return the largest size that would fit by the line; 0 if none would.

        Examples
        --------
        >>> MemoryFit(base_B=1000, per_sample_B=10, n=3, worst_B=0).largest(1505)
        50
        """
        return max(0, floor((limit_B - self.base_B) / self.per_sample_B))


def fit_memory(probes: Iterable[Probe]) -> MemoryFit | None:
    """Fit a line to the peaks of all probes that fitted.

    Parameters
    ----------
    probes : iterable of Probe
        Those that did not fit do not count.

    Returns
    -------
    MemoryFit or None
        None where fewer than three sizes tell, memory does not grow with the size, or a probe lies farther from the
        line than a tenth of the highest peak: then it is no line.
    """
    found = [(one.size, one.memory.value) for one in probes if one.fits and one.memory.value is not None]
    if len({size for size, _ in found}) < _FEWEST:
        return None
    sizes, peaks = np.array(found, dtype=np.float64).T
    per_sample_B, base_B = np.polyfit(sizes, peaks, 1)
    worst_B = float(np.abs(peaks - base_B - per_sample_B * sizes).max())
    if per_sample_B <= 0 or worst_B > _WORST * peaks.max():
        return None
    return MemoryFit(base_B=float(base_B), per_sample_B=float(per_sample_B), n=len(found), worst_B=worst_B)
