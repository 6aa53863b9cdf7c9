"""The knee: the smallest tested size that is nearly as fast as the fastest, and which to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.row import Frozen
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.batch_size.probe import Probe

__all__ = ["ENOUGH", "ROOM", "Choice", "Knee", "find_knee", "recommend"]

ENOUGH: Final = 0.95
"""Share of the best throughput that the knee must reach."""
ROOM: Final = 0.1
"""Share of the memory that a recommended size leaves: peaks differ from one process to another, and grow with time."""


class Knee(Frozen):
    """Where throughput stops to grow."""

    size: int
    """The smallest tested size with at least 95 % of the best throughput, by the medians."""
    best: int
    """The size with the best throughput."""
    share: float
    """Throughput at the knee over the best."""
    perhaps: tuple[int, ...]
    """Smaller sizes that may reach 95 %, too, as far as the noise lets us tell."""
    alike: tuple[int, ...]
    """Sizes that cannot be told from the best: the intervals overlap, or two processes of one size differ as much."""
    least_energy: int | None
    """The size that takes the least energy for a sample; None where it is not measured: models do not rank."""


class Choice(Frozen):
    """A size to take, and why."""

    size: int
    reason: str
    """A sentence without its full stop."""


def find_knee(probes: Sequence[Probe], spread: float) -> Knee | None:
    """Return the knee of throughput over the batch size; None if nothing fitted.

    Parameters
    ----------
    probes : sequence of Probe
        One of each size that fits.
    spread : float
        How far two processes of one size were apart: what differs by less is noise. From 0 on.
    """
    rates = {one.size: _widened(one.rate, spread) for one in probes if one.rate is not None}
    if not rates:
        return None
    best = max(rates, key=lambda size: rates[size].median)
    enough = ENOUGH * rates[best].median
    knee = min(size for size, rate in rates.items() if rate.median >= enough)
    measured = [one for one in probes if one.energy.provenance == "measured"]
    energies = {one.size: one.energy.value for one in measured if one.energy.value is not None}
    return Knee(
        size=knee,
        best=best,
        share=rates[knee].median / rates[best].median,
        perhaps=tuple(sorted(size for size, one in rates.items() if size < knee and one.high >= enough)),
        alike=tuple(
            sorted(size for size, one in rates.items() if size != best and one.high >= rates[best].low)
        ),
        least_energy=min(energies, key=lambda size: energies[size], default=None),
    )


def _widened(rate: Estimate, spread: float) -> Estimate:
    """Return an interval that holds what another process of the same size might have given, too."""
    low, high = min(rate.low, rate.median * (1 - spread)), max(rate.high, rate.median * (1 + spread))
    return rate.model_copy(update={"low": low, "high": high})


def recommend(probes: Sequence[Probe], knee: Knee, limit_B: int | None) -> Choice:
    """Return the knee, or the largest size below it that leaves some memory.

    Parameters
    ----------
    probes : sequence of Probe
        One of each size that fits.
    knee : Knee
        Of them.
    limit_B : int or None
        Most memory that a process may hold; None: unknown. Unit: B.
    """
    why = f"the smallest tested size with {ENOUGH:.0%} of the best throughput or more: {knee.share:.0%}"
    if limit_B is None:
        return Choice(size=knee.size, reason=why)
    left = {one.size: limit_B - one.memory.value for one in probes if one.memory.value is not None}
    if knee.size not in left:
        return Choice(size=knee.size, reason=f"{why}; how much memory it takes is not known")
    if left[knee.size] >= ROOM * limit_B:
        kept = f"{format_bytes(left[knee.size])} of memory ({left[knee.size] / limit_B:.0%}) stay free"
        return Choice(size=knee.size, reason=f"{why}; {kept}")
    roomy = [size for size, left_B in left.items() if size < knee.size and left_B >= ROOM * limit_B]
    if not roomy:
        return Choice(size=knee.size, reason=f"{why}; but hardly any memory stays free, as at every size")
    size = max(roomy)
    kept = f"{format_bytes(left[size])} of memory ({left[size] / limit_B:.0%}) stay free"
    return Choice(
        size=size, reason=f"the knee, {knee.size}, leaves less than {ROOM:.0%} of the memory; here {kept}"
    )
