"""From the readings of all seeds to one status, one interval and one suggestion."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.meter.statistics import Estimate, estimate
from wattlab.studies.lr_range.answer import Suggestion
from wattlab.studies.lr_range.curve import USABLE, Interval, Reading, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.lr_range.pickers import Picker

__all__ = [
    "CONSTANT_RULE",
    "PEAK_RULE",
    "SHARE",
    "SOURCES",
    "Consensus",
    "consensus",
    "rounded",
    "suggestion_of",
]

SHARE: Final = 3.0
"""The upper end of the interval over the rate that is suggested as a constant one."""
PEAK_RULE: Final = "the upper end, where the loss stops falling"
CONSTANT_RULE: Final = "a third of the upper end"
SOURCES: Final = (
    "The interval and a constant rate of a third of its upper end are L. N. Smith's (WACV 2017, section 3.3), and so "
    "is the upper end as the peak of one-cycle (arXiv:1803.09820, section 4.1)."
)


class Consensus(NamedTuple):
    """What all seeds say together.

    Attributes
    ----------
    status : str
        With any usable reading: that of most of these, else that of most readings.
    low, high : Estimate or None
        Ends of the interval over the seeds.
    picks : dict
        Estimates by picker.
    """

    status: Status
    low: Estimate | None
    high: Estimate | None
    picks: dict[Picker, Estimate]

    @property
    def interval(self) -> Interval | None:
        """Medians of both ends; None where no curve fell."""
        if self.low is None or self.high is None:
            return None
        return Interval(low=self.low.median, high=self.high.median)


def rounded(rate: float) -> float:
    """Return a rate with two digits: a third one would pretend to more than a range test knows.

    Examples
    --------
    >>> rounded(0.05333)
    0.053
    """
    return float(f"{rate:.2g}")


def consensus(readings: Sequence[Reading]) -> Consensus:
    """Return medians over the seeds, with what they lie between.

    Parameters
    ----------
    readings : sequence of Reading
        One a seed, at least one.
    """
    usable = [one for one in readings if one.status in USABLE]
    counts = Counter(one.status for one in usable or readings)
    order: tuple[Status, ...] = ("found", "too short", "flat", "diverged at once")
    status = max(order, key=lambda one: counts[one])
    intervals = [one.interval for one in usable if one.interval is not None]
    names = usable[0].picks if usable else {}
    picks = {name: estimate([one.picks[name] for one in usable], "") for name in names}
    return Consensus(
        status,
        estimate([one.low for one in intervals], ""),
        estimate([one.high for one in intervals], ""),
        {name: one for name, one in picks.items() if one is not None},
    )


def suggestion_of(interval: Interval) -> Suggestion:
    """Return what to take, for a constant rate and for the peak of one-cycle; see `CONSTANT_RULE` and `PEAK_RULE`.

    Parameters
    ----------
    interval : Interval
        Of good rates.

    Examples
    --------
    >>> found = suggestion_of(Interval(low=0.002, high=0.16))
    >>> found.constant, found.one_cycle_peak
    (0.053, 0.16)
    """
    constant = rounded(max(interval.low, interval.high / SHARE))
    return Suggestion(constant=constant, one_cycle_peak=rounded(interval.high), by_rule=constant)
