"""The loop of a watch: a sample at each deadline, handed to all who want it, until somebody ends it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from wattlab.errors import UserError
from wattlab.meter import clock
from wattlab.monitor.ending import sleep
from wattlab.monitor.summary import Tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wattlab.monitor.gauges import Gauges
    from wattlab.monitor.sample import Sample
    from wattlab.monitor.summary import Summary

__all__ = ["SHORTEST_S", "Audience", "check_interval", "deadlines", "watch"]

SHORTEST_S: Final = 0.05
"""The shortest time between two samples. Unit: s."""


class Audience(ABC):
    """Who gets the samples of a watch.

    Attributes
    ----------
    problem : str
        Why it did not do what it was asked for; empty as long as it does.
    """

    problem: str = ""

    @abstractmethod
    def show(self, sample: Sample) -> None:
        """Take a sample; must not wait."""

    def close(self) -> None:  # noqa: B027 (who keeps nothing open has nothing to do)
        """Finish: the watch is over, however it ended."""


def check_interval(interval_s: float) -> float:
    """Return the time between two samples, if it is one.

    Raises
    ------
    UserError
        It is shorter than 0.05 s: sampling would disturb what it measures.
    """
    if not SHORTEST_S <= interval_s < float("inf"):
        msg = (
            f"--interval is {interval_s:g} s; expected at least {SHORTEST_S:g} s: reading the sensors more often "
            "slows the programs that are watched, and most counters move more slowly anyway"
        )
        raise UserError(msg)
    return interval_s


def deadlines(
    interval_s: float,
    wait: Callable[[float], bool] = sleep,
    wall_s: Callable[[], float] = clock.wall_s,
) -> Iterator[float]:
    """Yield the time since the beginning at multiples of the interval, until `wait` says that it is enough.

    The deadlines are absolute: work between them does not shift those that follow. One that is missed is left out,
    not made up for.

    Parameters
    ----------
    interval_s : float
        Time between two deadlines. Unit: s.
    wait : callable, optional
        Waits so many seconds; returns whether to end.
    wall_s : callable, optional
        The clock.
    """
    began_s, index = wall_s(), 0
    while True:
        yield wall_s() - began_s
        index = max(index + 1, int((wall_s() - began_s) / interval_s) + 1)
        while (left_s := began_s + index * interval_s - wall_s()) > 0:
            if wait(left_s):
                return


def watch(
    gauges: Gauges,
    audience: Sequence[Audience],
    interval_s: float,
    duration_s: float | None = None,
    wait: Callable[[float], bool] = sleep,
    wall_s: Callable[[], float] = clock.wall_s,
) -> Summary:
    """Watch a machine until time is up, or until `wait` ends it.

    Parameters
    ----------
    gauges : Gauges
        What is read.
    audience : sequence of Audience
        Who gets each sample; closed at the end, whatever happens.
    interval_s : float
        Time between two samples. Unit: s.
    duration_s : float, optional
        When to end; by default never. Unit: s.
    wait, wall_s : callable, optional
        As for `deadlines`.

    Returns
    -------
    Summary
        What was seen, up to the last sample.
    """
    tracker = Tracker(gauges.counters, gauges.sensors.absent, interval_s)
    # Whoever set up may have read them a moment ago; a power over that moment would be no sample of the watch.
    gauges.restart()
    with ExitStack() as closing:
        for one in audience:
            closing.callback(one.close)
        for now_s in deadlines(interval_s, wait, wall_s):
            sample = gauges.read()
            tracker.add(sample)
            for one in audience:
                one.show(sample)
            # Half an interval: a deadline is met a little late, never early.
            if duration_s is not None and now_s >= duration_s - interval_s / 2:
                break
    return tracker.summary()
