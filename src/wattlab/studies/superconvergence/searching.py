"""The search: the best constant rate, then the shortest cycle that reaches the target, then both with fresh seeds."""

from __future__ import annotations

from math import inf
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from wattlab.studies.superconvergence.arms import Entry, cycle_lengths, default_peaks, recipe_of, rounded
from wattlab.studies.trainings.rounds import Candidate, TrainingRounds
from wattlab.studies.trainings.to_target import to_target

if TYPE_CHECKING:
    from wattlab.studies.observer import StudyObserver
    from wattlab.studies.superconvergence.plan import SuperconvergencePlan
    from wattlab.studies.superconvergence.store import SuperconvergenceFolder
    from wattlab.studies.trainings.trained import Trained

__all__ = ["Search"]

_STRIDE: Final = 3.0
_MOST_STRIDES: Final = 3


class Search:
    """Trains candidate after candidate, each step decided by the trainings before it.

    As nothing else decides, a search that was interrupted goes the same way again, over trainings that are kept.

    Parameters
    ----------
    folder : SuperconvergenceFolder
        Prepared.
    plan : SuperconvergencePlan
    observer : StudyObserver
    how : optional
        See `TrainingRounds`: who trains, and who waits for a quiet machine.
    """

    def __init__(
        self, folder: SuperconvergenceFolder, plan: SuperconvergencePlan, observer: StudyObserver, **how: Any
    ) -> None:
        self.plan, self.observer, self.base = plan, observer, plan.read()
        self.rounds = TrainingRounds(
            folder, (), plan.seeds, plan.order_seed, observer, timeout_s=plan.timeout_s, **how
        )
        self.entries: list[Entry] = []
        self.constant: int | None = None
        self.cycle: int | None = None
        self.compared: tuple[int, int] | None = None
        self.budget_spent = False
        self.complete = False

    def run(self) -> None:
        """Train all that is missing."""
        self.constant = self._best_constant()
        if self.constant is not None:
            self.cycle = self._shortest_cycle(self.entries[self.constant].rate)
        if self.constant is not None and self.cycle is not None:
            self.compared = self._compare(self.constant, self.cycle)
        self.complete = True

    def trained(self, place: int) -> tuple[Trained, ...]:
        """Return the trainings of a candidate that are over, by seed."""
        return self.rounds.of(place)

    def spent_s(self) -> float:
        """Return the time of all processes so far. Unit: s."""
        walls = (one.wall for one in self.rounds.trained.values())
        return sum(wall.value or 0.0 for wall in walls if wall is not None)

    def _best_constant(self) -> int | None:
        """Return the constant rate that reaches the target first, or comes nearest to it; None where none trains."""
        rates = list(self.plan.rates)
        self._train([Entry(arm="constant", rate=rate, epochs=self.plan.epochs) for rate in rates])
        for _ in range(_MOST_STRIDES if self.plan.walks else 0):
            best = self._best(range(len(self.entries)))
            if (
                best is None
                or not (further := self._further(self.entries[best].rate))
                or self._is_over_budget()
            ):
                break
            self._train([Entry(arm="constant", rate=further, epochs=self.plan.epochs)])
        return self._best(range(len(self.entries)))

    def _further(self, best: float) -> float | None:
        """Return the rate beyond the best one where that is the lowest or highest; None where it has neighbours."""
        rates = [entry.rate for entry in self.entries]
        if best == min(rates):
            return rounded(best / _STRIDE)
        return rounded(best * _STRIDE) if best == max(rates) else None

    def _shortest_cycle(self, constant: float) -> int | None:
        """Return the quickest of the shortest cycles that reach the target with most seeds."""
        peaks = self.plan.peaks or default_peaks(constant)
        for length in cycle_lengths(self.plan.epochs):
            if self._is_over_budget():
                return None
            places = self._train([Entry(arm="one-cycle", rate=peak, epochs=length) for peak in peaks])
            reached = [place for place in places if self._key(place)[0] < inf]
            if reached:
                return self._best(reached)
            # What diverges with every seed would do so in a longer cycle.
            peaks = tuple(self.entries[place].rate for place in places if not self._diverges(place))
            if not peaks or length >= self._constant_epochs():
                return None
        return None

    def _constant_epochs(self) -> float:
        """Return after how many epochs the constant rate reaches the target; a longer cycle can be no quicker."""
        assert self.constant is not None
        found = to_target(self.trained(self.constant))
        return inf if found is None or found.epochs.median is None else found.epochs.median

    def _compare(self, constant: int, cycle: int) -> tuple[int, int]:
        """Train both with fresh seeds, where they are asked for; return which trainings are to be compared."""
        if not self.plan.fresh:
            return constant, cycle
        chosen = [self.entries[constant], self.entries[cycle]]
        first, second = self._train([one.model_copy(update={"fresh": True}) for one in chosen])
        return first, second

    def _train(self, entries: list[Entry]) -> list[int]:
        """Add candidates, train them, and return their places."""
        first = len(self.entries)
        for entry in entries:
            recipe = recipe_of(self.base, entry, self.plan.target, self.plan.seeds if entry.fresh else 0)
            self.entries.append(entry)
            self.rounds.candidates.append(Candidate.of(entry.label, recipe))
        self.observer.timing(self.rounds.n_trials)
        self.rounds.run()
        return list(range(first, len(self.entries)))

    def _is_over_budget(self) -> bool:
        budget_s = self.plan.budget_s
        self.budget_spent = budget_s is not None and self.spent_s() >= budget_s
        return self.budget_spent

    def _best(self, places: range | list[int]) -> int | None:
        """Return the place that reaches the target first, or else comes nearest; None where nothing was scored."""
        known = [place for place in places if self._scores(place)]
        return min(known, key=self._key, default=None)

    def _key(self, place: int) -> tuple[float, float]:
        found, scores = to_target(self.trained(place)), self._scores(place)
        time = None if found is None else found.time.median
        return (inf if time is None else time, -median(scores) if scores else inf)

    def _scores(self, place: int) -> list[float]:
        return [one.best for one in self.trained(place) if one.best is not None]

    def _diverges(self, place: int) -> bool:
        return all(one.failure is not None for one in self.trained(place))
