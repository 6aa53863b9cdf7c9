"""Why a trial need not go on: it cannot win any more, or it lags behind all that ever reached the target."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.units import format_energy, format_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.cluster.progress import EpochSeen
    from wattlab.studies.tune.answer import Goal, TunedTrial

__all__ = ["MARGIN", "Cap", "Caps", "Ender"]

MARGIN: Final = 1.25
"""A trial is ended at so many times what the best ones cost: timings are noisy, and repetitions decide among the near
ones."""
_BEST: Final = 3
"""Trials whose middle cost is what others are held against: one that met a quiet moment does not decide alone."""
_UNSEEN: Final = 2.0
"""Times that cost after which a process is ended whatever it has shown: it may have had a slow start."""
_LOOSER: Final = 0.5
"""So much is added to these times for each trial in a row that was ended before its first epoch: where that happens
to one after the other, the machine has become slower."""
_LOOSEST: Final = 6.0
_START: Final = 3.0
"""No process is ended before its first epoch in less than so many times what starts usually take."""
_SLOWEST: Final = 2.0
"""A start may tell of a machine that is at most so many times slower than before."""
_FIRST: Final = 0.06
"""Share of the search's time that a trial may take at first, as long as none has reached the target."""
_GROWTH: Final = 2.0
_EVERY: Final = 4
_MOST: Final = 0.3
_LENIENT: Final = 4.0
"""Times the best trial's wall time that one may take where time is not what is ranked by."""
_ESTIMATE: Final = 1.5
"""An estimate of a trial's time may be off by this factor."""
_NONE_YET: Final = "the limit of a trial as long as none has reached the target"
_EACH: Final = "the limit of a trial"
_FEWEST: Final = 3
_LAG: Final = 2.0
"""Errors may be so many times those of the worst that reached the target, at equal time."""


class Cap(NamedTuple):
    """When the process of a trial is ended, whatever it has shown.

    Attributes
    ----------
    seconds : float
        After its start. Unit: s.
    reason : str
        Why, in a part of a sentence.
    unseen : str
        Why, where its first epoch was not over; empty: for the same reason.
    """

    seconds: float
    reason: str
    unseen: str = ""


@dataclass(frozen=True)
class Caps:
    """How long a trial may take.

    Parameters
    ----------
    search_s : float
        Time of the whole search. Unit: s.
    least_s : float
        What the cheapest trial is estimated to take; no cap is below that. Unit: s.
    """

    search_s: float
    least_s: float

    @property
    def most_s(self) -> float:
        """The longest that any trial may take. Unit: s."""
        return max(_ESTIMATE * self.least_s, _MOST * self.search_s)

    def without_best(self, n_tried: int) -> float:
        """Return the cap while nothing has reached the target: small at first, then larger. Unit: s.

        Examples
        --------
        >>> caps = Caps(search_s=400.0, least_s=3.0)
        >>> [caps.without_best(n) for n in (0, 4, 8, 40)]
        [24.0, 48.0, 96.0, 120.0]
        """
        grown_s = _FIRST * self.search_s * _GROWTH ** (n_tried // _EVERY)
        return max(_ESTIMATE * self.least_s, min(grown_s, _MOST * self.search_s))


class Ender:
    """Asked after each epoch of a trial whether it is to go on.

    Parameters
    ----------
    trials : sequence of TunedTrial
        Those that are over.
    goals : sequence of str
        What is ranked by; the first decides.
    target : float or None
        Score to reach.
    start_s : float or None, optional
        How long trials with the same engine and reduction took until their first step, as far as is known. One that
        takes longer for that is on a machine that others have made slower, and is given as much more time. Unit: s.
    any_start_s : float or None, optional
        The same of trials of any kind. Unit: s.
    """

    def __init__(
        self,
        trials: Sequence[TunedTrial],
        goals: Sequence[Goal],
        target: float | None,
        start_s: float | None = None,
        any_start_s: float | None = None,
    ) -> None:
        self._goals, self._target, self._start_s = goals, target, start_s
        self._any_start_s = any_start_s or 0.0
        self._reached = [one for one in trials if one.state == "reached"]
        begun = [one for one in reversed(trials) if one.began]
        self._n_unseen = sum(1 for _ in takewhile(_unseen, begun))
        self._slower = 1.0
        self._last_s = 0.0
        self._last_J = 0.0

    @property
    def best(self) -> TunedTrial | None:
        """The best trial so far, with a target and one goal; None: there is none, or no single one."""
        if self._target is None or len(self._goals) > 1:
            return None
        return next(iter(self._ordered), None)

    @property
    def limit(self) -> float | None:
        """What trials are held against, by the goal: the middle of the best three, the dearer of two."""
        near = [one.cost[self._goals[0]] or 0.0 for one in self._ordered[:_BEST]]
        return None if self.best is None else median(near) if len(near) == _BEST else max(near)

    @property
    def _ordered(self) -> list[TunedTrial]:
        goal = self._goals[0]
        known = [one for one in self._reached if one.cost.get(goal) is not None]
        return sorted(known, key=lambda one: one.cost[goal] or 0.0)

    def cap(self, caps: Caps, n_tried: int) -> Cap:
        """Return how long the process may take."""
        best, limit = self.best, self.limit
        if best is None or limit is None:
            without = self._target is None or len(self._goals) > 1
            cap_s = caps.most_s if self._target is None else caps.without_best(n_tried)
            return Cap(max(cap_s, _START * self._any_start_s), _EACH if without else _NONE_YET)
        if self._goals[0] != "time":
            return Cap(
                _LENIENT * best.wall_s, f"it took {_LENIENT:g} times as long as the best trial's training"
            )
        # What was reached is written before a process ends, so it may take a little longer than its target.
        after_s = max(0.0, best.wall_s - (best.cost["time"] or 0.0))
        cap_s = min(_UNSEEN + _LOOSER * self._n_unseen, _LOOSEST) * limit + after_s
        took = f"the best trials reached the target in {format_seconds(limit)}"
        return Cap(
            max(cap_s, _START * self._any_start_s),
            f"it could not win, as {took}",
            f"it was too slow to start to win here, as {took}",
        )

    def __call__(self, seen: EpochSeen) -> str | None:
        """Return why a trial is ended after an epoch, in a sentence; None: it goes on."""
        if self._target is not None and seen.score is not None and seen.score >= self._target:
            return None
        self._see_start(seen)
        reason = self._too_dear(seen) or self._lags(seen)
        self._last_s, self._last_J = seen.elapsed_s, seen.energy_J or 0.0
        return reason

    def _see_start(self, seen: EpochSeen) -> None:
        """Note how much slower the machine is than before, as the time until the first step tells."""
        if seen.epoch == 2 and self._start_s:
            own_s = self._last_s - (seen.elapsed_s - self._last_s)
            self._slower = min(max(1.0, own_s / self._start_s), _SLOWEST)

    def _too_dear(self, seen: EpochSeen) -> str | None:
        """Return a sentence if the next epoch ends beyond what the best trials took, with a margin.

        How long an epoch is, and how slow the machine, is known from the second one on.
        """
        limit = self.limit
        if limit is None or seen.epoch == 1:
            return None
        if self._goals[0] == "time":
            next_s = 2 * seen.elapsed_s - self._last_s
            if next_s > MARGIN * self._slower * limit:
                return f"it could not win: the best trials reached the target in {format_seconds(limit)}"
        if self._goals[0] == "energy" and seen.energy_J is not None:
            next_J = 2 * seen.energy_J - self._last_J
            if next_J > MARGIN * limit:
                return f"it could not win: the best trials reached the target for {format_energy(limit)}"
        return None

    def _lags(self, seen: EpochSeen) -> str | None:
        """Return a sentence if, at equal time, it errs far more than all that reached the target did."""
        if self._target is None or seen.score is None:
            return None
        errors = [1 - score for one in self._reached if (score := _score_at(one, seen.elapsed_s)) is not None]
        if len(errors) < _FEWEST or 1 - seen.score <= _LAG * max(errors):
            return None
        return (
            f"it lagged: a score of {seen.score:.4f} after {format_seconds(seen.elapsed_s)}, when all {len(errors)} "
            f"that reached the target had at least {1 - max(errors):.4f}"
        )


def _unseen(trial: TunedTrial) -> bool:
    """Tell whether a trial was ended before its first epoch."""
    return trial.state == "stopped" and not trial.elapsed_s


def _score_at(trial: TunedTrial, elapsed_s: float) -> float | None:
    """Return the last score that a trial had at a time; None if it had none yet."""
    known = [
        score
        for then_s, score in zip(trial.elapsed_s, trial.scores, strict=True)
        if score is not None and then_s <= elapsed_s
    ]
    return known[-1] if known else None
