"""Candidates against the baseline: ratios within a round, and verdicts that need the whole interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.statistics import LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.row import Verdict

__all__ = ["judge", "ratios"]


def ratios(seconds: Mapping[int, float], baseline: Mapping[int, float]) -> list[float]:
    """Return seconds over those of the baseline, for each round that both finished.

    Examples
    --------
    >>> ratios({0: 1.0, 1: 3.0, 2: 9.0}, {0: 2.0, 1: 2.0})
    [0.5, 1.5]
    """
    return [
        seconds[number] / baseline[number] for number in sorted(seconds.keys() & baseline) if baseline[number]
    ]


def judge(ratio: Estimate | None) -> Verdict:
    """Return better where the whole interval of the ratio lies below 1, worse where above, else unknown.

    Unknown, too, where there are too few rounds for the interval to mean anything.
    """
    if ratio is None or ratio.level < LEVEL:
        return "unknown"
    if ratio.high < 1:
        return "better"
    return "worse" if ratio.low > 1 else "unknown"
