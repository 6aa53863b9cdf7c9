"""What a curve of losses against learning rates tells: whether it fell and turned, and which rates are good."""

from __future__ import annotations

from math import log10, sqrt
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field

from wattlab.cluster.ramp_report import Ending  # noqa: TC001 (pydantic reads it)
from wattlab.studies.lr_range.pickers import PICKERS, Picker
from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.cluster.ramp_report import RampReport

__all__ = ["USABLE", "Curve", "Interval", "Reading", "Status", "suggest"]

Status = Literal["found", "too short", "flat", "diverged at once"]
USABLE: Final[frozenset[Status]] = frozenset({"found", "too short"})
"""Readings that have an interval."""
_FELL: Final = 0.02
"""Share of the first losses that the smoothed loss must lose, noise apart."""
_NOISE: Final = 4.0
"""Standard deviations that chance alone does not take away."""
_EDGE: Final = 0.1
"""Share of the fall that lies outside the interval at either end."""
_TURNED: Final = 0.1
"""Share of the fall by which the loss must have risen again."""
_AT_ONCE_DECADES: Final = 1.0
_FEWEST: Final = 10
_HEAD: Final = 0.1
_TAIL: Final = 5


class Curve(Frozen):
    """The smoothed loss against the learning rate."""

    rates: tuple[float, ...]
    """Evenly spaced by their logarithms, increasing."""
    losses: tuple[float, ...]
    """As they were, mean over a batch."""
    smoothed: tuple[float, ...]
    ending: Ending
    steps: Annotated[int, Field(ge=1)]
    """Steps that were asked for: more than there are rates where the curve ended early."""
    smoothing: float
    """β of the smoothing."""

    @classmethod
    def of(cls, report: RampReport) -> Curve:
        """Return the curve of a ramp."""
        return cls(
            rates=report.rates,
            losses=report.losses,
            smoothed=report.smoothed,
            ending=report.ending,
            steps=report.asked.steps,
            smoothing=report.asked.smoothing,
        )


class Interval(Frozen):
    """Learning rates from the first to the last that is good."""

    low: float
    high: float


class Reading(Frozen):
    """What one curve tells."""

    status: Status
    interval: Interval | None
    """From where a tenth of the fall lies behind to where a tenth is left; None unless there was a fall."""
    picks: dict[Picker, float]
    """By picker; empty without an interval."""
    start: float | None
    """Mean of the first losses; None where there is none."""
    best: float | None
    """Lowest smoothed loss; None as above."""
    n: int
    """Steps that gave a finite loss."""


def suggest(curve: Curve) -> Reading:
    """Read a curve: status, interval, and what the four pickers say; a pure function that costs microseconds.

    Parameters
    ----------
    curve : Curve
        Of one ramp.

    Returns
    -------
    Reading
        ``found``: the loss fell and turned. ``too short``: it fell up to the end of the range, so that the interval's
        upper end is only the largest rate tried. ``flat``: it never fell by more than chance takes away.
        ``diverged at once``: it rose, or was no finite number, within the first decade and without a fall.

    Notes
    -----
    The interval is Smith's: from the rate at which the loss begins to fall to that at which it stops falling. Both
    ends are taken where the fall, from the mean of the first losses to the lowest smoothed one, is done by a tenth and
    by nine tenths.

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3.
    """
    n, head = len(curve.rates), _head(curve)
    if n <= head:
        return Reading(status="diverged at once", interval=None, picks={}, start=None, best=None, n=n)
    rates, smoothed = np.array(curve.rates), np.array(curve.smoothed)
    start, noise = _start_of(curve)
    lowest = head + int(smoothed[head:].argmin())
    fall = start - float(smoothed[lowest])
    facts: dict[str, Any] = {"start": start, "best": float(smoothed[lowest]), "n": n}
    if fall <= max(_FELL * abs(start), _NOISE * noise):
        at_once = curve.ending != "end of the range" and log10(rates[-1] / rates[0]) <= _AT_ONCE_DECADES
        status: Status = "diverged at once" if at_once else "flat"
        return Reading(status=status, interval=None, picks={}, **facts)
    turned = curve.ending != "end of the range" or smoothed[-1] > smoothed[lowest] + _TURNED * fall
    return Reading(
        status="found" if turned else "too short",
        interval=_interval(rates, smoothed[: lowest + 1], start, fall, turned=turned),
        picks=_picks(curve, fall),
        **facts,
    )


def _head(curve: Curve) -> int:
    """Return how many first steps tell where the loss began, rather than what the rates do to it."""
    window = round(1 / (1 - curve.smoothing)) if curve.smoothing else 0
    return max(3, int(_HEAD * curve.steps), min(window, curve.steps // 2))


def _start_of(curve: Curve) -> tuple[float, float]:
    """Return the mean of the first losses, and how far chance alone sets it and a smoothed loss apart."""
    first = np.array(curve.losses[: max(3, int(_HEAD * curve.steps))])
    # Differences of neighbours do not see a slow fall.
    early = np.diff(curve.losses[: max(5, curve.steps // 5)])
    beta = curve.smoothing
    share = sqrt((1 - beta) / (1 + beta) + 1 / len(first))
    return float(first.mean()), float(early.std()) / sqrt(2) * share


def _interval(
    rates: NDArray[np.float64], smoothed: NDArray[np.float64], start: float, fall: float, *, turned: bool
) -> Interval:
    """Return the interval of a curve up to its lowest loss."""
    before = np.flatnonzero(smoothed > start - _EDGE * fall)
    first = int(before[-1]) + 1 if before.size else 0
    last = int((smoothed <= start - (1 - _EDGE) * fall).argmax()) if turned else len(rates) - 1
    return Interval(low=float(rates[min(first, last)]), high=float(rates[last]))


def _picks(curve: Curve, fall: float) -> dict[Picker, float]:
    """Ask all pickers, without the first tenth and the last five steps, as fastai does; the fall is scaled to 1."""
    kept = slice(int(_HEAD * curve.steps), len(curve.rates) - _TAIL)
    if kept.stop - kept.start < _FEWEST:
        kept = slice(0, len(curve.rates))
    rates, losses = np.array(curve.rates[kept]), np.array(curve.smoothed[kept]) / fall
    return {name: pick(rates, losses) for name, pick in PICKERS.items()}
