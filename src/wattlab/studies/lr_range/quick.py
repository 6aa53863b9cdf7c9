"""An interval of good learning rates from a single ramp, for whoever searches among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wattlab.cluster.ramp import run_ramp
from wattlab.cluster.ramp_report import RampFailure
from wattlab.meter.quantity import Quantity, missing
from wattlab.studies.lr_range.curve import Curve, Interval, Status, suggest
from wattlab.studies.lr_range.ranges import default_ramp
from wattlab.studies.lr_range.suggesting import suggestion_of
from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.cluster.ramp_report import RampAsked, RampReport
    from wattlab.recipe import Recipe

__all__ = ["QuickInterval", "quick_interval"]


class QuickInterval(Frozen):
    """What one ramp tells; unverified."""

    status: Status | Literal["failed"]
    interval: Interval | None
    """None unless the loss fell; of a range that is too short, its upper end is the largest rate tried."""
    constant: float | None
    """Suggested constant rate; None as above."""
    one_cycle_peak: float | None
    """Suggested peak of one-cycle; None as above."""
    reason: str = ""
    """Why the process failed; empty where it did not."""
    wall: Quantity
    """Of the whole process. Unit: s."""
    energy: Quantity
    """Gross, of the same. Unit: J."""


def quick_interval(
    recipe: Recipe,
    folder: Path,
    name: str = "lr-range",
    *,
    asked: RampAsked | None = None,
    timeout_s: float | None = None,
    ramp: Callable[[Recipe, RampAsked, Path, str, float | None], RampReport | RampFailure] = run_ramp,
) -> QuickInterval:
    """Run one ramp in a fresh process, with the recipe's own seed, and read it.

    Parameters
    ----------
    recipe : Recipe
        With an absolute path where its data is a file; see `wattlab.data.catalog.located`.
    folder : Path
        That is there; gets the files of the process.
    name : str, optional
        Of these files: what runs at the same time in one folder needs different ones.
    asked : RampAsked, optional
        Left out: the default range of the recipe's optimizer.
    timeout_s : float, optional
        Longest time of the process. Unit: s.
    ramp : callable, optional
        Runs the ramp.

    Returns
    -------
    QuickInterval
        Whatever becomes of the process, this one goes on: status "failed" says why.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> found = quick_interval(Recipe.named("digits"), getfixture("tmp_path"))
    >>> found.status, found.interval.low < found.constant < found.interval.high
    ('found', True)
    """
    report = ramp(recipe, asked or default_ramp(recipe), folder, name, timeout_s)
    if isinstance(report, RampFailure):
        return QuickInterval(
            status="failed",
            interval=None,
            constant=None,
            one_cycle_peak=None,
            reason=report.reason,
            wall=report.wall,
            energy=missing("J", "the process failed"),
        )
    reading = suggest(Curve.of(report))
    suggestion = suggestion_of(reading.interval) if reading.interval is not None else None
    return QuickInterval(
        status=reading.status,
        interval=reading.interval,
        constant=None if suggestion is None else suggestion.constant,
        one_cycle_peak=None if suggestion is None else suggestion.one_cycle_peak,
        wall=report.wall,
        energy=report.energy,
    )
