"""The ceilings of a machine, as one library reaches them: product rate by number format, memory bandwidth."""

from __future__ import annotations

from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.recipe.engine import Precision  # noqa: TC001 (pydantic reads it)
from wattlab.studies.row import Frozen

__all__ = ["Bandwidth", "Ceilings", "Product"]


class Product(Frozen):
    """The rate of a matrix product, (m, k) by (k, n)."""

    precision: Precision
    m: int
    k: int
    n: int
    rate: Estimate
    """2 m k n over its time. Unit: FLOP/s."""


class Bandwidth(Frozen):
    """How fast a sum of two arrays streams through the memory in which all three have room (STREAM's triad).

    References
    ----------
    J. D. McCalpin, "Memory bandwidth and machine balance in current high performance computers", 1995: what a processor
    reads of the result before it writes it is not counted.
    """

    size_B: int
    """Bytes of the three arrays together."""
    rate: Estimate
    """Those bytes over the time. Unit: B/s."""


class Ceilings(Frozen):
    """What this machine reaches at best, measured."""

    library: str
    """Who computed, with its version."""
    device: str
    device_name: str
    threads: int | None
    """Of the library; None on a GPU."""
    products: tuple[Product, ...]
    bandwidths: tuple[Bandwidth, ...]
    lacking: dict[str, str]
    """Number formats that were not measured, each with the reason."""
    foreign_load: float
    """Share of all cores that other processes kept busy just before, from 0 to 1."""
    measured_utc: str

    def arithmetic(self, precision: str) -> Product | None:
        """Return the quickest product in a number format; None if there is none."""
        return max(
            (one for one in self.products if one.precision == precision),
            key=lambda one: one.rate.median,
            default=None,
        )

    @property
    def memory(self) -> Bandwidth:
        """The bandwidth beyond the last cache."""
        return max(self.bandwidths, key=lambda one: one.size_B)

    def bandwidth_at(self, size_B: float) -> Bandwidth:
        """Return the bandwidth where a working set of so many bytes has room.

        Parameters
        ----------
        size_B : float
            Unit: B.
        """
        roomy = [one for one in self.bandwidths if one.size_B >= size_B]
        return min(roomy, key=lambda one: one.size_B, default=self.memory)
